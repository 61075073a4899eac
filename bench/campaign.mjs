// A whole campaign through the service: emulator, service and this script are three processes on one machine.
// Prints a table and asserts nothing. `npm run bench -- --help` lists the options.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { createClient } from "@carillon/client";
import { round, startEmulator, table, usageOf } from "./lib.mjs";
import { startService } from "./parts/service.mjs";

const usage = `usage: npm run bench -- [--people N] [--paced-people N] [--latency MS] [--runs N] [--json]
  --people N        recipients with pacing off (default 10000)
  --paced-people N  recipients at 50 requests a second (default 3000: a minute)
  --latency MS      of the emulator in the paced run (default 30)
  --runs N          how often the unpaced run is repeated (default 3; the median is shown)
  --json            print the figures as JSON instead of tables`;

const { values } = parseArgs({
  options: {
    people: { type: "string", default: "10000" },
    "paced-people": { type: "string", default: "3000" },
    latency: { type: "string", default: "30" },
    runs: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const campaignFile = JSON.parse(
  readFileSync(new URL("../examples/quarterly-update.json", import.meta.url), "utf8"),
);
const note = (text) => values.json || console.error(text);

/** Starts both processes, installs the bot for everyone, and sends `runs` campaigns one after the other. */
async function measure({ people, rps, latencyMs, runs }) {
  const emulator = await startEmulator({
    people,
    teams: 1,
    rps,
    latencyMs,
    keepMessages: rps === 0 ? 100 : people * runs,
    shares: { withoutApp: 0, blocked: 0 },
  });
  const folder = mkdtempSync(path.join(tmpdir(), "carillon-bench-"));
  const service = await startService({
    emulatorUrl: emulator.url,
    databaseUrl: `sqlite:${path.join(folder, "carillon.db")}`,
    laneRps: rps,
  });
  try {
    const install = await installAll(emulator, service, people);
    const client = createClient({ url: service.url, apiKey: service.apiKey });
    const campaigns = [];
    for (let run = 0; run < runs; run += 1) campaigns.push(await send(client, service));
    const instants = rps === 0 ? [] : await emulator.ask("instants");
    return {
      install,
      campaigns,
      instants,
      counts: await emulator.ask("counts"),
      violations: await emulator.ask("violations"),
      peakMb: usageOf(service.pid).peakMb,
    };
  } finally {
    await service.stop();
    emulator.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function installAll(emulator, service, people) {
  note(`installing the bot for ${people} people by signed activities …`);
  const before = usageOf(service.pid).cpuSeconds;
  const startedAt = performance.now();
  const report = await emulator.ask("install", `${service.url}/api/messages`);
  const seconds = (performance.now() - startedAt) / 1000;
  if (report.failed > 0) throw new Error(`installs failed: ${report.failures.join("; ")}`);
  const activities = people * 2;
  const cpuSeconds = usageOf(service.pid).cpuSeconds - before;
  return { perSecond: activities / seconds, cpuPerThousand: (cpuSeconds / activities) * 1000 };
}

async function send(client, service) {
  const { id } = await client.campaigns.create(campaignFile);
  const before = usageOf(service.pid).cpuSeconds;
  const startedAt = performance.now();
  await client.campaigns.start(id);
  for (;;) {
    const { state, counts } = await client.campaigns.get(id);
    if (state === "finished") {
      const seconds = (performance.now() - startedAt) / 1000;
      const cpuSeconds = usageOf(service.pid).cpuSeconds - before;
      note(`${counts.accepted} of ${counts.total} accepted in ${seconds.toFixed(1)} s`);
      return {
        accepted: counts.accepted,
        perSecond: counts.accepted / seconds,
        cpuPerThousand: (cpuSeconds / counts.accepted) * 1000,
      };
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

const people = Number(values.people);
const unpaced = await measure({ people, rps: 0, latencyMs: 0, runs: Number(values.runs) });
const paced = await measure({
  people: Number(values["paced-people"]),
  rps: 50,
  latencyMs: Number(values.latency),
  runs: 1,
});
const spanSeconds = ((paced.instants.at(-1) ?? 0) - (paced.instants[0] ?? 0)) / 1000;
const figures = {
  people,
  messagesPerSecond: median(unpaced.campaigns.map((run) => run.perSecond)),
  cpuSecondsPerThousand: median(unpaced.campaigns.map((run) => run.cpuPerThousand)),
  peakMb: unpaced.peakMb,
  inboundPerSecond: unpaced.install.perSecond,
  inboundCpuSecondsPerThousand: unpaced.install.cpuPerThousand,
  pacedPeople: paced.instants.length,
  budgetShare: (paced.instants.length - 1) / (50 * spanSeconds),
  throttledShare: paced.counts.throttled / paced.counts.requests,
  pacedViolations: paced.violations,
  pacedPeakMb: paced.peakMb,
};

if (values.json) console.log(JSON.stringify(figures));
else {
  const processors = cpus();
  console.log(`\n${processors.length} × ${processors[0]?.model.trim()}, Node ${process.version}`);
  table(`pacing off, ${round(people)} people, median of ${values.runs} runs`, [
    ["messages per second", round(figures.messagesPerSecond), "goal 5,000, floor 3,000"],
    [
      "CPU seconds per 1,000",
      round(figures.cpuSecondsPerThousand, 3),
      "goal 0.16, floor 0.25 (service process, ledger on)",
    ],
    ["peak memory, MB", round(figures.peakMb), "goal 120, floor 160 (service process)"],
    [
      "signed activities per second",
      round(figures.inboundPerSecond),
      "all checks, stored durably, emulator signing on the same machine",
    ],
    ["CPU seconds per 1,000 of them", round(figures.inboundCpuSecondsPerThousand, 3)],
  ]);
  table(`50 requests a second, ${round(figures.pacedPeople)} people, ${values.latency} ms`, [
    ["share of the budget used", `${round(figures.budgetShare * 100, 2)} %`, "goal at least 98 %"],
    ["share of 429", `${round(figures.throttledShare * 100, 3)} %`, "goal under 0.1 %"],
    ["violations", figures.pacedViolations],
    ["peak memory, MB", round(figures.pacedPeakMb), "service process"],
  ]);
}
