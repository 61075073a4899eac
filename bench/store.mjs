// The store alone, in this process, on a new SQLite file, on a PostgreSQL server of its own or in an empty database: learning
// people, expanding everyone, turns of a lane, notifications, inbound activities, and what each table takes on disk.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { PostgresServer } from "../packages/harness/src/postgres/server.ts";
import {
  accepted,
  bot,
  campaign,
  expanding,
  hold,
  scope,
  serviceUrl,
  settled,
  tenant,
  turn,
} from "../packages/harness/src/store-conformance/fixtures.ts";
import { openStore } from "../packages/server/src/store/open.ts";
import { familyCpuSeconds, round, usageOf } from "./lib.mjs";
import { conversationIdOf, idsOf, learnPeople } from "./parts/bot.mjs";
import { readOptions, report } from "./parts/options.mjs";

const options = readOptions(
  "store",
  "Learns people, writes to all of them, settles what the lane claims, and records activities, in the store alone.",
  {
    people: [100_000, "known people, who are all written to"],
    seconds: [3, "how long turns of each size are taken; 0 = until everybody was written to"],
    folder: [tmpdir(), "where the database is made, such as on the disk in question"],
    postgres: [false, "on a PostgreSQL server of its own, with its usual settings"],
    database: ["", "an empty PostgreSQL database (postgres://…); what is written to it stays"],
  },
);
const { people } = options;
const forMs = options.seconds === 0 ? Number.POSITIVE_INFINITY : options.seconds * 1000;
const folder = mkdtempSync(path.join(options.folder, "carillon-bench-"));
const file = path.join(folder, "carillon.db");
const server = options.postgres ? await PostgresServer.create(["shared_buffers = 256MB"]) : null;
const url = server?.url() ?? (options.database || `sqlite:${file}`);
const rows = [];
let store = await openStore(url);
try {
  await learn();
  await expand();
  await reopen();
  await takeTurns();
  await notify();
  await receive();
  const { peakMb } = usageOf(process.pid);
  const sizes = await tableSizes();
  report(
    options.out,
    [
      [
        `${round(people)} people, ${url.split(":")[0]}`,
        [
          ["", "a second", "CPU here, µs each", "CPU database, µs", "ms a call", "p99", "worst"],
          ...rows.map((row) => [
            row.name,
            round(row.perSecond),
            round(row.cpuHere, 1),
            Number.isNaN(row.cpuDatabase) ? "" : round(row.cpuDatabase, 1),
            ...(row.callMs === null ? ["", "", ""] : row.callMs.map((ms) => round(ms, 1))),
          ]),
        ],
      ],
      ["on disk, MB", sizes.slice(0, 14).map(({ name, bytes }) => [name, round(bytes / 1e6, 1)])],
      ["memory", [["at most, MB, this script's included", round(peakMb)]]],
    ],
    { options, rows, sizes, peakMb },
  );
} finally {
  await store.close();
  await server?.remove();
  rmSync(folder, { recursive: true });
}

async function learn() {
  const timed = await repeat(Math.ceil(people / 50), (call) =>
    learnPeople(store, {
      from: call * 50,
      count: Math.min(50, people - call * 50),
      botId: bot,
      tenantId: tenant,
      serviceUrl,
    }),
  );
  add("learn people, 50 a call", people, timed);
}

async function expand() {
  const { id } = expanding("cmp_1");
  await store.ledger.createCampaign({ campaign: expanding("cmp_1") });
  let from = expanding("cmp_1").expansion;
  const timed = await repeat(Number.POSITIVE_INFINITY, async () => {
    const chunk = await store.ledger.expandEveryone({ id, from, limit: 10_000, now: 2 });
    from = { ...from, after: chunk.after };
    return chunk.after !== null;
  });
  await store.ledger.finishExpansion(id, 3);
  add("expand everyone", people, timed);
}

async function reopen() {
  await store.close();
  const timed = await repeat(1, async () => {
    store = await openStore(url);
    await store.ledger.counts(expanding("cmp_1").id);
  });
  add("open again", 1, timed);
}

