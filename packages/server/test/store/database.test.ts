import assert from "node:assert/strict";
import { test } from "node:test";
import { openDatabase } from "../../src/store/sqlite/connection.ts";

test("a statement whose limit is bound bare is refused, because SQLite would plan it anew each time", () => {
  const { db } = openDatabase(":memory:");
  assert.throws(() => db.all("SELECT 1 LIMIT ?", 1), /LIMIT \(\? \+ 0\)/);
  assert.equal(db.all("SELECT 1 LIMIT (? + 0)", 1).length, 1);
  db.close();
});
