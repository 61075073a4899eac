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
import {
  bot,
  campaign,
  counted,
  hold,
  installed,
  keyOf,
  knowPeople,
  scope,
  settled,
  turn,
} from "../../../harness/src/store-conformance/fixtures.ts";
import type { ErrorCode } from "../../src/domain/error-codes.ts";
import { StoreError } from "../../src/domain/errors.ts";
import type { LogEvent } from "../../src/domain/log.ts";
import { CommitQueue } from "../../src/store/sqlite/commit-queue.ts";
import { openDatabase } from "../../src/store/sqlite/connection.ts";
import { first } from "../../src/store/sqlite/migrations/001-first.ts";
import { order } from "../../src/store/sqlite/migrations/007-order.ts";
import { migrations } from "../../src/store/sqlite/migrations/all.ts";
import { openSqliteStore } from "../../src/store/sqlite/open.ts";
import { storeOn } from "../../src/store/sqlite/store.ts";
import { assertGoesOn, beforeOrder } from "./before-order.ts";

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

  it("of a version that did not number campaigns goes on by their age", async () => {
    const file = newFile();
    const raw = new DatabaseSync(file);
    const before = migrations.slice(0, migrations.indexOf(order));
    for (const sql of [...before, beforeOrder]) raw.exec(sql);
    raw.exec(`PRAGMA application_id = 0x43415249; PRAGMA user_version = ${before.length};`);
    raw.close();
    const store = openSqliteStore(file);
    await assertGoesOn(store);
    await store.close();
  });

  it("of the first version is brought to this one, and what is in it goes on and can be retried", async () => {
    const file = newFile();
    const raw = new DatabaseSync(file);
    raw.exec(first);
    raw.exec("PRAGMA application_id = 0x43415249; PRAGMA user_version = 1;");
    const { botId, tenantId } = scope;
    raw.exec(`
      INSERT INTO campaigns (tenant_id, campaign_id, bot_id, kind, name, state, priority, on_uncertain, created_at,
        updated_at, pending, accepted, failed, queue, next_due_at)
      VALUES ('${tenantId}', 'cmp_old', '${botId}', 'campaign', 'Old', 'sending', 2, 'resend', 1000, 1000, 1, 1, 1, 0, 1000);
      INSERT INTO campaign_contents VALUES ('${tenantId}', 'cmp_old', '{"text":"x"}', '{"include":[]}');
      INSERT INTO campaign_codes VALUES ('${tenantId}', 'cmp_old', 'failed', 'TEAMS_REJECTED', 1);
      INSERT INTO deliveries (tenant_id, campaign_id, recipient_key, state, ordinal, due_at, updated_at, code)
      VALUES ('${tenantId}', 'cmp_old', '${keyOf(1)}', 'pending', 0, 1000, 1000, NULL),
        ('${tenantId}', 'cmp_old', '${keyOf(2)}', 'failed', 0, 1000, 1000, 'TEAMS_REJECTED'),
        ('${tenantId}', 'cmp_old', '${keyOf(3)}', 'accepted', 0, 1000, 1000, NULL);`);
    raw.close();
    const store = openSqliteStore(file);
    const { id } = campaign("cmp_old");
    const old = await store.ledger.getCampaign(id);
    assert.deepEqual(
      [old?.canary, old?.canaryLeft, old?.stopWhen, old?.pausedBecause],
      [null, null, null, null],
    );
    const retry = { states: ["failed"], codes: null } as const;
    const request = { id, from: ["sending"], retry, now: 2_000 } as const;
    assert.equal(await store.ledger.requestRetry(request), "asked");
    assert.deepEqual(await store.ledger.retryRows(id, 10, 2_000), { retried: 1, isDone: true });
    const held = await hold(store);
    const { claimed } = await turn(store, held, { claim: 5 });
    assert.equal(claimed.length, 2);
    const settlements = claimed.map((one) => settled(one));
    assert.deepEqual((await turn(store, held, { settlements, now: 3_000 })).finished, [id]);
    assert.equal((await counted(store, id)).accepted, 3);
    await store.close();
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
