// Goal: docs/guides/defects.md names tests that are there, and leaves out none of this folder. Method: names are read from the sources.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const here = "packages/harness/test/defects";
const page = readFileSync(path.join(root, "docs/guides/defects.md"), "utf8");

/** The names of a file's tests; what is filled in at run time is an ellipsis. */
function testsIn(source: string): ReadonlySet<string> {
  const named = /\b(?:it|test)\(\s*(?:"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g;
  return new Set(
    [...source.matchAll(named)].map(([, plain, filled]) =>
      (plain ?? filled ?? "").replace(/\$\{[^}]*\}/g, "…").replace(/\\"/g, '"'),
    ),
  );
}

/** Each test that the page names, by file and name. */
function namedOnThePage(): readonly { readonly file: string; readonly name: string }[] {
  return [...page.matchAll(/`([^`]+\.test\.ts)` › (.*?) \|/g)].map(([, file = "", name = ""]) => ({
    file: `packages/${file}`,
    name,
  }));
}

test("each test that the page of defects names is there", () => {
  const named = namedOnThePage();
  assert.ok(named.length > 40, `${named.length} named`);
  for (const { file, name } of named) {
    assert.ok(existsSync(path.join(root, file)), `there is no ${file}`);
    const tests = testsIn(readFileSync(path.join(root, file), "utf8"));
    assert.ok(tests.has(name), `${file} has no test "${name}"`);
  }
});

test("each test of a defect is named on the page", () => {
  const named = new Set(namedOnThePage().map(({ file, name }) => `${file} › ${name}`));
  const files = readdirSync(path.join(root, here)).filter((file) => !file.startsWith("page."));
  assert.ok(files.length >= 8, files.join());
  for (const file of files)
    for (const name of testsIn(readFileSync(path.join(root, here, file), "utf8")))
      assert.ok(named.has(`${here}/${file} › ${name}`), `the page does not name "${name}"`);
});

test("a name that is not there would be noticed", () => {
  const tests = testsIn(
    'it("a \\"quoted\\" one", …); test(\n  `for ${each} of them`, …); describe("no", …);',
  );
  assert.deepEqual([...tests], ['a "quoted" one', "for … of them"]);
});
