import assert from "node:assert/strict";
import type { Store } from "../../server/src/engine/ports/store.ts";
import { type Checked, checkDatabase } from "../../server/src/store/care/check.ts";
import type { Snapshot } from "../../server/src/store/care/snapshot.ts";
import {
  again,
  bot,
  campaign,
  create,
  expanding,
  failed,
  hold,
  installed,
  settled,
  turn,
} from "./store-conformance/fixtures.ts";

/** A database to be checked, and to be damaged behind the store's back. */
export interface DamagedStore {
  readonly store: Store;
  readonly snapshot: () => Promise<Snapshot>;
  readonly damage: (sql: string) => Promise<void>;
}

/** What a check must find, and what it must not. The same for every driver. */
export const checkCases: Readonly<Record<string, (opened: DamagedStore) => Promise<void>>> = {
  "finds nothing in an empty database, nor in one in which everything was done that can be": async (
    opened,
  ) => {
    assert.deepEqual(await check(opened), { campaigns: 0, deliveries: 0, people: 0, findings: [] });
    await fill(opened.store);
    const { campaigns, deliveries, people, findings } = await check(opened);
    assert.deepEqual(findings, []);
    assert.deepEqual([campaigns, people], [3, 6]);
    assert.ok(deliveries >= 10, String(deliveries));
  },
  "finds a counter that is not that of its rows": async (opened) => {
    await fill(opened.store);
    await opened.damage("UPDATE campaigns SET accepted = accepted + 1 WHERE campaign_id = 'ntf_1'");
    await only(opened, /the counters of a campaign: ntf_1: accepted is 2, and 1 by its rows$/);
  },
  "finds reasons, and a directory, that are counted wrongly": async (opened) => {
    await fill(opened.store);
    await opened.damage("UPDATE campaign_codes SET count = 7 WHERE campaign_id = 'ntf_1'");
    await opened.damage("UPDATE directories SET installed = 1");
    const found = await texts(opened);
    assert.equal(found.length, 2);
    assert.match(found[0] ?? "", /ntf_1: failed with TEAMS_REJECTED is 7, and 1 by its rows/);
    assert.match(found[1] ?? "", /people 6, installed 1, .*by its rows 6, 6, 0, 0/);
  },
  "finds rows that do not fit each other": async (opened) => {
    await fill(opened.store);
    await opened.damage("DELETE FROM campaign_contents WHERE campaign_id = 'ntf_2'");
    await opened.damage(
      "UPDATE deliveries SET claimed_fence = 99 WHERE campaign_id = 'ntf_2' AND state = 'sending'",
    );
    await opened.damage("UPDATE campaigns SET queue = NULL WHERE campaign_id = 'ntf_1'");
    const found = await texts(opened);
    for (const expected of [
      /a campaign without its message and audience: ntf_2/,
      /claimed under a fence that its lane never had: ntf_2 user:/,
      /a campaign with open rows that no lane looks at: ntf_1/,
    ])
      assert.ok(
        found.some((text) => expected.test(text)),
        `${expected} in ${found.join("\n")}`,
      );
  },
  "finds a claim that does not fit its row's state, and a row without its campaign": async (
    opened,
  ) => {
    await fill(opened.store);
    await opened.damage(
      "UPDATE deliveries SET claimed_fence = NULL WHERE campaign_id = 'ntf_2' AND state = 'sending'",
    );
    await only(opened, /whose claim does not fit its state: ntf_2 user:/);
    await opened.damage("DELETE FROM campaigns WHERE campaign_id = 'ntf_1'");
    const found = await texts(opened);
    assert.ok(found.some((text) => /a delivery without its campaign: ntf_1 user:/.test(text)));
  },
};

/** Campaigns with rows in every state. */
async function fill(store: Store): Promise<void> {
  for (let n = 1; n <= 6; n += 1) await store.directory.learn(bot, installed(n), n);
  await create(store, campaign("ntf_1"), [1, 2, 3, 4]);
  await create(store, campaign("ntf_2", { onUncertain: "hold" }), [5]);
  const all = expanding("cmp_1");
  await create(store, all);
  const from = { part: "include", item: 0, after: null } as const;
  await store.ledger.expandEveryone({ id: all.id, from, limit: 100, now: 1_500 });
  const held = await hold(store);
  const { claimed } = await turn(store, held, { claim: 5 });
  const settlements = claimed
    .filter(({ campaignId }) => campaignId === "ntf_1")
    .map((one, index) =>
      settled(one, index === 0 ? undefined : index === 1 ? failed : again(9_000, index === 2)),
    );
  await turn(store, held, { settlements });
}

async function check(opened: DamagedStore): Promise<Checked> {
  const snapshot = await opened.snapshot();
  try {
    return await checkDatabase(snapshot);
  } finally {
    await snapshot.close();
  }
}

async function texts(opened: DamagedStore): Promise<readonly string[]> {
  return (await check(opened)).findings.map(({ what, where, detail }) =>
    `${what}: ${where}: ${detail}`.replace(/: $/, ""),
  );
}

async function only(opened: DamagedStore, pattern: RegExp): Promise<void> {
  const found = await texts(opened);
  assert.equal(found.length, 1, found.join("\n"));
  assert.match(found[0] ?? "", pattern);
}
