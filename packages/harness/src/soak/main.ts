// Keeps a real service busy for a while, with faults, and says whether its memory and handles stay as they were.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createClient } from "@carillon/client";
import { createEmulator, type FaultPlan, listen } from "@carillon/emulator";
import { freePort } from "../service-process.ts";
import { until } from "../until.ts";
import { drive } from "./drive.ts";
import { minutesOf, type Sample, table } from "./samples.ts";
import { trendsOf, verdictLines } from "./verdict.ts";

const usage = `usage: npm run soak -- [--minutes M] [--people N] [--json]
  --minutes M  how long (default 30); Ctrl+C ends it earlier, with the table and the verdict
  --people N   how many people there are (default 300)
  --json       prints the samples and trends as one JSON document`;

const faults: FaultPlan = {
  rates: [
    { kind: "server-error", share: 0.01, commit: true },
    { kind: "reset-after-commit", share: 0.01 },
    { kind: "reset-before-commit", share: 0.01 },
    { kind: "unavailable", share: 0.02 },
    { kind: "conversation-not-found", share: 0.01 },
    { kind: "throttled", share: 0.002, retryAfterSeconds: 1, scope: "thread" },
  ],
  seed: 1,
};

const apiKey = "a-key-for-the-soak-only";

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "30" },
      people: { type: "string", default: "300" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const [minutes, people] = [Number(values.minutes), Number(values.people)];
  if (values.help || !(minutes > 0) || !Number.isInteger(people) || people < 50) {
    console.error(usage);
    return values.help ? 0 : 2;
  }
  const folder = mkdtempSync(path.join(tmpdir(), "carillon-soak-"));
  const emulator = createEmulator({ people, teams: 2, seed: 1, latencyMs: 30 });
  const listening = await listen(emulator, { port: 0 });
  const samples: Sample[] = [];
  const port = await freePort();
  const service = startProbed({ folder, port, emulatorUrl: listening.url, samples });
  try {
    const client = createClient({ url: `http://127.0.0.1:${port}`, apiKey });
    await until(
      () =>
        client.campaigns.list().then(
          () => true,
          () => null,
        ),
      "the service's start",
    );
    emulator.setBotEndpoint(`http://127.0.0.1:${port}/api/messages`);
    await emulator.install("all");
    emulator.setFaults(faults);
    console.error(`soaking for ${minutes} min; Ctrl+C ends it with the table`);
    const gone = once(service, "exit").then(() => "gone");
    const driving = drive(client, emulator, stopAfter(minutes * 60_000));
    if ((await Promise.race([gone, driving])) === "gone")
      throw new Error("the service ended by itself");
    const driven = await driving;
    const { accepted } = emulator.counts();
    const minutesOfIt = minutesOf(samples);
    const trends = trendsOf(minutesOfIt);
    if (values.json) console.log(JSON.stringify({ samples, trends, accepted, ...driven }));
    else {
      console.log(table(minutesOfIt));
      console.log(
        `${accepted} messages of ${driven.campaigns.length} campaigns and ${driven.notifications} notifications; ${driven.failures} calls were refused`,
      );
      console.log(verdictLines(trends).join("\n"));
    }
    return trends.every(({ verdict }) => verdict === "flat") ? 0 : 1;
  } finally {
    await ended(service);
    await listening.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A service whose process tells how it fares. */
function startProbed(options: {
  readonly folder: string;
  readonly port: number;
  readonly emulatorUrl: string;
  readonly samples: Sample[];
}): ChildProcess {
  const { folder, port, emulatorUrl, samples } = options;
  const bin = fileURLToPath(new URL("../../../server/bin/carillon.mjs", import.meta.url));
  const probe = new URL("./probe.ts", import.meta.url).href;
  const child = fork(bin, ["serve", "--emulator", emulatorUrl, "--port", String(port)], {
    execArgv: ["--expose-gc", "--import", probe],
    env: {
      PATH: process.env.PATH,
      CARILLON_API_KEY: apiKey,
      CARILLON_DATABASE_URL: `sqlite:${path.join(folder, "carillon.db")}`,
    },
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    // Ctrl+C is for us: the service is told to stop once its samples are shown.
    detached: true,
  });
  child.on("message", (sample) => samples.push(sample as Sample)); // the probe sends nothing else
  return child;
}

/** Aborts after so long, or at Ctrl+C. */
function stopAfter(ms: number): AbortSignal {
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort());
  return AbortSignal.any([AbortSignal.timeout(ms), interrupted.signal]);
}

/** Tells the process to stop, and kills it where it does not. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
  await exit;
  clearTimeout(timer);
}

process.exitCode = await main();