async function takeTurns() {
  const held = await hold(store);
  for (const claim of [5, 50, 500]) {
    let claimed = [];
    let count = 0;
    const endAt = performance.now() + forMs;
    const timed = await repeat(Number.POSITIVE_INFINITY, async () => {
      const settlements = claimed.map(acceptedOf);
      count += settlements.length;
      ({ claimed } = await turn(store, held, { settlements, claim }));
      return claimed.length > 0 && performance.now() < endAt;
    });
    await turn(store, held, { settlements: claimed.map(acceptedOf) });
    add(`turns of ${claim}, a delivery`, count, timed);
  }
}

async function notify() {
  const count = 10_000;
  const made = await repeat(1, () =>
    Promise.all(
      Array.from({ length: count }, (_, n) =>
        store.ledger.createCampaign({
          campaign: campaign(`ntf_${String(n).padStart(6, "0")}`),
          deliveries: [{ recipient: recipientOf(n) }],
        }),
      ),
    ),
  );
  add("create notifications, all at once", count, made);
  const held = await hold(store);
  let claimed = [];
  const timed = await repeat(100, async () => {
    const settlements = claimed.map((one) => settled(one, accepted));
    ({ claimed } = await turn(store, held, { settlements, claim: 50 }));
  });
  add("turns of 50 among them, a delivery", 100 * 50, timed);
}

async function receive() {
  const body = JSON.stringify({ type: "message", text: "x".repeat(1500) });
  const calls = 500;
  const timed = await repeat(calls, (call) =>
    Promise.all(
      Array.from({ length: 64 }, (_, n) =>
        store.inbound.recordActivity({
          ...scope,
          conversationId: `a:${n}`,
          activityId: String(1_700_000_000_000 + call),
          receivedAt: call,
          body,
        }),
      ),
    ),
  );
  add("record activities, 64 at once", calls * 64, timed);
}

/** Calls `call` until it answers false, at most `most` times; answers how long the calls took, and the CPU time. */
async function repeat(most, call) {
  const eachMs = [];
  const before = cpuSeconds();
  const startedAt = performance.now();
  for (let count = 0; count < most; count += 1) {
    const from = performance.now();
    const goesOn = await call(count);
    eachMs.push(performance.now() - from);
    if (goesOn === false) break;
  }
  const totalMs = performance.now() - startedAt;
  const after = cpuSeconds();
  return {
    totalMs,
    eachMs,
    here: after.here - before.here,
    database: after.database - before.database,
  };
}

function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  const database = server === null ? Number.NaN : familyCpuSeconds(server.pid);
  return { here: (user + system) / 1e6, database };
}

function add(name, count, { totalMs, eachMs, here, database }) {
  if (count === 0) return; // nobody was left for it
  const sorted = [...eachMs].sort((a, b) => a - b);
  const at = (share) => sorted[Math.floor((sorted.length - 1) * share)];
  rows.push({
    name,
    perSecond: (count / totalMs) * 1000,
    cpuHere: (here / count) * 1e6,
    cpuDatabase: (database / count) * 1e6,
    callMs: [at(0.5), at(0.99), at(1)],
  });
}

/** What each table and index takes on disk, the largest first. */
async function tableSizes() {
  if (url.startsWith("sqlite:")) {
    const db = new DatabaseSync(file, { readOnly: true });
    const sql = "SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name ORDER BY bytes DESC";
    const sizes = db.prepare(sql).all();
    db.close();
    return sizes.map(({ name, bytes }) => ({ name, bytes }));
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows: sizes } = await client.query(
    `SELECT relname AS name, pg_relation_size(oid)::float AS bytes FROM pg_class
     WHERE relkind IN ('r', 'i') AND relnamespace = current_schema()::regnamespace ORDER BY 2 DESC`,
  );
  await client.end();
  return sizes;
}

/** The end of a delivery with ids as long as Teams'. */
function acceptedOf(claimed, n) {
  const to = { ...accepted, conversationId: conversationIdOf(n), activityId: String(1.7e12 + n) };
  return settled(claimed, { ...to, requestId: `${"abcdefghijklmnop".repeat(2)}.${n}` });
}

function recipientOf(n) {
  const { object } = idsOf(n);
  return { kind: "person", key: `user:${object}`, personId: object, memberId: object };
}
