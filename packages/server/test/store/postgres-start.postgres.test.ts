// What happens to a PostgreSQL database when processes start on it: several at once, on an empty one and on one of a newer version.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { postgresOnDemand, skipWithoutPostgres } from "../../../harness/src/postgres/for-tests.ts";
import { asOwner } from "../../../harness/src/postgres/trouble.ts";
import { bot } from "../../../harness/src/store-conformance/fixtures.ts";
import { StoreError } from "../../src/domain/errors.ts";
import type { LogEvent } from "../../src/domain/log.ts";
import { openStore } from "../../src/store/open.ts";
import { order } from "../../src/store/postgres/migrations/007-order.ts";
import { migrations } from "../../src/store/postgres/migrations/all.ts";
import { assertGoesOn, beforeOrder } from "./before-order.ts";

const skip = skipWithoutPostgres();
const postgres = postgresOnDemand(["fsync = off"]);

async function newDatabase(): Promise<string> {
  return (await postgres()).newDatabase();
}

const versionIn = (url: string) =>
  asOwner(url, async (client) => (await client.query("SELECT version FROM carillon_schema")).rows);

describe("a PostgreSQL database", () => {
  it("that several processes open at once for the first time is made by one of them", {
    skip,
  }, async () => {
    const url = await newDatabase();
    const events: LogEvent[] = [];
    const note = (event: LogEvent) => void events.push(event);
    const log = { info: note, warn: note, error: note };
    const stores = await Promise.all(Array.from({ length: 5 }, () => openStore(url, { log })));
    const count = (event: LogEvent) => events.filter((one) => one === event).length;
    assert.deepEqual([count("store.migrated"), count("store.opened")], [1, 5]);
    assert.deepEqual(await versionIn(url), [{ version: migrations.length }]);
    // The tables of jobs are made by the first job, wherever that is.
    const job = { botId: bot, kind: "expand", key: "cmp_1", dueAt: 1 } as const;
    const added = await Promise.all(stores.map((store) => store.jobs.add(job, 1)));
    assert.deepEqual([...added].sort(), ["added", "known", "known", "known", "known"]);
    for (const store of stores) {
      await store.probe();
      await store.close();
    }
  });

  it("of a version that did not number campaigns goes on by their age", { skip }, async () => {
    const url = await newDatabase();
    const before = migrations.slice(0, migrations.indexOf(order));
    const version = `CREATE TABLE carillon_schema AS SELECT ${before.length} AS version`;
    await asOwner(url, async (client) => {
      for (const sql of [...before, beforeOrder, version]) await client.query(sql);
    });
    const store = await openStore(url);
    await assertGoesOn(store);
    await store.close();
  });

  it("of a newer version is refused, and left as it is", { skip }, async () => {
    const url = await newDatabase();
    await (await openStore(url)).close();
    await asOwner(url, (client) => client.query("UPDATE carillon_schema SET version = 900"));
    const refused = await openStore(url).then(
      () => assert.fail("it was opened"),
      (error: unknown) => error,
    );
    assert.ok(refused instanceof StoreError);
    assert.equal(refused.code, "STORE_NEWER");
    assert.match(refused.message, /has schema version 900, and this Carillon knows \d+\. Use the/);
    assert.deepEqual(await versionIn(url), [{ version: 900 }]);
  });

  it("that one process brings up to date is waited for by the others", { skip }, async () => {
    const url = await newDatabase();
    let isOpen = false;
    const opening = await asOwner(url, async (client) => {
      await client.query("BEGIN; SELECT pg_advisory_xact_lock(1128354377)");
      const opened = openStore(url).then((store) => {
        isOpen = true;
        return store;
      });
      for (let waiting = 0; waiting === 0; ) {
        const { rowCount } = await client.query(
          "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted",
        );
        waiting = rowCount ?? 0;
      }
      assert.equal(isOpen, false);
      await client.query("COMMIT");
      return { opened };
    });
    await (await opening.opened).close();
    assert.deepEqual(await versionIn(url), [{ version: migrations.length }]);
  });
});
