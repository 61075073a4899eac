import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, it } from "node:test";
import { bot, installed, knowPeople } from "../../../harness/src/store-conformance/fixtures.ts";
import type { ErrorCode } from "../../src/domain/error-codes.ts";
import { StoreError } from "../../src/domain/errors.ts";
import type { LogEvent } from "../../src/domain/log.ts";
import { CommitQueue } from "../../src/store/sqlite/commit-queue.ts";
import { openDatabase } from "../../src/store/sqlite/connection.ts";
import { openSqliteStore } from "../../src/store/sqlite/open.ts";
import { storeOn } from "../../src/store/sqlite/store.ts";

const folder = mkdtempSync(path.join(tmpdir(), "carillon-files-"));
after(() => rmSync(folder, { recursive: true }));

let files = 0;
function newFile(): string {
  files += 1;
  return path.join(folder, `${files}.db`);
}

function code(expected: ErrorCode, part = /./) {
  return (error: unknown) =>
    error instanceof StoreError && error.code === expected && part.test(error.message);
}

describe("a SQLite file", () => {
  it("is made with its folders, for its owner alone, and logged", async () => {
    const file = path.join(folder, "a", "b", "carillon.db");
    const events: LogEvent[] = [];
    const info = (event: LogEvent) => void events.push(event);
    const log = { info, warn: info, error: info };
    await openSqliteStore(file, { log }).close();
    assert.equal(statSync(file).mode & 0o077, 0);
    await openSqliteStore(file, { log }).close();
    assert.deepEqual(events, ["store.migrated", "store.opened", "store.opened"]);
  });

  it("syncs every commit to disk through a write-ahead log", () => {
    const { db } = openDatabase(newFile());
    const pragma = (name: string) => Object.values(db.get<object>(`PRAGMA ${name}`) ?? {})[0];
    assert.deepEqual([pragma("journal_mode"), pragma("synchronous")], ["wal", 2]);
    db.close();
  });

  it("of a newer version is refused and left as it was", async () => {
    const file = newFile();
    await openSqliteStore(file).close();
    const raw = new DatabaseSync(file);
    raw.exec("PRAGMA user_version = 99");
    raw.close();
    const before = readFileSync(file);
    assert.throws(() => openSqliteStore(file), code("STORE_NEWER", /99/));
    assert.deepEqual(readFileSync(file), before);
  });

  it("that is no database, or another program's, is refused and left as it was", () => {
    const text = newFile();
    writeFileSync(
      text,
      "These are the notes of somebody, who would like to keep them. ".repeat(40),
    );
    const foreign = newFile();
    const raw = new DatabaseSync(foreign);
    raw.exec("CREATE TABLE notes (text)");
    raw.close();
    const versioned = newFile();
    const other = new DatabaseSync(versioned);
    other.exec("PRAGMA user_version = 1");
    other.close();
    for (const file of [text, foreign, versioned]) {
      const before = readFileSync(file);
      assert.throws(() => openSqliteStore(file), code("STORE_CORRUPT", new RegExp(file)));
      assert.deepEqual(readFileSync(file), before);
    }
  });

  it("cannot stand where a folder is, or below a file", async () => {
    const file = newFile();
    await openSqliteStore(file).close();
    assert.throws(() => openSqliteStore(path.join(file, "carillon.db")), code("STORE_FAILED"));
    mkdirSync(path.join(folder, "taken"));
    assert.throws(() => openSqliteStore(path.join(folder, "taken")), code("STORE_FAILED"));
  });

  it("is not read as a URI", async () => {
    const cwd = process.cwd();
    process.chdir(folder);
    try {
      await openSqliteStore("file:odd?mode=memory").close();
    } finally {
      process.chdir(cwd);
    }
    assert.ok(existsSync(path.join(folder, "file:odd?mode=memory")));
  });

  it("that is locked for long rejects calls as such, and works when it is free", async () => {
    const file = newFile();
    const { db } = openDatabase(file);
    const store = storeOn({ db, queue: new CommitQueue(db, (run) => void setImmediate(run)) });
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    await assert.rejects(store.probe(), code("STORE_LOCKED"));
    assert.throws(() => openDatabase(file, { openingBusyMs: 5 }), code("STORE_LOCKED"));
    other.exec("ROLLBACK");
    await store.probe();
    other.close();
    await store.close();
  });

  it("on a full disk rejects every call of a commit, keeps nothing of it, and goes on once there is space", async () => {
    const { db } = openDatabase(newFile());
    const store = storeOn({ db, queue: new CommitQueue(db, (run) => void setImmediate(run)) });
    await knowPeople(store, 10);
    const pages = Number(Object.values(db.get<object>("PRAGMA page_count") ?? {})[0]);
    db.exec(`PRAGMA max_page_count = ${pages + 1}`);
    const facts = Array.from({ length: 200 }, (_, n) => installed(n + 100)).flat();
    const scope = { botId: bot, tenantId: facts[0]?.tenantId ?? ("" as never) }; // there are 400
    const results = await Promise.allSettled([
      store.directory.learn(bot, installed(50), 1),
      store.directory.learn(bot, facts, 1),
      store.directory.learn(bot, installed(51), 1),
    ]);
    // The first and the last would have fitted alone, but a commit is one.
    for (const one of results)
      assert.ok(one.status === "rejected" && code("STORE_FULL")(one.reason), one.status);
    assert.equal((await store.directory.countPeople(scope)).people, 10);
    db.exec(`PRAGMA max_page_count = ${pages + 10_000}`);
    await store.directory.learn(bot, facts, 1);
    assert.equal((await store.directory.countPeople(scope)).people, 210);
    assert.deepEqual(
      db.get("PRAGMA quick_check"),
      Object.assign(Object.create(null), { quick_check: "ok" }),
    );
    await store.close();
  });
});
