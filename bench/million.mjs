// A million recipients on SQLite: how long the audience takes to expand, how fast the status is read, what it costs in memory and
// on disk, and how soon the first message leaves after a kill and a restart with everything open.
import { createClient } from "@carillon/client";
import { round, usageOf } from "./lib.mjs";
import { broadcastOptions, megabytes, openBroadcast, toEveryone } from "./parts/broadcast.mjs";
import { nodeFlagsOf, quantile, readOptions, report } from "./parts/options.mjs";
import { blockRows, blocksIn, metricsOf, residentMb, startService } from "./parts/service.mjs";

const options = readOptions(
  "million",
  "Broadcasts to everyone of a large directory through the published service, at 50 a second, and looks at it while it lasts.",
  {
    ...broadcastOptions,
    reads: [300, "how often the status is read once everybody is expanded"],
    seconds: [30, "how long memory is watched after that"],
  },
);
const world = await openBroadcast({ ...options, latencyMs: 30 });
const settings = {
  connectorUrl: world.connector.ready,
  databaseUrl: `sqlite:${world.databaseFile}`,
  laneRps: 50,
  nodeFlags: nodeFlagsOf(options),
};
let service = await startService(settings);
try {
  const client = createClient(service);
  const idleMb = residentMb(service.pid);
  const { id } = await client.campaigns.create(toEveryone);
  const expanded = await expand(client, id);
  const expandedMb = megabytes(world.databaseFile);
  const reads = await readStatus(client, id);
  const memory = await watchMemory();
  const blocks = blocksIn(await metricsOf(service));
  const { peakMb } = usageOf(service.pid);
  const afterStop = await restarted("stop");
  const afterKill = await restarted("kill");
  const figures = {
    people: options.people,
    directoryMb: world.directoryMb,
    expansion: expanded,
    databaseMb: { directory: world.directoryMb, expanded: expandedMb },
    status: { p50: quantile(reads, 0.5), p99: quantile(reads, 0.99), worst: Math.max(...reads) },
    memoryMb: { idle: idleMb, duringExpansion: expanded.mb, after: memory, peak: peakMb },
    restart: { afterStop, afterKill },
    blocks,
  };
  const perRecipient = ((expandedMb - world.directoryMb) * 1e6) / options.people;
  report(
    options.out,
    [
      [
        `${round(options.people)} recipients`,
        [
          ["expanded in, seconds", round(expanded.seconds, 1), "goal 10"],
          ["of that, CPU seconds of the service", round(expanded.cpuSeconds, 1), ""],
          ["first message after the start, ms", round(expanded.firstMs), ""],
          ["status read, ms: median", figures.status.p50.toFixed(1), ""],
          ["status read, ms: p99", figures.status.p99.toFixed(1), "goal 5"],
          ["memory before, MB", round(idleMb), ""],
          ["memory during expansion, MB, at most", round(Math.max(...expanded.mb)), "goal 300"],
          [`memory ${options.seconds} s later, MB`, round(memory.at(-1)), ""],
          ["memory at its peak, MB", round(peakMb), "goal 300"],
          ["directory on disk, MB", round(world.directoryMb), ""],
          ["with the deliveries, MB", round(expandedMb), `${round(perRecipient)} bytes each`],
          ["stopped and started: listening after, ms", round(afterStop.listeningMs), ""],
          ["stopped and started: first message after, ms", round(afterStop.firstMs), "goal 2,000"],
          ["killed and started: listening after, ms", round(afterKill.listeningMs), ""],
          ["killed and started: first message after, ms", round(afterKill.firstMs), "goal 2,000"],
        ],
      ],
      ["blocks of the process longer than 20 ms", blockRows(blocks)],
    ],
    figures,
  );
} finally {
  await service.kill();
  await world.connector.stop();
  world.remove();
}

/** Starts the campaign and waits until its audience is complete. */
async function expand(client, id) {
  await world.connector.ask("reset");
  const before = usageOf(service.pid).cpuSeconds;
  const startedAt = performance.timeOrigin + performance.now();
  await client.campaigns.start(id);
  const mb = [];
  for (;;) {
    const { state, counts } = await client.campaigns.get(id);
    mb.push(residentMb(service.pid));
    if (state === "sending") {
      if (counts.total !== options.people) throw new Error(`${counts.total} were expanded`);
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const seconds = (performance.timeOrigin + performance.now() - startedAt) / 1000;
  const cpuSeconds = usageOf(service.pid).cpuSeconds - before;
  const [first] = await world.connector.ask("instants");
  return { seconds, cpuSeconds, mb, firstMs: (first ?? Number.NaN) - startedAt };
}

/** How long each reading of the status took, in ms, over HTTP. */
async function readStatus(client, id) {
  const took = [];
  for (let count = 0; count < options.reads; count += 1) {
    const from = performance.now();
    await client.campaigns.get(id);
    took.push(performance.now() - from);
    await new Promise((resolve) => setTimeout(resolve, 17));
  }
  return took;
}

async function watchMemory() {
  const mb = [];
  for (let second = 0; second < options.seconds; second += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    mb.push(residentMb(service.pid));
  }
  return mb;
}

/** Ends the service, in order or at once, and starts it again. */
async function restarted(how) {
  await service[how]();
  await world.connector.ask("reset");
  service = await startService(settings);
  const listeningMs = performance.timeOrigin + performance.now() - service.startedAt;
  for (;;) {
    const [first] = await world.connector.ask("instants");
    if (first !== undefined) return { listeningMs, firstMs: first - service.startedAt };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
