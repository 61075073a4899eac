// Goal: a database that fails in the middle of a campaign stops it for as long as it fails, is told everywhere, and costs nobody
// their message. Method: the whole service in virtual time on a real SQLite file, which each test makes fail in its own way.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, it } from "node:test";
import { CarillonError } from "@carillon/client";
import type { Clock } from "../../../server/src/engine/ports/runtime.ts";
import { CommitQueue } from "../../../server/src/store/sqlite/commit-queue.ts";
import { openDatabase } from "../../../server/src/store/sqlite/connection.ts";
import { storeOn } from "../../../server/src/store/sqlite/store.ts";
import { overlay } from "../../src/overlay.ts";
import { virtualCampaigns } from "../../src/virtual-campaign.ts";

const minute = 60_000;
const few = 100;
let folder = "";
let files = 0;
before(() => {
  folder = mkdtempSync(path.join(tmpdir(), "carillon-database-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** A store on a file of its own, with the connection beneath it. */
function fileStore() {
  files += 1;
  const file = path.join(folder, `${files}.db`);
  const { db } = openDatabase(file, { busyMs: 0 });
  return { file, db, store: storeOn({ db, queue: new CommitQueue(db, queueMicrotask) }) };
}

interface Trouble {
  readonly name: string;
  readonly code: string;
  /** For a full file as many as need room. */
  readonly people: number;
  /** Whether every write fails, not only those that need room. */
  readonly refusesAll: boolean;
  /** Begins it; answers how to end it. */
  begin(store: ReturnType<typeof fileStore>): () => void;
}

const troubles: readonly Trouble[] = [
  {
    name: "full",
    code: "STORE_FULL",
    people: 800,
    refusesAll: false,
    begin: ({ db }) => {
      const pages = db.get<{ page_count: number }>("PRAGMA page_count")?.page_count ?? 0;
      db.exec(`PRAGMA max_page_count = ${pages}`);
      return () => db.exec("PRAGMA max_page_count = 1000000");
    },
  },
  {
    name: "read-only",
    code: "STORE_READ_ONLY",
    people: 150,
    refusesAll: true,
    begin: ({ db }) => {
      db.exec("PRAGMA query_only = 1");
      return () => db.exec("PRAGMA query_only = 0");
    },
  },
  {
    name: "locked by another connection",
    code: "STORE_LOCKED",
    people: 150,
    refusesAll: true,
    begin: ({ file }) => {
      const other = new DatabaseSync(file);
      other.exec("BEGIN EXCLUSIVE");
      return () => other.close();
    },
  },
];

/** Neither requests of ours nor activities of Teams are taken while they cannot be kept. */
async function assertNothingTaken(
  { service, world }: Awaited<ReturnType<typeof virtualCampaigns>>,
  text: string,
) {
  const audience = { include: [{ everyone: true }] } as const;
  const refused = await world
    .within(service.client.campaigns.create({ name: text, message: { text }, audience }))
    .then(
      () => assert.fail("it was taken"),
      (error: unknown) => error,
    );
  assert.ok(refused instanceof CarillonError);
  assert.deepEqual([refused.status, refused.code], [503, "SERVICE_UNAVAILABLE"]);
  const heard = await world.within(world.emulator.say(0, "hello"));
  assert.equal(heard.status, 503, "Teams is asked to come again");
}

for (const { name, code, people, refusesAll, begin } of troubles)
  describe(`a database that becomes ${name} in the middle of a campaign`, () => {
    it("stops it, says so everywhere with cause, age and next step, and it goes on by itself", async () => {
      const made = fileStore();
      const here = await virtualCampaigns({ people, seed: 101, store: made.store });
      const { client, logged, readyz } = here.service;
      const { clock, emulator } = here.world;
      const text = `While ${name}.`;
      const id = await here.begin(text);
      await here.world.until(async () => emulator.counts().accepted >= 60, 10_000);
      let cleared = 0;
      here.service.engine.subscribe((event) => {
        if (event.type === "attention" && event.attention === null) cleared += 1;
      });
      const end = begin(made);
      await clock.runFor(2 * minute);
      assert.equal(cleared, 0, "nobody is told that it is over while it is not");

      const arrived = emulator.counts().accepted;
      const { state, attention, counts } = await here.campaign(id);
      assert.equal(state, "sending");
      assert.equal(attention?.code, code);
      assert.match(attention.next, /\w+/);
      const age = clock.now() - Date.parse(attention.since);
      assert.ok(age > minute && age < 3 * minute, `${age} ms`);
      assert.ok(
        Date.parse(attention.retryAt ?? "") <= clock.now() + 10_000,
        attention.retryAt ?? "",
      );
      assert.equal(counts.total, people);
      assert.ok((await client.status()).attention.some((one) => one.code === code));
      const ready = await here.world.within(readyz());
      assert.equal(ready.ok, !refusesAll);
      assert.match(ready.reasons.join(), /\w+/);
      assert.ok(!ready.reasons.join().includes(folder), "everyone may ask: no paths");
      assert.ok(
        logged.some(({ event, fields }) => event === "store.failed" && fields.code === code),
      );

      await clock.runFor(minute);
      assert.equal(emulator.counts().accepted, arrived, "nothing starts that cannot be recorded");
      if (refusesAll) await assertNothingTaken(here, text);

      end();
      const last = await here.finished(id, minute);
      assert.deepEqual(
        [last.counts.accepted, last.resent],
        [people, 0],
        JSON.stringify(last.reasons),
      );
      assert.equal(here.world.messages(text).length, people);
      assert.deepEqual((await client.status()).attention, []);
      assert.deepEqual(await here.world.within(readyz()), { ok: true, reasons: [] });
      assert.ok(logged.some(({ event }) => event === "store.recovered"));
      await here.service.stop();
      made.db.close();
    });

    it("is no reason to forget a campaign that was just started, or one that waits for its time", async () => {
      const made = fileStore();
      const here = await virtualCampaigns({ people: few, seed: 102, store: made.store });
      const { clock } = here.world;
      const sendAt = new Date(clock.now() + 30_000).toISOString();
      const later = await here.begin("At its time.", { sendAt });
      const now = await here.begin("Just started.");
      const end = begin(made);
      await clock.runFor(2 * minute);
      end();
      assert.equal((await here.finished(now, minute)).counts.accepted, few);
      assert.equal((await here.finished(later, minute)).counts.accepted, few);
      await here.service.stop();
      made.db.close();
    });
  });

describe("a database that becomes slow in the middle of a campaign", () => {
  it("makes it slow, says so with cause, age and next step, and the pace comes back with the database", async () => {
    const people = 400;
    let callMs = 0;
    const here = await virtualCampaigns(
      { people, seed: 103 },
      {
        around: (store, clock) =>
          overlay(store, { ledger: slowed(store.ledger, clock, () => callMs) }),
      },
    );
    const { client, logged } = here.service;
    const { clock, emulator } = here.world;
    const id = await here.begin("In slow motion.");
    await here.world.until(async () => emulator.counts().accepted >= 60, 10_000);
    // Each call takes as long; a turn is one of several.
    callMs = 3000;
    await clock.runFor(minute);
    const { state, attention } = await here.world.within(here.campaign(id));
    assert.equal(state, "sending");
    assert.equal(attention?.code, "STORE_SLOW");
    assert.match(attention.detail, /Each write takes about [2-4]\.\d s\./);
    assert.match(attention.next, /Sending goes on, more slowly/);
    const age = clock.now() - Date.parse(attention.since);
    assert.ok(age > 20_000 && age < 90_000, `${age} ms`);
    const { lanes } = await here.world.within(client.status());
    assert.equal(lanes[0]?.attention?.code, "STORE_SLOW");
    const ready = await here.world.within(here.service.readyz());
    assert.equal(ready.ok, true, "work is taken");
    assert.match(ready.reasons.join(), /The database is slow\..*STORE_SLOW, since 2/);
    assert.ok(logged.some(({ event }) => event === "store.slow"));
    callMs = 0;
    const end = await here.finished(id, 2 * minute);
    assert.deepEqual([end.counts.accepted, end.resent], [people, 0]);
    assert.equal(here.world.messages("In slow motion.").length, people);
    assert.deepEqual((await client.status()).attention, []);
    await here.service.stop();
  });
});

/** The same, with every call answered later by what `ms` says then. */
function slowed<T extends object>(part: T, clock: Clock, ms: () => number): T {
  return new Proxy(part, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return async (...args: readonly unknown[]) => {
        if (ms() > 0) await clock.sleep(ms());
        return Reflect.apply(member, target, args);
      };
    },
  });
}
