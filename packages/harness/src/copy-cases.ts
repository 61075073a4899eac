import assert from "node:assert/strict";
import fc from "fast-check";
import {
  activityId,
  type CampaignId,
  conversationId,
  type RecipientKey,
} from "../../server/src/domain/ids.ts";
import { noAnswer } from "../../server/src/domain/outcome.ts";
import type { Store } from "../../server/src/engine/ports/store.ts";
import { checkDatabase } from "../../server/src/store/care/check.ts";
import {
  type Copied,
  type CopyTarget,
  type CopyWatch,
  copyDatabase,
} from "../../server/src/store/care/copy.ts";
import type { Snapshot } from "../../server/src/store/care/snapshot.ts";
import { tableNames } from "../../server/src/store/care/tables.ts";
import {
  bot,
  campaign,
  create,
  deliveriesOf,
  failed,
  fieldsOf,
  hold,
  installed,
  keyOf,
  knowPeople,
  recovered,
  settled,
  tenant,
  turn,
} from "./store-conformance/fixtures.ts";
import { knownMax, ledgerEvents } from "./store-conformance/random-commands.ts";
import { LedgerModel } from "./store-conformance/random-model.ts";

/** A database, or the place for one: nothing is there yet. */
export interface CopyPlace {
  openStore(): Promise<Store>;
  snapshot(): Promise<Snapshot>;
  target(): Promise<CopyTarget>;
  /** Whether a text may hold a NUL. */
  readonly holdsNul: boolean;
}

/** New places, each used once. */
export interface CopyPlaces {
  readonly from: () => Promise<CopyPlace>;
  readonly to: () => Promise<CopyPlace>;
  readonly randomRuns: number;
}

