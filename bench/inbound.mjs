// Signed activities through the published service: parsed, checked by every rule, stored durably, answered, and processed.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openSqliteStore } from "../packages/server/src/store/sqlite/open.ts";
import { round, usageOf } from "./lib.mjs";
import { bot, learnPeople, serviceUrlOf } from "./parts/bot.mjs";
import { startChild } from "./parts/child.mjs";
import { median, nodeFlagsOf, readOptions, report } from "./parts/options.mjs";
import { blockRows, blocksIn, metricsOf, startService } from "./parts/service.mjs";
import { connectorKey } from "./parts/tokens.mjs";

const options = readOptions(
  "inbound",
  "Posts signed activities to the service: messages of people it knows, and installations by people it does not.",
  {
    activities: [20_000, "activities of each kind in a round"],
    people: [10_000, "people it knows"],
    connections: [64, "connections, each waiting for its answer"],
    rounds: [3, "rounds; medians are shown"],
    kinds: ["message,install", "which ones"],
  },
);
const kinds = options.kinds.split(",");
const folder = mkdtempSync(path.join(tmpdir(), "carillon-bench-"));
const databaseFile = path.join(folder, "carillon.db");
const key = connectorKey();
const connector = await startChild("connector-process.mjs", { jwks: key.jwks });
const serviceUrl = serviceUrlOf(connector.ready);
const store = openSqliteStore(databaseFile);
await learnPeople(store, { count: options.people, serviceUrl });
await store.close();
const service = await startService({
  connectorUrl: connector.ready,
  databaseUrl: `sqlite:${databaseFile}`,
  laneRps: 50,
  nodeFlags: nodeFlagsOf(options),
});
const now = Math.floor(Date.now() / 1000);
const token = key.sign({
  iss: "https://api.botframework.com",
  aud: bot.clientId,
  nbf: now - 300,
  exp: now + 86_400,
  serviceurl: serviceUrl,
});
const poster = await startChild("poster-process.mjs", {
  url: `${service.url}/api/messages`,
  serviceUrl,
  token,
  connections: options.connections,
});
const runs = { message: [], install: [] };
try {
  await poster.ask("post", { kind: "message", count: 2000, people: options.people });
  for (let turn = 0; turn < options.rounds; turn += 1)
    for (const kind of kinds) runs[kind].push(await measure(kind));
  const blocks = blocksIn(await metricsOf(service));
  const { peakMb } = usageOf(service.pid);
  report(
    options.out,
    [
      [
        `${round(options.activities)} activities, ${options.connections} connections, median of ${options.rounds} rounds`,
        [
          ["", "a second", "per CPU second", "CPU s per 1,000"],
          ...kinds.map((kind) => {
            const cpu = median(runs[kind].map((run) => run.cpuPerThousand));
            return [
              { message: "messages of known people", install: "installs by new people" }[kind],
              round(median(runs[kind].map((run) => run.perSecond))),
              round(1000 / cpu),
              cpu.toFixed(3),
            ];
          }),
        ],
      ],
      ["blocks of the process longer than 20 ms", blockRows(blocks)],
      ["memory", [["peak of the service, MB", round(peakMb)]]],
    ],
    { options, runs, blocks, peakMb },
  );
} finally {
  await poster.stop();
  await service.stop();
  await connector.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** One round. The CPU of processing, which goes on after the last answer, is counted in. */
async function measure(kind) {
  const before = usageOf(service.pid).cpuSeconds;
  const count = options.activities;
  const { seconds, statuses } = await poster.ask("post", { kind, count, people: options.people });
  if (statuses["200"] !== count) throw new Error(`answers: ${JSON.stringify(statuses)}`);
  await quiet(service.pid);
  const cpuSeconds = usageOf(service.pid).cpuSeconds - before;
  const run = { perSecond: count / seconds, cpuPerThousand: (cpuSeconds / count) * 1000 };
  console.error(
    `${kind}: ${round(run.perSecond)}/s, ${round(run.cpuPerThousand, 3)} CPU s per 1,000`,
  );
  return run;
}

/** Waits until a process has nothing to do any more. */
async function quiet(pid) {
  for (let last = -1; ; ) {
    const { cpuSeconds } = usageOf(pid);
    if (cpuSeconds - last < 0.03) return;
    last = cpuSeconds;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
