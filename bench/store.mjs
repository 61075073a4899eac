// The store alone, in this process, on a new SQLite file or an empty PostgreSQL database: learning people, expanding everyone,
// turns of a lane, notifications, inbound activities. Prints a table and asserts nothing. Run it with
// `node --conditions=source bench/store.mjs --help`.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
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
import { round, table, usageOf } from "./lib.mjs";
import { idsOf, learnPeople } from "./parts/bot.mjs";

const usage = `usage: node --conditions=source bench/store.mjs [--people N] [--seconds N] [--folder PATH | --database URL]
  --people N     known people, who are all written to (default 100000)
  --seconds N    how long turns of each size are taken (default 3)
  --folder PATH  where the database is made, such as on the disk in question (default: the system's temporary folder)
  --database URL an empty PostgreSQL database (postgres://…) to use instead; what is written to it stays`;

const { values } = parseArgs({
  options: {
    people: { type: "string", default: "100000" },
    seconds: { type: "string", default: "3" },
    folder: { type: "string", default: tmpdir() },
    database: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const people = Number(values.people);
const forMs = Number(values.seconds) * 1000;
const folder = mkdtempSync(path.join(values.folder, "carillon-bench-"));
const file = path.join(folder, "carillon.db");
const rows = [];
const url = values.database ?? `sqlite:${file}`;
let store = await openStore(url);
try {
  await learn();
  await expand();
  await reopen();
  await takeTurns();
  await notify();
  await receive();
  if (values.database === undefined)
    rows.push(["database", `${round(statSync(file).size / 1e6)} MB`]);
  rows.push([
    "memory, at most",
    `${round(usageOf(process.pid).peakMb)} MB`,
    "this script's included",
  ]);
  table(`The store with ${round(people)} people`, rows);
} finally {
  await store.close();
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
  add("learn people", people, timed, "two facts each, 50 people a call");
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
  add("expand everyone", people, timed, "chunks as large as the store takes");
}

async function reopen() {
  await store.close();
  const startedAt = performance.now();
  store = await openStore(url);
  await store.ledger.counts(expanding("cmp_1").id);
  rows.push(["open again", `${round(performance.now() - startedAt, 1)} ms`]);
}

async function takeTurns() {
  const held = await hold(store);
  for (const claim of [50, 200, 500]) {
    let claimed = [];
    let count = 0;
    const endAt = performance.now() + forMs;
    const timed = await repeat(Number.POSITIVE_INFINITY, async () => {
      const settlements = claimed.map((one) => settled(one, accepted));
      count += settlements.length;
      ({ claimed } = await turn(store, held, { settlements, claim }));
      return claimed.length > 0 && performance.now() < endAt;
    });
    await turn(store, held, { settlements: claimed.map((one) => settled(one, accepted)) });
    add(`turns of ${claim}`, count, timed, "settled and claimed in one commit");
  }
}

async function notify() {
  const startedAt = performance.now();
  const count = 10_000;
  const made = Array.from({ length: count }, (_, n) =>
    store.ledger.createCampaign({
      campaign: campaign(`ntf_${String(n).padStart(6, "0")}`),
      deliveries: [{ recipient: recipientOf(n) }],
    }),
  );
  await Promise.all(made);
  add("create notifications", count, { totalMs: performance.now() - startedAt }, "all at once");
  const held = await hold(store);
  let claimed = [];
  const timed = await repeat(100, async () => {
    const settlements = claimed.map((one) => settled(one, accepted));
    ({ claimed } = await turn(store, held, { settlements, claim: 50 }));
  });
  add("turns of 50 among them", 100 * 50, timed, "10,000 open at the beginning");
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
  add("record activities", calls * 64, timed, "64 at once");
}

/** Calls `call` until it answers false, at most `most` times; answers how long the calls took. */
async function repeat(most, call) {
  const eachMs = [];
  const startedAt = performance.now();
  for (let count = 0; count < most; count += 1) {
    const before = performance.now();
    const goesOn = await call(count);
    eachMs.push(performance.now() - before);
    if (goesOn === false) break;
  }
  return { totalMs: performance.now() - startedAt, eachMs };
}

function add(name, count, { totalMs, eachMs = [] }, note) {
  if (count === 0) return; // nobody was left for it
  const sorted = [...eachMs].sort((a, b) => a - b);
  const at = (part) => `${round(sorted[Math.floor((sorted.length - 1) * part)] ?? 0, 1)}`;
  const calls = sorted.length > 0 ? `a call ${at(0.5)} ms, p99 ${at(0.99)}, worst ${at(1)}; ` : "";
  rows.push([name, `${round((count / totalMs) * 1000)}/s`, calls + note]);
}

function recipientOf(n) {
  const { object } = idsOf(n);
  return { kind: "person", key: `user:${object}`, personId: object, memberId: object };
}