/** What a copy must be, from any kind of database to any other. */
export const copyCases: Readonly<Record<string, (places: CopyPlaces) => Promise<void>>> = {
  "random ledgers survive there and back, with the same hashes": async ({
    from,
    to,
    randomRuns,
  }) => {
    const event = fc.oneof(...ledgerEvents());
    const words = fc.string({ unit: "grapheme", maxLength: 30 }).filter((one) => one !== "");
    const property = fc.asyncProperty(
      fc.array(event, { maxLength: 30, size: "max" }),
      fc.array(words, { maxLength: 5 }),
      async (events, texts) => {
        const first = await from();
        const store = await first.openStore();
        await knowPeople(store, knownMax);
        const model = new LedgerModel();
        for (const one of events) {
          await one.happen(model, store);
          model.finish();
        }
        await say(store, texts);
        await store.close();
        const there = await to();
        const back = await from();
        const [out, home] = [await copied(first, there), await copied(there, back)];
        assert.deepEqual(home, out);
        assert.equal(out.changedTexts, 0);
        const [before, after] = [await everything(first), await everything(back)];
        assert.deepEqual(after, before);
        assert.deepEqual(await findings(there), []);
        assert.deepEqual(await findings(back), []);
      },
    );
    await fc.assert(property, { numRuns: randomRuns });
  },
  "what was being sent is recovered in the copy as a crash would leave it": async (places) => {
    const { source, target } = await filledAndCopied(places);
    const ends: unknown[] = [];
    for (const place of [source, target]) {
      const store = await place.openStore();
      // The copy's lane is nobody's; that of the source is a dead worker's.
      const held = await hold(store, "w9", 99_000);
      const before = await statesOf(store, sendingId);
      const { resent, held: left } = await recovered(store, held, 100, 99_000);
      ends.push([before, resent, left, await statesOf(store, sendingId)]);
      await store.close();
      assert.deepEqual(await findings(place), []);
    }
    assert.deepEqual(ends[1], ends[0]);
    assert.deepEqual(ends[1], [["sending", "sending"], 2, 0, ["pending", "pending"]]);
  },
  "the copy goes on: lanes under newer fences, numbers behind those there are, keys that are known":
    async (places) => {
      const { target } = await filledAndCopied(places);
      const store = await target.openStore();
      const held = await hold(store, "w9", 99_000);
      assert.ok(held.fence > 1, String(held.fence));
      await recovered(store, held, 100, 99_000);
      const { claimed } = await turn(store, held, { claim: 2, now: 99_500 });
      const settlements = claimed.map((one) => settled(one, failed, { attempts: [attempt(7)] }));
      await turn(store, held, { settlements, now: 99_600 });
      for (const key of [1, 2].map(keyOf))
        assert.deepEqual(await numbersOf(store, sendingId, key), [1, 7], "recovered, then tried");
      assert.deepEqual(await numbersOf(store, endedId, keyOf(1)), [1, 2]);
      await store.inbound.recordActivity(rawActivity("new"));
      const waiting = await store.inbound.unprocessed(bot, 9);
      assert.deepEqual(
        waiting.map((one) => one.activityId),
        ["second", "third", "new"],
      );
      assert.equal(await store.inbound.recordActivity(rawActivity("first")), "duplicate");
      const idempotency = { key: "once", fingerprint: "same" };
      const repeated = { campaign: campaign("ntf_x"), idempotency };
      assert.equal((await store.ledger.createCampaign(repeated)).result, "repeated");
      assert.deepEqual(await store.keys.findKey("abc"), { id: "key_1", name: "first" });
      await store.close();
      assert.deepEqual(await findings(target), []);
    },
  "no worker holds a lane of the copy": async (places) => {
    const { source, target } = await filledAndCopied(places);
    const owners = async (place: CopyPlace) => {
      const snapshot = await place.snapshot();
      const rows = await snapshot.all<{ owner: string | null }>("SELECT owner FROM lanes");
      await snapshot.close();
      return rows.map(({ owner }) => owner);
    };
    assert.deepEqual(await owners(source), ["w1"]);
    assert.deepEqual(await owners(target), [null]);
  },
  "stopped at any page, nothing is left, and the next copy begins anew": async ({ from, to }) => {
    const source = await from();
    await fill(source);
    const target = await to();
    let pages = 0;
    const whole = await copyInto(source, await to(), {
      isStopped: () => {
        pages += 1;
        return false;
      },
    });
    assert.ok(whole !== null && pages > tableNames.length, String(pages));
    for (let at = 0; at < pages; at += 1) {
      let asked = -1;
      const isStopped = () => {
        asked += 1;
        return asked >= at;
      };
      assert.equal(await copyInto(source, target, { isStopped }), null, `at ${at}`);
    }
    assert.deepEqual(await copyInto(source, target), whole);
  },
  "a copy that reads otherwise than it was written is not kept": async ({ from, to }) => {
    const source = await from();
    await fill(source);
    const target = await to();
    for (const [lie, table] of [
      ["a row less", "people"],
      ["another value", "deliveries"],
      ["a row less", "api_keys"],
    ] as const) {
      const honest = await target.target();
      const lying: CopyTarget = {
        ...honest,
        write: (name, rows) => {
          if (name !== table) return honest.write(name, rows);
          if (lie === "a row less") return honest.write(name, rows.slice(1));
          const other = rows.map((row) => row.map((one) => (one === 2_000 ? 2_001 : one)));
          return honest.write(name, other);
        },
      };
      const snapshot = await source.snapshot();
      await assert.rejects(
        copyDatabase(snapshot, lying, quiet),
        new RegExp(`The copy of ${table} is not the same: .* Nothing was kept\\.`),
      );
      await snapshot.close();
    }
    assert.ok((await copyInto(source, target)) !== null);
  },
  "a database with anything in it is not copied into": async (places) => {
    const { source, target } = await filledAndCopied(places);
    const before = await everything(target);
    await assert.rejects(copyInto(source, target), /The database to copy to is not empty/);
    assert.deepEqual(await everything(target), before);
  },
};

/** The same for a source that may hold a NUL in its texts. */
export const copyCasesWithNul: typeof copyCases = {
  "a NUL that PostgreSQL cannot hold becomes another sign, and is counted": async ({
    from,
    to,
  }) => {
    const [source, target] = [await from(), await to()];
    const store = await source.openStore();
    await say(store, ["nul \0 here"]);
    await store.close();
    const made = await copied(source, target);
    // A name, the same as it is searched for, and a body.
    assert.equal(made.changedTexts, target.holdsNul ? 0 : 3);
    const copy = await target.openStore();
    const page = await copy.directory.listPeople({ botId: bot, tenantId: tenant }, { limit: 9 });
    assert.equal(page.items[0]?.name, target.holdsNul ? "nul \0 here" : "nul \u{FFFD} here");
    await copy.close();
  },
};

