// Carillon against the bare proactive loops of Microsoft's SDKs and against plain HTTP, on one connector, in turns: every round
// runs each sender once, so that whatever else the machine does meets all of them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openSqliteStore } from "../packages/server/src/store/sqlite/open.ts";
import { round } from "./lib.mjs";
import { learnPeople, serviceUrlOf } from "./parts/bot.mjs";
import { startChild } from "./parts/child.mjs";
import { median, nodeFlagsOf, readOptions, report } from "./parts/options.mjs";

const senders = {
  undici: "bare undici loop, body serialised once",
  fetch: "built-in fetch loop, body serialised once",
  "teams-apps": "@microsoft/teams.apps app.send",
  "agents-hosting": "@microsoft/agents-hosting continueConversation",
  botbuilder: "botbuilder continueConversationAsync",
  carillon: "Carillon, durable ledger on",
};

const options = readOptions(
  "sdks",
  "Sends one 2 KB card to each of N chats with each sender, in turns; then a few under a limit of 50 a second.",
  {
    messages: [3000, "messages of each sender in a round; as many go before, unmeasured"],
    rounds: [3, "how often each sender has its turn; medians are shown"],
    concurrency: [64, "requests at once of the loops (Carillon decides by itself: 64)"],
    limited: [
      300,
      "messages of each sender under the limit of 50 a second; 0 leaves that part out",
    ],
    senders: [Object.keys(senders).join(","), "which ones"],
  },
);
const names = options.senders.split(",");
const folder = mkdtempSync(path.join(tmpdir(), "carillon-bench-"));
const runs = Object.fromEntries(names.map((name) => [name, []]));
const limited = {};
try {
  for (let turn = 0; turn < options.rounds; turn += 1)
    for (const name of names) {
      const run = await unlimited(name, turn);
      runs[name].push(run);
      console.error(
        `${name}: ${round(run.perSecond)}/s, ${round(run.cpuPerThousand, 3)} CPU s per 1,000`,
      );
    }
  if (options.limited > 0) for (const name of names) limited[name] = await underLimit(name);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const rows = names.map((name) => ({
  name,
  perSecond: median(runs[name].map((run) => run.perSecond)),
  cpuPerThousand: median(runs[name].map((run) => run.cpuPerThousand)),
  peakMb: median(runs[name].map((run) => run.peakMb)),
  failed: runs[name].reduce((sum, run) => sum + run.failed, 0),
}));
report(
  options.out,
  [
    [
      `${round(options.messages)} messages, median of ${options.rounds} rounds`,
      [
        ["", "messages/s", "per CPU second", "CPU s per 1,000", "peak MB"],
        ...rows.map(({ name, perSecond, cpuPerThousand, peakMb }) => [
          senders[name],
          round(perSecond),
          round(1000 / cpuPerThousand),
          cpuPerThousand.toFixed(3),
          round(peakMb),
        ]),
      ],
    ],
    ...(options.limited > 0
      ? [
          [
            `${options.limited} messages under a limit of 50 a second`,
            [
              ["", "requests", "share of 429", "not sent", "seconds"],
              ...names.map((name) => [
                senders[name],
                round(limited[name].requests),
                `${round(limited[name].throttledShare * 100, 1)} %`,
                round(limited[name].failed),
                round(limited[name].seconds, 1),
              ]),
            ],
          ],
        ]
      : []),
  ],
  { options, rows, runs, limited },
);

/** One sender with nothing in its way: as many messages unmeasured as measured, in a process of its own. */
async function unlimited(name, turn) {
  const connector = await startChild("connector-process.mjs");
  const count = options.messages;
  const sender = await startSender(name, connector.ready, {
    people: count,
    tag: `${name}-${turn}`,
  });
  try {
    await sender.ask("run", { from: 0, count });
    await connector.ask("reset");
    const run = await sender.ask("run", { from: count, count });
    const { accepted } = await connector.ask("counts");
    if (accepted !== count)
      throw new Error(`${name}: ${accepted} of ${count} arrived. ${run.firstError}`);
    return {
      ...run,
      perSecond: count / run.seconds,
      cpuPerThousand: (run.cpuSeconds / count) * 1000,
    };
  } finally {
    await sender.stop();
    await connector.stop();
  }
}

/** One sender, as it is, against a connector that takes 50 a second. */
async function underLimit(name) {
  const connector = await startChild("connector-process.mjs", { rps: 50, latencyMs: 30 });
  const count = options.limited;
  const sender = await startSender(name, connector.ready, {
    people: count,
    tag: name,
    ratePerSecond: 50,
  });
  try {
    const { seconds, failed } = await sender.ask("run", { from: 0, count });
    const { requests, throttled } = await connector.ask("counts");
    return { seconds, failed, requests, throttledShare: throttled / requests };
  } finally {
    await sender.stop();
    await connector.stop();
  }
}

async function startSender(name, connectorUrl, { people, tag, ratePerSecond = 0 }) {
  const databaseFile = path.join(folder, `${tag}-${ratePerSecond}.db`);
  if (name === "carillon") {
    const store = openSqliteStore(databaseFile);
    await learnPeople(store, { count: people, serviceUrl: serviceUrlOf(connectorUrl) });
    await store.close();
  }
  const { concurrency } = options;
  const execArgv = name === "carillon" ? nodeFlagsOf(options) : [];
  return startChild(
    `senders/${name}.mjs`,
    { connectorUrl, databaseUrl: `sqlite:${databaseFile}`, ratePerSecond, concurrency },
    { execArgv },
  );
}
