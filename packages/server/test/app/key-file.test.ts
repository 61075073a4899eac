import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { ensureAdminKey, keyFileOf, keyHash, readKeyFile } from "../../src/app/key-file.ts";
import type { KeyStore } from "../../src/engine/ports/key-store.ts";

let directory = "";
before(() => {
  directory = mkdtempSync(path.join(tmpdir(), "carillon-key-"));
});
after(() => rmSync(directory, { recursive: true, force: true }));

interface StoredKey {
  readonly id: string;
  readonly sha256: string;
  readonly name: string;
}
function keyStore(rows: StoredKey[] = []): KeyStore & { readonly rows: StoredKey[] } {
  return {
    rows,
    addKey: async (key) => void rows.push(key),
    findKey: async (sha256) => rows.find((row) => row.sha256 === sha256) ?? null,
    countKeys: async () => rows.length,
  };
}
const ids = { next: (prefix: string) => `${prefix}_1` };

describe("the first admin key", () => {
  it("is made, left in a file that only this user can read, and stored as a hash", async () => {
    const file = path.join(directory, "a.db.key");
    writeFileSync(file, "left by somebody", { mode: 0o644 });
    const keys = keyStore();
    const { made } = await ensureAdminKey(keys, ids, { configured: null, file, now: 7 });
    assert.match(made ?? "", /^ck_[\w-]{32}$/);
    assert.equal(readFileSync(file, "utf8"), `${made}\n`);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(keys.rows, [
      { id: "key_1", sha256: keyHash(made ?? ""), name: "first", createdAt: 7 },
    ]);
  });

  it("is not made again", async () => {
    const file = path.join(directory, "b.db.key");
    const keys = keyStore();
    const first = await ensureAdminKey(keys, ids, { configured: null, file, now: 7 });
    const second = await ensureAdminKey(keys, ids, { configured: null, file, now: 8 });
    assert.deepEqual(second, { made: null, file });
    assert.equal(keys.rows.length, 1);
    assert.equal(readKeyFile(file), first.made);
  });

  it("is the configured one where there is one, added once and written nowhere", async () => {
    const file = path.join(directory, "c.db.key");
    const keys = keyStore([{ id: "k", sha256: "other", name: "first" }]);
    for (const _ of [1, 2]) {
      const result = await ensureAdminKey(keys, ids, { configured: "mine", file, now: 7 });
      assert.deepEqual(result, { made: null, file: null });
    }
    assert.deepEqual(
      keys.rows.map((row) => row.sha256),
      ["other", keyHash("mine")],
    );
    assert.equal(readKeyFile(file), null);
  });
});

describe("the key file", () => {
  it("lies beside an SQLite database, and nowhere else", () => {
    assert.equal(keyFileOf("sqlite:data/x.db", "/srv"), path.resolve("/srv/data/x.db.key"));
    assert.equal(keyFileOf("sqlite::memory:", "/srv"), null);
    assert.equal(keyFileOf("postgres://db/x", "/srv"), null);
  });
  it("is no key when it is missing or empty", () => {
    const file = path.join(directory, "empty.key");
    writeFileSync(file, "\n");
    assert.equal(readKeyFile(file), null);
    assert.equal(readKeyFile(path.join(directory, "missing.key")), null);
  });
});
