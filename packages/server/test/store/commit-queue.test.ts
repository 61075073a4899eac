import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it, type TestContext } from "node:test";
import { StoreError } from "../../src/domain/errors.ts";
import { CommitQueue } from "../../src/store/sqlite/commit-queue.ts";
import { openDatabase } from "../../src/store/sqlite/connection.ts";
import type { Database } from "../../src/store/sqlite/database.ts";

/** A queue on a database in memory, whose commits happen when the test says so. */
function opened() {
  const { db } = openDatabase(":memory:");
  db.exec("CREATE TABLE t (n INTEGER PRIMARY KEY)");
  const due: (() => void)[] = [];
  const queue = new CommitQueue(db, (run) => void due.push(run));
  const insert = (n: number, weight = 1) =>
    queue.write(weight, () => db.run("INSERT INTO t VALUES (?)", n));
  return { db, queue, due, insert, next: () => due.shift()?.() };
}

function numbersIn(db: Database): readonly number[] {
  return db.all<{ n: number }>("SELECT n FROM t ORDER BY n").map((row) => row.n);
}

describe("the queue of writes", () => {
  it("commits all that wait at once, and answers after that", async () => {
    const { db, due, insert, next } = opened();
    const answers: number[] = [];
    const calls = [1, 2, 3].map((n) => insert(n).then((changed) => answers.push(changed)));
    await Promise.resolve();
    assert.deepEqual([numbersIn(db), answers, due.length], [[], [], 1]);
    next();
    await Promise.all(calls);
    assert.deepEqual([numbersIn(db), answers, due.length], [[1, 2, 3], [1, 1, 1], 0]);
  });

  it("takes no more at once than the weights allow, and at least one", async () => {
    const { db, insert, next, due } = opened();
    const calls = [insert(1, 5_000), insert(2, 600), insert(3, 400), insert(4, 1)];
    const seen = [];
    while (due.length > 0) {
      next();
      seen.push(numbersIn(db).length);
    }
    await Promise.all(calls);
    assert.deepEqual(seen, [1, 3, 4]);
  });

  it("counts work with a limit by what it did, so that many small pieces share a commit", async () => {
    const { db, queue, due, next } = opened();
    let n = 0;
    const insertSome = (count: number, least = 1) =>
      queue.writeUpTo(
        2_000,
        () => {
          for (let more = 0; more < count; more += 1) db.run("INSERT INTO t VALUES (?)", n++);
        },
        least,
      );
    // Each might have changed 2,000 rows: one joins while 250 rows are not full yet, and whatever it does is in.
    const calls = [10, 10, 10, 200, 30, 1_500, 5, 5].map((count) => insertSome(count));
    calls.push(insertSome(1, 300), insertSome(1));
    const seen = [];
    while (due.length > 0) {
      next();
      seen.push(numbersIn(db).length);
    }
    await Promise.all(calls);
    assert.deepEqual(seen, [260, 1_760, 1_771, 1_772]);
  });

  it("rejects only the call that failed, and keeps nothing of it", async () => {
    const { db, queue, insert, next } = opened();
    const broken = queue.write(1, () => {
      db.run("INSERT INTO t VALUES (7)");
      throw new RangeError("no");
    });
    const results = Promise.allSettled([insert(1), broken, insert(1), insert(2)]);
    next();
    const settled = await results;
    assert.deepEqual(
      settled.map((one) => (one.status === "rejected" ? one.reason.constructor.name : one.value)),
      [1, "RangeError", "StoreError", 1],
    );
    assert.deepEqual(numbersIn(db), [1, 2]);
  });

  it("takes a single statement back that failed, without a savepoint, and none of the others with it", async () => {
    const { db, queue, insert, next } = opened();
    const statements: string[] = [];
    const { prepare } = db.connection;
    db.connection.prepare = (sql) => {
      statements.push(sql);
      return prepare.call(db.connection, sql);
    };
    const one = (sql: string) => queue.writeOne(() => db.run(sql));
    const results = Promise.allSettled([
      one("INSERT INTO t VALUES (1)"),
      one("INSERT INTO t VALUES (5), (6), (1)"),
      one("INSERT INTO t VALUES (2)"),
    ]);
    next();
    assert.deepEqual(
      (await results).map((one) => one.status),
      ["fulfilled", "rejected", "fulfilled"],
    );
    assert.deepEqual(numbersIn(db), [1, 2]);
    assert.ok(!statements.some((sql) => /SAVEPOINT|ROLLBACK|RELEASE/.test(sql)));
    assert.equal(await Promise.all([insert(3), next()]).then(([changed]) => changed), 1);
  });

  it("rejects every call of a transaction that SQLite itself gave up, and works again after", async () => {
    const { db, queue, insert, next } = opened();
    const results = Promise.allSettled([
      insert(1),
      queue.write(1, () => db.run("INSERT OR ROLLBACK INTO t VALUES (1)")),
      insert(2),
    ]);
    next();
    for (const one of await results)
      assert.ok(one.status === "rejected" && one.reason instanceof StoreError);
    assert.deepEqual([numbersIn(db), db.isInTransaction], [[], false]);
    const again = insert(1);
    next();
    assert.equal(await again, 1);
  });

  it("keeps nothing when the commit itself fails", async () => {
    const { db, queue, insert, next } = opened();
    db.exec(
      "PRAGMA foreign_keys = ON; CREATE TABLE child (n REFERENCES t DEFERRABLE INITIALLY DEFERRED)",
    );
    const results = Promise.allSettled([
      insert(1),
      queue.write(1, () => db.run("INSERT INTO child VALUES (99)")),
    ]);
    next();
    assert.deepEqual(
      (await results).map((one) => one.status),
      ["rejected", "rejected"],
    );
    assert.deepEqual([numbersIn(db), db.isInTransaction], [[], false]);
  });

  it("commits what waits when it is closed, and refuses what comes after", async () => {
    const { db, queue, insert } = opened();
    const waiting = insert(1);
    queue.close();
    assert.equal(await waiting, 1);
    await assert.rejects(insert(2), StoreError);
    await assert.rejects(queue.pause(), StoreError);
    assert.deepEqual(numbersIn(db), [1]);
  });

  it("lets everything else of the process go on while another one holds the file, and writes once it is let go", async (t) => {
    const { file, queue, due, next } = onFile(t);
    const other = new DatabaseSync(file);
    other.exec("BEGIN EXCLUSIVE");
    let answer: number | null = null;
    const written = queue
      .write(1, () => 7)
      .then((value) => {
        answer = value;
      });
    for (let turn = 0; turn < 20; turn += 1) {
      next();
      await Promise.resolve();
      assert.deepEqual([answer, due.length], [null, 1], "it is neither given up nor waited for");
    }
    other.close();
    next();
    await written;
    assert.deepEqual([answer, due.length], [7, 0]);
  });

  it("says that the file is locked when that lasts, and begins anew with the next call", async (t) => {
    const { file, queue, due, next } = onFile(t);
    const other = new DatabaseSync(file);
    other.exec("BEGIN EXCLUSIVE");
    for (const call of [1, 2]) {
      const refused = assert.rejects(
        queue.write(1, () => call),
        (error) => error instanceof StoreError && error.code === "STORE_LOCKED",
      );
      let turns = 0;
      for (; due.length > 0 && turns < 1000; turns += 1) next();
      await refused;
      assert.ok(turns > 20, `${turns} turns`);
    }
    other.close();
    const written = queue.write(1, () => 3);
    next();
    assert.equal(await written, 3);
  });
});

/** A queue on a file, whose commits happen when the test says so. */
function onFile(t: TestContext) {
  const folder = mkdtempSync(path.join(tmpdir(), "carillon-queue-"));
  const file = path.join(folder, "carillon.db");
  const { db } = openDatabase(file);
  t.after(() => {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const due: (() => void)[] = [];
  const queue = new CommitQueue(db, (run) => void due.push(run));
  return { file, queue, due, next: () => due.shift()?.() };
}
