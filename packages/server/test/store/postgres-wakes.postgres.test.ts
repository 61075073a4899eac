// LISTEN and NOTIFY between stores on one real server, as processes have them.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import pg from "pg";
import { postgresOnDemand, skipWithoutPostgres } from "../../../harness/src/postgres/for-tests.ts";
import {
  bot,
  campaign,
  create,
  expanding,
  knowPeople,
  tenant,
} from "../../../harness/src/store-conformance/fixtures.ts";
import { until } from "../../../harness/src/until.ts";
import { campaignId } from "../../src/domain/ids.ts";
import type { Store } from "../../src/engine/ports/store.ts";
import type { Wake } from "../../src/engine/ports/wakes.ts";
import { openStore } from "../../src/store/open.ts";

const skip = skipWithoutPostgres();
const postgres = postgresOnDemand(["fsync = off"]);

/** A store that notes what it hears, from when it listens. */
async function listening(url: string) {
  const store = await openStore(url);
  assert.ok(store.wakes !== null);
  const heard: Wake[] = [];
  store.wakes.watch((wake) => void heard.push(wake));
  await until(() => heard.length > 0, "the first look at everything");
  assert.deepEqual(heard.splice(0), [{ kind: "all" }]);
  return { store, heard };
}

async function withTwo(
  run: (
    one: Awaited<ReturnType<typeof listening>>,
    other: Awaited<ReturnType<typeof listening>>,
    url: string,
  ) => Promise<void>,
): Promise<void> {
  const server = await postgres();
  const url = await server.emptyDatabase();
  const both = [await listening(url), await listening(url)] as const;
  try {
    await run(...both, url);
  } finally {
    for (const { store } of both) await store.close();
  }
  server.giveBack(url);
}

async function ask(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const work = (urgent = 0): Wake => ({ kind: "work", botId: bot, tenantId: tenant, urgent });
const moved = (id: string): Wake => {
  return { kind: "moved", botId: bot, tenantId: tenant, id: campaignId(id) };
};
const atEnd = { part: "include", item: 1, after: null } as const;

/** Adds everybody to a campaign in steps of so many; answers how many steps that were. */
async function expandAll({ ledger }: Store, id: string, limit: number): Promise<number> {
  let from: Parameters<Store["ledger"]["expandEveryone"]>[0]["from"] = { ...atEnd, item: 0 };
  for (let steps = 0; ; steps += 1) {
    const step = await ledger.expandEveryone({ id: campaignId(id), from, limit, now: 5_000 });
    assert.ok(step !== null);
    if (step.after === null) return steps;
    from = { ...from, after: step.after };
  }
}

describe("processes on one PostgreSQL database", () => {
  it("tell the others of work, and never themselves", { skip }, () =>
    withTwo(async (one, other) => {
      await knowPeople(one.store, 3);
      await create(one.store, campaign("ntf_1"), [1]);
      await until(() => other.heard.length > 0, "the hint");
      assert.deepEqual(other.heard.splice(0), [work()]);
      await create(one.store, campaign("ntf_2", { priority: "urgent" }), [1, 2, 3]);
      await until(() => other.heard.length > 0, "the urgent one");
      assert.deepEqual(other.heard.splice(0), [work(3)]);
      await create(other.store, campaign("ntf_3"), [2]);
      await until(() => one.heard.length > 0, "the way back");
      assert.deepEqual([one.heard, other.heard], [[work()], []]);
    }),
  );

  it("tell nothing of what is not to be sent yet, nor for each row", { skip }, () =>
    withTwo(async (one, other) => {
      await knowPeople(one.store, 9);
      await create(one.store, campaign("ntf_1", { state: "scheduled", sendAt: 9_000 }), [1]);
      await create(one.store, expanding("cmp_1"));
      assert.equal(await expandAll(one.store, "cmp_1", 2), 5);
      assert.deepEqual(
        other.heard.filter(({ kind }) => kind !== "work"),
        [],
      );
      await one.store.ledger.finishExpansion(campaignId("cmp_1"), 6_000);
      await until(() => other.heard.some(({ kind }) => kind === "moved"), "the end");
      assert.deepEqual(
        other.heard,
        [work(), moved("cmp_1")],
        "work once, though five steps made it",
      );
    }),
  );

  it("tell of a campaign that is moved, once it is", { skip }, () =>
    withTwo(async (one, other) => {
      await knowPeople(one.store, 1);
      const id = await create(one.store, campaign("cmp_1", { kind: "campaign" }), [1]);
      await until(() => other.heard.length > 0, "the work");
      other.heard.length = 0;
      const now = 2_000;
      await one.store.ledger.moveCampaign({ id, from: ["sending"], to: "paused", now });
      await until(() => other.heard.length > 0, "the pause");
      assert.deepEqual(other.heard.splice(0), [moved("cmp_1")]);
      assert.equal((await other.store.ledger.getCampaign(id))?.state, "paused");
      await one.store.ledger.moveCampaign({ id, from: ["sending"], to: "cancelled", now });
      await one.store.ledger.moveCampaign({ id, from: ["paused"], to: "sending", now });
      await until(() => other.heard.length > 1, "both");
      assert.deepEqual(other.heard, [moved("cmp_1"), work()], "what moved nothing told nothing");
    }),
  );

  it(
    "look at everything after the connection was lost, and tell then what was to be told",
    { skip },
    () =>
      withTwo(async (one, other, url) => {
        await knowPeople(one.store, 2);
        const killed = await ask(
          url,
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'carillon wake-ups'`,
        );
        assert.equal(killed.length, 2);
        await create(one.store, campaign("ntf_1"), [1]);
        for (const { heard } of [one, other])
          await until(() => heard.some(({ kind }) => kind === "all"), "the look");
        await create(one.store, campaign("ntf_2"), [2]);
        await until(() => other.heard.some(({ kind }) => kind === "work"), "the hint");
      }),
  );

  it("in two schemas of it hear only their own", { skip }, () =>
    withTwo(async (one, _other, url) => {
      await ask(url, "DROP SCHEMA IF EXISTS elsewhere CASCADE; CREATE SCHEMA elsewhere");
      const there = new URL(url);
      there.searchParams.set("options", "-c search_path=elsewhere");
      const [first, second] = [await listening(there.href), await listening(there.href)];
      await knowPeople(first.store, 1);
      await create(first.store, campaign("ntf_1"), [1]);
      await until(() => second.heard.length > 0, "the hint");
      await knowPeople(one.store, 1);
      await create(one.store, campaign("ntf_2"), [1]);
      await create(first.store, campaign("ntf_3"), [1]);
      await until(() => second.heard.length > 1, "the second");
      assert.deepEqual([second.heard, one.heard], [[work(), work()], []]);
      for (const { store } of [first, second]) await store.close();
      await ask(url, "DROP SCHEMA elsewhere CASCADE");
    }),
  );
});
