// Every statement that the store makes while the whole conformance suite runs is explained by SQLite: none walks a table, and
// those that find a delivery by its key do so by the primary key.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { addingCases, takingCases } from "../../../harness/src/jobs-conformance/cases.ts";
import { conformanceParts } from "../../../harness/src/store-conformance/conformance.ts";
import { CommitQueue } from "../../src/store/sqlite/commit-queue.ts";
import { openDatabase } from "../../src/store/sqlite/connection.ts";
import type { Database } from "../../src/store/sqlite/database.ts";
import { storeOn } from "../../src/store/sqlite/store.ts";

/** Whether few rows are read: small tables, lists that the caller brought, and indexes that hold only the rows in question. */
function isSmall(line: string): boolean {
  return /^SCAN (?:directories$|api_keys |probe$|json_each |\(subquery|(?:c|campaigns) USING INDEX campaigns_(?:expanding|cancelling|retrying)$)/.test(
    line,
  );
}

/** Runs the suite's checks but the random one, on one database each, and answers every statement that was prepared. */
async function statements(): Promise<ReadonlySet<string>> {
  const seen = new Set<string>();
  const open = () => {
    const { db } = openDatabase(":memory:");
    const prepare = db.connection.prepare.bind(db.connection);
    db.connection.prepare = (sql) => {
      seen.add(sql);
      return prepare(sql);
    };
    const store = storeOn({ db, queue: new CommitQueue(db, (run) => void setImmediate(run)) });
    return { store, cleanup: () => store.close() };
  };
  const parts = Object.entries(conformanceParts).filter(([part]) => !part.startsWith("any "));
  for (const [, cases] of parts)
    for (const check of Object.values(cases)) {
      const first = open();
      await check(first.store, first, async () => open());
      await first.cleanup();
    }
  for (const check of Object.values({ ...addingCases, ...takingCases })) {
    const { store, cleanup } = open();
    let now = 1_764_000_000_000;
    const pass = async (ms: number) => {
      now += ms;
    };
    await check({ jobs: store.jobs, now: () => now, pass, cleanup });
    await cleanup();
  }
  return seen;
}

function planOf(db: Database, sql: string): readonly string[] {
  return db.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).map((row) => row.detail);
}

describe("the plans of the store's statements", async () => {
  const { db } = openDatabase(":memory:");
  const all = [...(await statements())].filter((sql) =>
    /^\s*(?:SELECT|INSERT|UPDATE|DELETE)/.test(sql),
  );
  const plans = new Map(all.map((sql) => [sql, planOf(db, sql)]));

  it("are those of all the store's modules", () => {
    assert.ok(plans.size > 70, String(plans.size));
  });

  it("walk no table", () => {
    for (const [sql, plan] of plans)
      for (const line of plan)
        assert.ok(!line.startsWith("SCAN") || isSmall(line), `${line}\n${sql}`);
  });

  it("find a delivery by its key through the primary key", () => {
    const byKey = [...plans].filter(
      ([sql]) => /^\s*UPDATE deliveries/.test(sql) && /recipient_key = \?/.test(sql),
    );
    assert.ok(byKey.length >= 5, String(byKey.length));
    for (const [sql, plan] of byKey)
      assert.deepEqual(
        plan,
        ["SEARCH deliveries USING PRIMARY KEY (tenant_id=? AND campaign_id=? AND recipient_key=?)"],
        sql,
      );
  });

  it("look for the deliveries of a list one by one", () => {
    const lists = [...plans].filter(([sql]) =>
      /FROM json_each\(\?\)\s.*(?:CROSS )?JOIN deliveries/.test(sql),
    );
    assert.ok(lists.length >= 2, String(lists.length));
    for (const [sql, plan] of lists)
      for (const line of plan)
        assert.doesNotMatch(
          line,
          /^SEARCH \w+ USING PRIMARY KEY \(tenant_id=\?(?: AND campaign_id=\?)?\)/,
          sql,
        );
  });

  it("begin a page of ended deliveries at its place", () => {
    const pages = [...plans].filter(([sql]) => sql.includes("INDEXED BY deliveries_coded"));
    assert.ok(pages.length > 0);
    for (const [sql, [line = "", ...rest]] of pages) {
      assert.match(line, /INDEX deliveries_coded .*state=\? AND recipient_key>\?/, sql);
      assert.deepEqual(rest, [], sql);
    }
  });

  it("walk what may be forgotten in its order, through an index of what is still kept", () => {
    const walks = [...plans].filter(([sql]) => sql.includes("c.finished_at < ?"));
    assert.equal(walks.length, 2);
    for (const [sql, [line = "", ...rest]] of walks) {
      const index = sql.includes("kept > 1") ? "attempts" : "recipients";
      const range = "(bot_id=? AND (finished_at,campaign_id)>(?,?) AND finished_at<?)";
      assert.equal(line, `SEARCH c USING INDEX campaigns_with_${index} ${range}`, sql);
      for (const one of rest) assert.ok(!one.includes("TEMP B-TREE"), `${one}\n${sql}`);
    }
  });

  it("sort nothing where a lane takes its turn", () => {
    const hot = [...plans].filter(([sql]) => /queue = |state = 'pending' AND d\.due_at/.test(sql));
    assert.ok(hot.length >= 5, String(hot.length));
    for (const [sql, plan] of hot)
      for (const line of plan) assert.ok(!line.includes("TEMP B-TREE"), `${line}\n${sql}`);
  });
});
