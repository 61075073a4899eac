import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, it } from "node:test";
import { copyCases, copyCasesWithNul } from "../../../harness/src/copy-cases.ts";
import { sqlitePlaces } from "../../../harness/src/copy-places.ts";
import {
  bot,
  campaign,
  create,
  hold,
  installed,
  turn,
} from "../../../harness/src/store-conformance/fixtures.ts";
import { ConfigError, StoreError } from "../../src/domain/errors.ts";
import { copyDatabase } from "../../src/store/care/copy.ts";
import { isSqliteOpen, laneHolders } from "../../src/store/care/in-use.ts";
import { openSqliteSnapshot } from "../../src/store/care/sqlite-snapshot.ts";
import { sqliteTarget } from "../../src/store/care/sqlite-target.ts";
import { leftOut, tableNames, tableOf } from "../../src/store/care/tables.ts";
import { openSqliteStore } from "../../src/store/sqlite/open.ts";

const folder = mkdtempSync(path.join(tmpdir(), "carillon-copy-"));
after(() => rmSync(folder, { recursive: true }));
const quiet = { onProgress: () => {}, isStopped: () => false };

describe("a copy of a SQLite database into another one", () => {
  const place = sqlitePlaces(folder);
  for (const [sentence, run] of Object.entries({ ...copyCases, ...copyCasesWithNul }))
    it(sentence, () => run({ from: place, to: place, randomRuns: 12 }));

  it("is of one instant, and holds up nobody who writes meanwhile", async () => {
    const file = path.join(folder, "written.db");
    const store = openSqliteStore(file);
    for (let n = 0; n < 25; n += 1)
      await store.directory.learn(
        bot,
        Array.from({ length: 100 }, (_, i) => installed(100 * n + i)).flat(),
        n,
      );
    const snapshot = await openSqliteSnapshot(file);
    const writing: Promise<unknown>[] = [];
    const isStopped = () => {
      // Between any two pages of the copy somebody writes.
      writing.push(create(store, campaign(`ntf_${writing.length}`), [1, 2]));
      return false;
    };
    const to = path.join(folder, "instant.db");
    const copied = await copyDatabase(snapshot, sqliteTarget(to), { ...quiet, isStopped });
    const rowsOf = (name: string) => copied?.tables.find(({ table }) => table === name)?.rows;
    assert.deepEqual([rowsOf("people"), rowsOf("campaigns"), rowsOf("deliveries")], [2_500, 0, 0]);
    await Promise.all(writing);
    assert.ok(writing.length >= 9, String(writing.length));
    await snapshot.close();
    await store.close();
  });

  it("is for its owner alone, leaves no other file, and takes away what an interrupted one left", async () => {
    const file = path.join(folder, "mine.db");
    await openSqliteStore(file).close();
    const to = path.join(folder, "copy-of-mine.db");
    writeFileSync(`${to}.partial`, "what a killed process left");
    const snapshot = await openSqliteSnapshot(file);
    const target = sqliteTarget(to);
    assert.ok(!existsSync(to), "nothing has the name before it is whole");
    assert.ok((await copyDatabase(snapshot, target, quiet)) !== null);
    await snapshot.close();
    assert.equal(statSync(to).mode & 0o077, 0);
    const names = readdirSync(folder).filter((name) => name.startsWith("copy-of-mine"));
    assert.deepEqual(names, ["copy-of-mine.db"]);
  });

  it("overwrites no file, also not one that came while it was made", async () => {
    const file = path.join(folder, "again.db");
    await openSqliteStore(file).close();
    const to = path.join(folder, "came-meanwhile.db");
    const snapshot = await openSqliteSnapshot(file);
    const target = sqliteTarget(to);
    writeFileSync(to, "somebody's");
    await assert.rejects(copyDatabase(snapshot, target, quiet), ConfigError);
    assert.throws(() => sqliteTarget(to), /came-meanwhile\.db exists/);
    assert.ok(!existsSync(`${to}.partial`));
    await snapshot.close();
  });

  it("is not made of a database whose schema is of another version", async () => {
    for (const [version, code] of [
      [99, "STORE_NEWER"],
      [1, "STORE_FAILED"],
    ] as const) {
      const file = path.join(folder, `version-${version}.db`);
      await openSqliteStore(file).close();
      const raw = new DatabaseSync(file);
      raw.exec(`PRAGMA user_version = ${version}`);
      raw.close();
      await assert.rejects(
        openSqliteSnapshot(file),
        (error: unknown) => error instanceof StoreError && error.code === code,
      );
    }
  });
});

