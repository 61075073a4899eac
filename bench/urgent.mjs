// How long an urgent notification waits while a broadcast to a very large audience takes every slot of the lane.
import { createClient } from "@carillon/client";
import { round } from "./lib.mjs";
import { idsOf } from "./parts/bot.mjs";
import { broadcastOptions, openBroadcast, toEveryone } from "./parts/broadcast.mjs";
import { nodeFlagsOf, quantile, readOptions, report } from "./parts/options.mjs";
import { blockRows, blocksIn, metricsOf, startService } from "./parts/service.mjs";

const options = readOptions(
  "urgent",
  "Sends urgent notifications through the API of the published service during a broadcast at 50 a second. Measured is the time from the call to the request's arrival at the connector.",
  {
    ...broadcastOptions,
    messages: [200, "urgent notifications"],
    "every-ms": [150, "one every so many milliseconds, give or take a half"],
    latency: [30, "of the connector, ms"],
  },
);
const world = await openBroadcast({ ...options, latencyMs: options.latency });
const service = await startService({
  connectorUrl: world.connector.ready,
  databaseUrl: `sqlite:${world.databaseFile}`,
  laneRps: 50,
  nodeFlags: nodeFlagsOf(options),
});
try {
  const client = createClient(service);
  const { id } = await client.campaigns.create(toEveryone);
  await client.campaigns.start(id);
  const duringExpansion = await sendUrgent(client, "x", async () => {
    const { state } = await client.campaigns.get(id);
    return state === "expanding";
  });
  let left = options.messages;
  const during = await sendUrgent(client, "s", async () => left-- > 0);
  const bulk = (await world.connector.ask("counts")).accepted;
  const blocks = blocksIn(await metricsOf(service));
  report(
    options.out,
    [
      [
        `urgent notifications during a broadcast to ${round(options.people)}, ms until the connector has them`,
        [
          ["", "messages", "median", "p99", "worst", "the call itself, median"],
          row("while everybody is expanded", duringExpansion),
          row("while it is sent at 50 a second (goal: p99 250)", during),
        ],
      ],
      ["blocks of the process longer than 20 ms", blockRows(blocks)],
    ],
    { options, during, duringExpansion, bulk, blocks },
  );
} finally {
  await service.kill();
  await world.connector.stop();
  world.remove();
}

/** Sends one after the other while `goOn`, each to somebody else; answers how long each took to arrive, and its call. */
async function sendUrgent(client, letter, goOn) {
  const sent = new Map();
  for (let number = 0; await goOn(); number += 1) {
    const mark = `mark-${letter}${number}`;
    const from = performance.timeOrigin + performance.now();
    await client.notifications.create({
      to: { user: idsOf(number % options.people).object },
      message: { text: `The building is being evacuated: ${mark}` },
      priority: "urgent",
    });
    sent.set(mark, { from, callMs: performance.timeOrigin + performance.now() - from });
    const pauseMs = options["every-ms"] * (0.5 + Math.random());
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const marked = await world.connector.ask("marked");
  return [...sent].map(([mark, { from, callMs }]) => ({
    arrivedMs: (marked[mark] ?? Number.NaN) - from,
    callMs,
  }));
}

function row(name, list) {
  if (list.length === 0) return [name, 0, "", "", "", ""];
  const arrived = list.map(({ arrivedMs }) => arrivedMs);
  return [
    name,
    list.length,
    round(quantile(arrived, 0.5)),
    round(quantile(arrived, 0.99)),
    round(Math.max(...arrived)),
    round(
      quantile(
        list.map(({ callMs }) => callMs),
        0.5,
      ),
    ),
  ];
}
