// npm test [-- GROUP…] [--only NAME]: runs the test groups with node:test, straight on the TypeScript files.
// A file's suffix names its group: x.store.test.ts is in `store`, x.test.ts is in `unit`.
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { ensureInstalled, root, run } from "./lib/setup.mjs";

export const groups = ["unit", "guard", "store", "postgres", "contract", "sim", "crash", "package"];

/** The group that a test file's name puts it in. */
export function groupOf(file) {
  const parts = path.basename(file).split(".");
  const suffix = parts.at(-3);
  return parts.length > 3 && groups.includes(suffix) ? suffix : "unit";
}

/** Every test file of the given groups, in the order of the groups. */
export function testFiles(wanted, folder = root) {
  const files = readdirSync(path.join(folder, "packages")).flatMap((name) => below(folder, name));
  return wanted.flatMap((group) => files.filter((file) => groupOf(file) === group));
}

function below(folder, packageName) {
  const tests = path.join("packages", packageName, "test");
  if (!existsSync(path.join(folder, tests))) return [];
  return readdirSync(path.join(folder, tests), { recursive: true })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => path.join(tests, file))
    .sort();
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { only: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
  const unknown = positionals.filter((name) => !groups.includes(name));
  if (values.help || unknown.length > 0) {
    if (unknown.length > 0) console.error(`There is no test group ${unknown.join(", ")}.`);
    console.error(
      `usage: npm test [-- GROUP…] [--only NAME]\ngroups: ${groups.join(", ")} (default: all)`,
    );
    return unknown.length > 0 ? 2 : 0;
  }
  ensureInstalled();
  const files = testFiles(positionals.length > 0 ? positionals : groups);
  const only = values.only === undefined ? [] : [`--test-name-pattern=${values.only}`];
  console.error(`${files.length} test files in ${positionals.join(", ") || "all groups"}`);
  return run("node", [
    "--conditions=source",
    "--test",
    "--test-reporter=spec",
    "--test-concurrency=2",
    "--test-timeout=300000",
    ...only,
    ...files,
  ]);
}

if (process.argv[1] === import.meta.filename) process.exit(await main());
