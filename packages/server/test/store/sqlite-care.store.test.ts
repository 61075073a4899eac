import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, it } from "node:test";
import { checkCases } from "../../../harness/src/check-cases.ts";
import {
  bot,
  campaign,
  create,
  deliveriesOf,
  installed,
} from "../../../harness/src/store-conformance/fixtures.ts";
import { ConfigError, StoreError } from "../../src/domain/errors.ts";
import { backupSqlite } from "../../src/store/care/backup.ts";
import { checkDatabase } from "../../src/store/care/check.ts";
import { openSqliteSnapshot } from "../../src/store/care/sqlite-snapshot.ts";
import { openSqliteStore } from "../../src/store/sqlite/open.ts";

const folder = mkdtempSync(path.join(tmpdir(), "carillon-care-"));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => {
  files += 1;
  return path.join(folder, `${files}.db`);
};

describe("a check of a SQLite database", () => {
  for (const [sentence, run] of Object.entries(checkCases))
    it(sentence, async () => {
      const file = newFile();
      const store = openSqliteStore(file);
      const damage = async (sql: string) => {
        const db = new DatabaseSync(file);
        db.exec(sql);
        db.close();
      };
      await run({ store, snapshot: () => openSqliteSnapshot(file), damage });
      await store.close();
    });

  it("finds a damaged page or index", async () => {
    const file = newFile();
    const store = openSqliteStore(file);
    for (let n = 1; n <= 300; n += 1) await store.directory.learn(bot, installed(n), n);
    await store.close();
    const db = new DatabaseSync(file, { defensive: false });
    // An index that lost entries: its table is written without it.
    db.exec("PRAGMA writable_schema = ON");
    const { sql, rootpage } = db
      .prepare("SELECT sql, rootpage FROM sqlite_schema WHERE name = 'people_by_name'")
      .get() as { sql: string; rootpage: number };
    db.exec("DELETE FROM sqlite_schema WHERE name = 'people_by_name'");
    db.close();
    const without = new DatabaseSync(file, { defensive: false });
    without.exec("UPDATE people SET name_folded = 'x' WHERE person_id LIKE '%7'");
    without.exec("PRAGMA writable_schema = ON");
    without
      .prepare("INSERT INTO sqlite_schema VALUES ('index', 'people_by_name', 'people', ?, ?)")
      .run(rootpage, sql);
    without.close();
    const snapshot = await openSqliteSnapshot(file);
    const { findings } = await checkDatabase(snapshot);
    await snapshot.close();
    assert.ok(
      findings.some(({ what, detail }) => /pages/.test(what) && /people_by_name/.test(detail)),
    );
  });
});

describe("a backup of a SQLite database", () => {
  it("is of one instant, whatever is written meanwhile, whole, and for its owner alone", async () => {
    const file = newFile();
    const store = openSqliteStore(file);
    for (let n = 1; n <= 200; n += 1) await store.directory.learn(bot, installed(n), n);
    let isWriting = true;
    const writing = (async () => {
      for (let n = 0; isWriting; n += 1)
        await create(store, campaign(`ntf_${n}`, { createdAt: n }), [1, 2, 3]);
    })();
    const to = newFile();
    const { bytes } = await backupSqlite(file, to);
    isWriting = false;
    await writing;
    await store.close();
    assert.equal(bytes, statSync(to).size);
    assert.equal(statSync(to).mode & 0o077, 0);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith(path.basename(to))),
      [path.basename(to)],
    );
    const snapshot = await openSqliteSnapshot(to);
    assert.deepEqual((await checkDatabase(snapshot)).findings, []);
    await snapshot.close();
    const copy = openSqliteStore(to);
    const list = await copy.ledger.listCampaigns({ kind: "notification", limit: 1 });
    for (const { id } of list.items) assert.equal((await deliveriesOf(copy, id)).length, 3);
    assert.equal(
      (await copy.directory.countPeople({ botId: bot, tenantId: campaign("x").tenantId })).people,
      200,
    );
    await copy.close();
  });

  it("overwrites nothing, and leaves nothing where it cannot be made", async () => {
    const file = newFile();
    await openSqliteStore(file).close();
    const taken = newFile();
    writeFileSync(taken, "somebody's");
    await assert.rejects(backupSqlite(file, taken), ConfigError);
    const notes = newFile();
    writeFileSync(notes, "these are notes, and no database at all, not even nearly\n".repeat(100));
    const to = newFile();
    await assert.rejects(
      backupSqlite(notes, to),
      (error: unknown) => error instanceof StoreError && error.code === "STORE_CORRUPT",
    );
    const nowhere = path.join(folder, "no", "such", "folder.db");
    await assert.rejects(backupSqlite(file, nowhere));
    for (const left of [to, `${to}.partial`, nowhere, `${nowhere}.partial`])
      assert.ok(!existsSync(left), left);
  });

  it("is not made of a database whose schema is of another version", async () => {
    for (const [version, code] of [
      [99, "STORE_NEWER"],
      [1, "STORE_FAILED"],
    ] as const) {
      const file = newFile();
      await openSqliteStore(file).close();
      const raw = new DatabaseSync(file);
      raw.exec(`PRAGMA user_version = ${version}`);
      raw.close();
      await assert.rejects(
        backupSqlite(file, newFile()),
        (error: unknown) => error instanceof StoreError && error.code === code,
      );
    }
  });
});
