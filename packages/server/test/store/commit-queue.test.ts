import assert from "node:assert/strict";
import { describe, it } from "node:test";
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
});