const quiet: CopyWatch = { onProgress: () => {}, isStopped: () => false };

async function copyInto(
  from: CopyPlace,
  to: CopyPlace,
  watch: Partial<CopyWatch> = {},
): Promise<Copied | null> {
  const snapshot = await from.snapshot();
  try {
    return await copyDatabase(snapshot, await to.target(), { ...quiet, ...watch });
  } finally {
    await snapshot.close();
  }
}

async function copied(from: CopyPlace, to: CopyPlace): Promise<Copied> {
  const made = await copyInto(from, to);
  assert.ok(made !== null);
  assert.deepEqual(
    made.tables.map(({ table }) => table),
    tableNames,
  );
  return made;
}

/** All that the tables hold, as they say it themselves. */
async function everything(place: CopyPlace) {
  const snapshot = await place.snapshot();
  const tables: [string, readonly string[]][] = [];
  for (const name of tableNames) {
    const rows = await snapshot.all<object>(`SELECT * FROM ${name}`);
    const texts = rows.map((row) => JSON.stringify({ ...row, ...(name === "lanes" && noOwner) }));
    tables.push([name, texts.toSorted()]);
  }
  await snapshot.close();
  return tables;
}

const noOwner = { owner: null };

async function findings(place: CopyPlace) {
  const snapshot = await place.snapshot();
  try {
    return (await checkDatabase(snapshot)).findings;
  } finally {
    await snapshot.close();
  }
}

/** People whose names, and an activity whose body, are these texts. */
async function say(store: Store, texts: readonly string[]): Promise<void> {
  for (const [index, name] of texts.entries()) {
    const person = { ...fieldsOf(100 + index), name };
    await store.directory.learn(bot, [{ fact: "person-seen", tenantId: tenant, person }], index);
    await store.inbound.recordActivity({ ...rawActivity(`said ${index}`), body: name });
  }
}

const endedId = campaign("ntf_1").id;
const sendingId = campaign("ntf_2").id;

/** A bit of everything: a notification that ended, one that is being sent, activities, keys, a directory. */
async function fill(place: CopyPlace): Promise<void> {
  const store = await place.openStore();
  for (let n = 1; n <= 6; n += 1) await store.directory.learn(bot, installed(n), n);
  const idempotency = { key: "once", fingerprint: "same" };
  await store.ledger.createCampaign({ campaign: campaign("cmp_0"), idempotency });
  await create(store, campaign("ntf_1", { createdAt: 900 }), [1]);
  await create(store, campaign("ntf_2"), [1, 2]);
  const held = await hold(store);
  const { claimed } = await turn(store, held, { claim: 3 });
  const settlements = claimed
    .filter(({ campaignId }) => campaignId === endedId)
    .map((one) => settled(one, failed, { attempts: [attempt(1), attempt(2)] }));
  assert.equal(settlements.length, 1);
  await turn(store, held, { settlements });
  for (const name of ["first", "second", "third"])
    await store.inbound.recordActivity(rawActivity(name));
  await store.inbound.markProcessed([rawActivity("first")], 2_500);
  await store.keys.addKey({ id: "key_1", sha256: "abc", name: "first", createdAt: 1 });
  await store.close();
}

async function filledAndCopied({ from, to }: CopyPlaces) {
  const [source, target] = [await from(), await to()];
  await fill(source);
  await copied(source, target);
  return { source, target };
}

function rawActivity(name: string) {
  return {
    botId: bot,
    tenantId: tenant,
    conversationId: conversationId("a:1"),
    activityId: activityId(name),
    receivedAt: 2_000,
    body: `{"name":${JSON.stringify(name)}}`,
  };
}

function attempt(number: number) {
  return {
    number,
    operation: "send",
    at: 2_000,
    outcome: { kind: "uncertain", reason: "timeout" },
    evidence: noAnswer("no answer", 5),
    decision: "tried again",
  } as const;
}

async function numbersOf(store: Store, id: CampaignId, key: RecipientKey) {
  return (await store.ledger.attemptsOf(id, key)).map(({ number }) => number);
}

async function statesOf(store: Store, id: CampaignId) {
  return (await deliveriesOf(store, id)).map(({ state }) => state);
}
