// How much of the ceiling is used whatever the connector's latency: as a library, paced at 50 a second, one campaign for each
// latency. The connector counts requests in each second as Teams does, and answers 429 beyond the ceiling.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openSqliteStore } from "../packages/server/src/store/sqlite/open.ts";
import { round } from "./lib.mjs";
import { learnPeople, serviceUrlOf } from "./parts/bot.mjs";
import { startChild } from "./parts/child.mjs";
import { nodeFlagsOf, readOptions, report } from "./parts/options.mjs";

const options = readOptions(
  "latency",
  "Sends a paced campaign against connectors of different latency, one after the other.",
  {
    seconds: [30, "how long each campaign takes at the ceiling"],
    latencies: ["5,30,200,2000", "milliseconds, each a run"],
    ceiling: [50, "requests a second"],
  },
);
const folder = mkdtempSync(path.join(tmpdir(), "carillon-bench-"));
const runs = [];
try {
  for (const latencyMs of options.latencies.split(",").map(Number)) {
    const run = await measure(latencyMs);
    runs.push(run);
    console.error(`${latencyMs} ms: ${round(run.share * 100, 1)} % of the ceiling`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
report(
  options.out,
  [
    [
      `${options.seconds} s at a ceiling of ${options.ceiling} a second`,
      [
        ["latency, ms", "share of the ceiling", "share of 429", "most in a second", "not sent"],
        ...runs.map(({ latencyMs, share, throttledShare, most, failed }) => [
          round(latencyMs),
          `${round(share * 100, 1)} %`,
          `${round(throttledShare * 100, 2)} %`,
          most,
          failed,
        ]),
      ],
    ],
  ],
  { options, runs },
);

async function measure(latencyMs) {
  const people = options.seconds * options.ceiling;
  const connector = await startChild("connector-process.mjs", { latencyMs, rps: options.ceiling });
  const databaseFile = path.join(folder, `${latencyMs}.db`);
  const store = openSqliteStore(databaseFile);
  await learnPeople(store, { count: people, serviceUrl: serviceUrlOf(connector.ready) });
  await store.close();
  const sender = await startChild(
    "senders/carillon.mjs",
    {
      connectorUrl: connector.ready,
      databaseUrl: `sqlite:${databaseFile}`,
      ratePerSecond: options.ceiling,
    },
    { execArgv: nodeFlagsOf(options) },
  );
  try {
    const { failed } = await sender.ask("run", {});
    const instants = await connector.ask("instants");
    const { requests, throttled } = await connector.ask("counts");
    const spanSeconds = (instants.at(-1) - instants[0]) / 1000;
    return {
      latencyMs,
      share: (instants.length - 1) / (options.ceiling * spanSeconds),
      throttledShare: throttled / requests,
      most: mostInASecond(instants),
      failed,
    };
  } finally {
    await sender.stop();
    await connector.stop();
  }
}

/** The most messages in any second, wherever it begins. */
function mostInASecond(instants) {
  let from = 0;
  return Math.max(
    ...instants.map((at, index) => {
      while (instants[from] <= at - 1000) from += 1;
      return index - from + 1;
    }),
  );
}
