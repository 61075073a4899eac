import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const folder = new URL("../../src/store/sqlite/", import.meta.url);
const bare = /\bLIMIT\s+\?/;

test("no statement binds a bare limit, for which SQLite would plan it anew each time", () => {
  const texts = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => ({ file, text: readFileSync(new URL(file, folder), "utf8") }));
  assert.ok(texts.filter(({ text }) => text.includes("LIMIT (? + 0)")).length > 5, "they are seen");
  assert.deepEqual(
    texts.filter(({ text }) => bare.test(text)).map(({ file }) => file),
    [],
  );
  assert.ok(bare.test("SELECT 1 LIMIT ?"));
});
