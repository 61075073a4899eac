// One to four worker processes on one PostgreSQL, with many tenants: messages a second, and what they cost in the workers and in
// the database. Everything runs on this machine, so that beyond its processors more workers can only share them.
import { createClient } from "@carillon/client";
import { findPostgres } from "../packages/harness/src/postgres/binaries.ts";
import { PostgresServer } from "../packages/harness/src/postgres/server.ts";
import { openStore } from "../packages/server/src/store/open.ts";
import { familyCpuSeconds, round, usageOf } from "./lib.mjs";
import { card, learnPeople, serviceUrlOf, tenantOf } from "./parts/bot.mjs";
import { startChild } from "./parts/child.mjs";
import { median, nodeFlagsOf, readOptions, report } from "./parts/options.mjs";
import { startService, startWorker } from "./parts/service.mjs";

const options = readOptions(
  "workers",
  "Sends a campaign in each of many tenants at once, with one worker, then with two, and so on, in rounds.",
  {
    tenants: [100, "tenants, each a lane of its own"],
    people: [100, "people of each tenant"],
    workers: ["1,2,4", "how many workers, each a run"],
    rounds: [2, "how often each run is made; medians are shown"],
    rps: [0, "ceiling of each lane, requests a second; 0 = no pacing"],
    latency: [0, "of the connector, ms"],
  },
);
if (findPostgres() === null) {
  console.error(
    "There is no PostgreSQL server on this machine (Debian: apt-get install postgresql).",
  );
  process.exit(75);
}
const counts = options.workers.split(",").map(Number);
const connector = await startChild("connector-process.mjs", { latencyMs: options.latency });
const server = await PostgresServer.create(["shared_buffers = 256MB", "max_wal_size = 1GB"]);
const settings = {
  connectorUrl: connector.ready,
  databaseUrl: server.url(),
  laneRps: options.rps,
  nodeFlags: nodeFlagsOf(options),
};
const messages = options.tenants * options.people;
const runs = Object.fromEntries(counts.map((count) => [count, []]));
let service = null;
try {
  await learn();
  service = await startService({ ...settings, args: ["--no-worker"] });
  for (let turn = 0; turn < options.rounds; turn += 1)
    for (const count of counts) {
      const run = await measure(count);
      runs[count].push(run);
      console.error(
        `${count} workers: ${round(run.perSecond)}/s, ${round(run.workersCpu, 3)} + ${round(run.databaseCpu, 3)} CPU s per 1,000`,
      );
    }
  const cells = (count) => {
    const of = (name) => median(runs[count].map((run) => run[name]));
    return [
      `${count}`,
      round(of("perSecond")),
      of("workersCpu").toFixed(3),
      of("databaseCpu").toFixed(3),
      of("connectorCpu").toFixed(3),
      round(of("peakMb")),
    ];
  };
  report(
    options.out,
    [
      [
        `${options.tenants} tenants of ${options.people} people, median of ${options.rounds} rounds; CPU seconds per 1,000 messages`,
        [
          ["workers", "messages/s", "CPU workers", "CPU database", "CPU connector", "peak MB each"],
          ...counts.map(cells),
        ],
      ],
    ],
    { options, runs },
  );
} finally {
  await service?.kill();
  await connector.stop();
  await server.remove();
}

async function learn() {
  const store = await openStore(settings.databaseUrl);
  const serviceUrl = serviceUrlOf(connector.ready);
  for (let number = 0; number < options.tenants; number += 1)
    await learnPeople(store, {
      from: number * options.people,
      count: options.people,
      tenantId: tenantOf(number),
      serviceUrl,
    });
  await store.close();
}

/** One campaign in each tenant, from the first start to the last end. */
async function measure(count) {
  const client = createClient(service);
  const ids = [];
  for (let number = 0; number < options.tenants; number += 1) {
    const { id } = await client.campaigns.create({
      name: "Bench",
      message: { card, summary: "Our third quarter" },
      audience: { include: [{ everyone: true }] },
      tenantId: tenantOf(number),
    });
    ids.push(id);
  }
  const workers = [];
  for (let index = 0; index < count; index += 1) workers.push(await startWorker(settings));
  try {
    const cpu = () => ({
      workers: workers.reduce((sum, { pid }) => sum + usageOf(pid).cpuSeconds, 0),
      database: familyCpuSeconds(server.pid),
      connector: usageOf(connector.pid).cpuSeconds,
    });
    const before = cpu();
    const startedAt = performance.now();
    await Promise.all(ids.map((id) => client.campaigns.start(id)));
    for (const id of ids) await finished(client, id);
    const seconds = (performance.now() - startedAt) / 1000;
    const after = cpu();
    const perThousand = (name) => ((after[name] - before[name]) / messages) * 1000;
    return {
      perSecond: messages / seconds,
      workersCpu: perThousand("workers"),
      databaseCpu: perThousand("database"),
      connectorCpu: perThousand("connector"),
      peakMb: Math.max(...workers.map(({ pid }) => usageOf(pid).peakMb)),
    };
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
}

async function finished(client, id) {
  for (;;) {
    const { state, counts: tally } = await client.campaigns.get(id);
    if (state === "finished") {
      if (tally.accepted !== options.people) throw new Error(JSON.stringify(tally));
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
