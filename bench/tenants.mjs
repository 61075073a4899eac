// What many tenants cost one process: the same number of messages in few lanes and in many, as a library on SQLite.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openSqliteStore } from "../packages/server/src/store/sqlite/open.ts";
import { round } from "./lib.mjs";
import { learnPeople, serviceUrlOf, tenantOf } from "./parts/bot.mjs";
import { startChild } from "./parts/child.mjs";
import { nodeFlagsOf, readOptions, report } from "./parts/options.mjs";
import { residentMb } from "./parts/service.mjs";

const options = readOptions(
  "tenants",
  "Sends as many messages in each run, spread over more and more tenants, each with a campaign and a lane of its own.",
  {
    messages: [20_000, "messages in a run"],
    tenants: ["1,100,1000,10000", "how many tenants, each a run"],
    rps: [0, "ceiling of each lane, requests a second; 0 = no pacing"],
    idle: [10, "seconds for which the lanes' rest is watched"],
  },
);
const folder = mkdtempSync(path.join(tmpdir(), "carillon-bench-"));
const runs = [];
try {
  for (const tenants of options.tenants.split(",").map(Number)) {
    const run = await measure(tenants);
    runs.push(run);
    console.error(`${round(tenants)} tenants: ${run.cpuPerThousand.toFixed(3)} CPU s per 1,000`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
report(
  options.out,
  [
    [
      `${round(options.messages)} messages`,
      [
        ["tenants", "messages/s", "CPU s per 1,000", "peak MB", "MB at rest", "CPU at rest"],
        ...runs.map((run) => [
          round(run.tenants),
          round(run.perSecond),
          run.cpuPerThousand.toFixed(3),
          round(run.peakMb),
          round(run.restMb),
          `${round(run.restCpuShare * 100, 1)} %`,
        ]),
      ],
    ],
  ],
  { options, runs },
);

async function measure(count) {
  const connector = await startChild("connector-process.mjs");
  const databaseFile = path.join(folder, `${count}.db`);
  const each = Math.max(1, Math.round(options.messages / count));
  const store = openSqliteStore(databaseFile);
  for (let number = 0; number < count; number += 1)
    await learnPeople(store, {
      from: number * each,
      count: each,
      tenantId: tenantOf(number),
      serviceUrl: serviceUrlOf(connector.ready),
    });
  await store.close();
  const sender = await startChild(
    "senders/carillon.mjs",
    {
      connectorUrl: connector.ready,
      databaseUrl: `sqlite:${databaseFile}`,
      ratePerSecond: options.rps,
      tenants: count,
    },
    { execArgv: nodeFlagsOf(options) },
  );
  try {
    const { seconds, cpuSeconds, peakMb, failed } = await sender.ask("run");
    if (failed > 0) throw new Error(`${failed} were not accepted`);
    const messages = each * count;
    // The lanes are given back some seconds after their last message.
    await new Promise((resolve) => setTimeout(resolve, 8000));
    const rest = await sender.ask("idle", options.idle);
    return {
      tenants: count,
      perSecond: messages / seconds,
      cpuPerThousand: (cpuSeconds / messages) * 1000,
      peakMb,
      restMb: residentMb(sender.pid),
      restCpuShare: rest.cpuSeconds / rest.seconds,
    };
  } finally {
    await sender.stop();
    await connector.stop();
  }
}
