// Many lanes in virtual time: the real engine on the real SQLite store in memory, a scripted connector, and a clock that moves only as
// fast as the work is done. What is counted depends on no machine; only the CPU time does.
import { FakeConnector } from "../packages/harness/src/fake-connector.ts";
import { overlay } from "../packages/harness/src/overlay.ts";
import { countedIds, seededRandom } from "../packages/harness/src/seeded-random.ts";
import { VirtualClock } from "../packages/harness/src/virtual-clock.ts";
import { createEngine } from "../packages/server/src/engine/create-engine.ts";
import { openSqliteStore } from "../packages/server/src/store/sqlite/open.ts";
import { round } from "./lib.mjs";
import { bot, learnPeople, serviceUrlOf, tenantOf } from "./parts/bot.mjs";
import { readOptions, report } from "./parts/options.mjs";

const options = readOptions(
  "lanes",
  "Simulates a broadcast in each of many tenants, all started at once, and counts what each message costs the database.",
  {
    tenants: ["1,10,100,1000", "how many tenants, each a run"],
    people: [200, "people of each tenant"],
    rps: [50, "ceiling of each lane, requests a second"],
    latency: [100, "of the connector, ms"],
    "commit-ms": [5, "how long a commit takes"],
  },
);
const runs = [];
for (const tenants of options.tenants.split(",").map(Number)) {
  const run = await simulate(tenants);
  runs.push(run);
  console.error(`${round(tenants)} tenants: over after ${round(run.seconds, 1)} s of their time`);
}
report(
  options.out,
  [
    [
      `${round(options.people)} people in each tenant, ${options.rps} a second, ${options.latency} ms; seconds are of simulated time`,
      [
        [
          "tenants",
          "seconds",
          "share of all ceilings",
          "turns a message",
          "commits a message",
          "commits a second",
          "other writes of lanes a second",
          "CPU s per 1,000",
        ],
        ...runs.map((run) => [
          round(run.tenants),
          round(run.seconds, 1),
          `${round(run.share * 100, 1)} %`,
          run.turnsPerMessage.toFixed(2),
          run.commitsPerMessage.toFixed(3),
          round(run.commitsPerSecond),
          round(run.leasesPerSecond, 1),
          run.cpuPerThousand.toFixed(3),
        ]),
      ],
    ],
  ],
  { options, runs },
);

async function simulate(tenants) {
  const clock = new VirtualClock();
  const connector = new FakeConnector(clock);
  connector.latencyMs = options.latency;
  const counts = { turns: 0, leases: 0, commits: 0 };
  const store = openSqliteStore(":memory:", {
    schedule: (run) =>
      void clock.sleep(options["commit-ms"]).then(() => {
        counts.commits += 1;
        run();
      }),
  });
  const learning = learnAll(store, tenants);
  await until(clock, learning);
  const engine = createEngine(
    {
      clock: { now: () => clock.now(), sleep: (ms, signal) => clock.sleep(ms, signal) },
      rng: seededRandom(1),
      ids: countedIds(),
      connector,
      store: overlay(store, { ledger: counting(store.ledger, counts) }),
      log: { info() {}, warn() {}, error() {} },
    },
    {
      botId: bot.clientId,
      tenantId: bot.tenantId,
      ratePerSecond: options.rps,
      readsRosters: false,
      works: true,
    },
  );
  await engine.start();
  const made = Promise.all(Array.from({ length: tenants }, (_, n) => created(engine, n)));
  const ids = await until(clock, made);
  const messages = tenants * options.people;
  const before = { ...counts, at: clock.now(), cpu: process.cpuUsage() };
  await until(clock, Promise.all(ids.map((id) => engine.campaigns.start(id))));
  const isDone = () => connector.messages.length === messages;
  if (!(await clock.runUntil(isDone, 24 * 3_600_000))) throw new Error("not over within a day");
  const { user, system } = process.cpuUsage(before.cpu);
  const seconds = (clock.now() - before.at) / 1000;
  await until(clock, engine.stop());
  await until(clock, store.close());
  return {
    tenants,
    seconds,
    share: messages / (tenants * options.rps * seconds),
    turnsPerMessage: (counts.turns - before.turns) / messages,
    commitsPerMessage: (counts.commits - before.commits) / messages,
    commitsPerSecond: (counts.commits - before.commits) / seconds,
    leasesPerSecond: (counts.leases - before.leases) / seconds,
    cpuPerThousand: ((user + system) / 1e6 / messages) * 1000,
  };
}

async function learnAll(store, tenants) {
  for (let number = 0; number < tenants; number += 1)
    await learnPeople(store, {
      from: number * options.people,
      count: options.people,
      tenantId: tenantOf(number),
      serviceUrl: serviceUrlOf("https://smba.trafficmanager.net"),
    });
}

async function created(engine, number) {
  const { id } = await engine.campaigns.create({
    name: "Lanes",
    message: { text: "Hello" },
    audience: { include: [{ everyone: true }] },
    tenantId: tenantOf(number),
  });
  return id;
}

/** The ledger, with its calls counted by what they are for. */
function counting(ledger, counts) {
  const kinds = { takeTurn: "turns", acquireLane: "leases", releaseLane: "leases" };
  return new Proxy(ledger, {
    get(target, name) {
      const member = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...given) => {
        const kind = kinds[name];
        if (kind !== undefined) counts[kind] += 1;
        return member.apply(target, given);
      };
    },
  });
}

/** Lets time pass until a promise is settled, and answers its value. */
async function until(clock, promise) {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  promise.then(settle, settle);
  await clock.runUntil(() => isSettled, 24 * 3_600_000);
  return promise;
}