describe("the description of tables", () => {
  it("has every table and column of the SQLite schema, with what it holds", async () => {
    const file = path.join(folder, "schema.db");
    await openSqliteStore(file).close();
    const snapshot = await openSqliteSnapshot(file);
    const columns = await snapshot.all<{ name: string; column: string; type: string }>(
      `SELECT t.name AS name, c.name AS column, c.type AS type FROM sqlite_schema t, pragma_table_info(t.name) c
       WHERE t.type = 'table'`,
    );
    await snapshot.close();
    const found = new Set(columns.map(({ name }) => name));
    assert.deepEqual(
      [...found].filter((name) => !(name in leftOut)).toSorted(),
      tableNames.toSorted(),
    );
    const kinds: Readonly<Record<string, readonly string[]>> = {
      TEXT: ["text"],
      INTEGER: ["integer", "boolean"],
      REAL: ["real"],
    };
    for (const name of tableNames) {
      const described = tableOf(name).columns;
      const own = columns.filter((one) => one.name === name);
      assert.deepEqual(
        own.map(({ column }) => column).toSorted(),
        Object.keys(described).toSorted(),
      );
      for (const { column, type } of own)
        assert.ok(kinds[type]?.includes(described[column] ?? ""), `${name}.${column} is ${type}`);
    }
  });
});

describe("the workers that hold lanes", () => {
  it("are named, with a sign that changes with every turn", async () => {
    const file = path.join(folder, "held.db");
    const store = openSqliteStore(file);
    const holders = async () => {
      const snapshot = await openSqliteSnapshot(file);
      const found = await laneHolders(snapshot);
      await snapshot.close();
      return found;
    };
    assert.deepEqual(await holders(), []);
    const held = await hold(store, "w1");
    const [first, ...others] = await holders();
    assert.deepEqual([first?.worker, others], ["w1", []]);
    await turn(store, held);
    const [second] = await holders();
    assert.notEqual(second?.sign, first?.sign);
    await store.ledger.releaseLane(held, 0);
    assert.deepEqual(await holders(), []);
    await store.close();
  });
});

describe("whether a file is open", () => {
  it("is known of any process, also of one that only reads, and holds up nobody", async () => {
    const file = path.join(folder, "open.db");
    const store = openSqliteStore(file);
    assert.equal(isSqliteOpen(file), true);
    await store.directory.learn(bot, installed(1), 1);
    await store.close();
    assert.equal(isSqliteOpen(file), false);
    const snapshot = await openSqliteSnapshot(file);
    const rows = await snapshot.all<{ people: number }>("SELECT people FROM directories");
    assert.deepEqual(
      rows.map(({ people }) => people),
      [1],
    );
    assert.equal(isSqliteOpen(file), true);
    await snapshot.close();
    assert.equal(isSqliteOpen(file), false);
    const again = openSqliteStore(file);
    await again.directory.learn(bot, installed(2), 2);
    await again.close();
  });

  it("is not known of what is no database, which is left to whoever reads it", () => {
    const notes = path.join(folder, "notes.db");
    writeFileSync(notes, "these are notes, and no database at all\n".repeat(100));
    assert.equal(isSqliteOpen(notes), false);
  });
});
