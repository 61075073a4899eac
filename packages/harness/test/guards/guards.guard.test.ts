// Goal: every guard of the house is shown to fail. Method: copy the tree to a temporary folder, break one rule, run the guard.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const copied = [
  "packages",
  "scripts",
  "lint",
  "examples",
  "bench",
  "docs",
  "biome.json",
  "tsconfig.base.json",
  "tsconfig.json",
  "package.json",
  "package-lock.json",
  "ARCHITECTURE.md",
  ".gitignore",
];
let tree = "";

/** Runs a tool in the copied tree and answers its exit code and all that it printed. */
function tool(...args: readonly string[]): { code: number | null; text: string } {
  const [command = "", ...rest] = args;
  const file =
    command === "node" ? process.execPath : path.join(root, "node_modules/.bin", command);
  const { status, stdout, stderr } = spawnSync(file, rest, { cwd: tree, encoding: "utf8" });
  return { code: status, text: stdout + stderr };
}

/** Writes a file, runs `check`, and removes the file (or puts the old text back) again. */
function broken(file: string, text: string | ((old: string) => string), check: () => void): void {
  const full = path.join(tree, file);
  const old = typeof text === "string" ? null : readFileSync(full, "utf8");
  mkdirSync(path.dirname(full), { recursive: true });
  writeFileSync(full, typeof text === "string" ? text : text(old ?? ""));
  try {
    check();
  } finally {
    if (old === null) rmSync(full);
    else writeFileSync(full, old);
  }
}

function refuses(args: readonly string[], expected: RegExp): void {
  const { code, text } = tool(...args);
  assert.notEqual(code, 0, `${args.join(" ")} should have failed`);
  assert.match(text, expected);
}

before(() => {
  tree = mkdtempSync(path.join(tmpdir(), "carillon-guards-"));
  for (const name of copied) {
    cpSync(path.join(root, name), path.join(tree, name), {
      recursive: true,
      filter: (file) => !/(?:\/node_modules|\/dist|\.tsbuildinfo)$/.test(file),
    });
  }
  symlinkSync(path.join(root, "node_modules"), path.join(tree, "node_modules"));
  // Biome reads which files to leave out from git's ignore file; a repository has to be there for that.
  spawnSync("git", ["init", "-q"], { cwd: tree });
});
after(() => rmSync(tree, { recursive: true, force: true }));

describe("the compiler", () => {
  it("refuses an import against the order of the layers", () => {
    broken(
      "packages/server/src/domain/bad.ts",
      'export type { Engine } from "../engine/engine.ts";\n',
      () => refuses(["tsc", "-b", "packages/server/src/domain"], /TS6307/),
    );
  });
  it("refuses the platform in pure layers", () => {
    broken("packages/server/src/domain/bad.ts", "export const bad = () => fetch;\n", () =>
      refuses(["tsc", "-b", "packages/server/src/domain"], /TS2304.*fetch|TS2\d+.*'fetch'/),
    );
  });
  it("refuses the product in the emulator", () => {
    broken(
      "packages/emulator/src/bad.ts",
      'export type { Activity } from "../../server/src/domain/activity.ts";\n',
      () => refuses(["tsc", "-b", "packages/emulator"], /TS6307/),
    );
  });
});

describe("Biome", () => {
  const bad = "packages/server/src/domain/bad.ts";
  it("refuses a package that the layer may not use", () => {
    broken(bad, 'import { pino } from "pino";\n\nexport const bad = pino;\n', () =>
      refuses(["biome", "check", bad], /noRestrictedImports/),
    );
  });
  it("refuses a package that is not declared", () => {
    broken(
      "packages/server/src/app/bad.ts",
      'import x from "botbuilder";\n\nexport const bad = x;\n',
      () =>
        refuses(["biome", "check", "packages/server/src/app/bad.ts"], /noUndeclaredDependencies/),
    );
  });
  for (const expression of [
    "Date.now()",
    "new Date()",
    "performance.now()",
    "Math.random()",
    "crypto.randomUUID()",
  ]) {
    it(`refuses ${expression} in domain, engine and store`, () => {
      for (const layer of ["domain", "engine", "store"]) {
        const file = `packages/server/src/${layer}/bad.ts`;
        broken(file, `export const bad = () => ${expression};\n`, () =>
          refuses(["biome", "check", file], /takes the time, random numbers and ids/),
        );
      }
    });
  }
  it("refuses an import cycle", () => {
    broken(
      "packages/server/src/domain/bad-b.ts",
      'import { a } from "./bad.ts";\n\nexport const b = () => a;\n',
      () =>
        broken(bad, 'import { b } from "./bad-b.ts";\n\nexport const a = () => b;\n', () =>
          refuses(["biome", "check", bad], /noImportCycles/),
        ),
    );
  });
  it("refuses a function of more than 70 lines", () => {
    const lines = Array.from({ length: 80 }, (_, n) => `  x += ${n};`).join("\n");
    broken(bad, `export function bad(): number {\n  let x = 0;\n${lines}\n  return x;\n}\n`, () =>
      refuses(["biome", "check", bad], /noExcessiveLinesPerFunction/),
    );
  });
});

describe("tidy", () => {
  const run = ["node", "scripts/tidy.mjs"];
  const file = "packages/server/src/domain/bad.ts";
  const cases: readonly (readonly [string, string, string | ((old: string) => string), RegExp])[] =
    [
      ["a source file over 500 lines", file, "\n".repeat(501), /bad\.ts: 501 lines/],
      [
        "a test file over 800 lines",
        "packages/server/test/bad.test.ts",
        "\n".repeat(801),
        /bad\.test\.ts: 801 lines/,
      ],
      [
        "a file that nothing reaches",
        file,
        "export const bad = 1;\n",
        /bad\.ts: nothing imports it/,
      ],
      ["an open end without an issue", file, `// ${"TO"}DO: later\n`, /without an issue number/],
      ["a mark that never merges", file, `// ${"FIX"}ME\n`, /never merges/],
      ["a banned name", file, "export class LaneManager {}\n", /LaneManager is a banned name/],
      ["a prefixed interface", file, "export interface IStore {}\n", /IStore is a banned name/],
      [
        "a fact without a source",
        "packages/server/src/bad/facts.ts",
        "/** Some limit. */\nexport const limit = 7;\n",
        /fact limit has no Source:/,
      ],
      [
        "a folder that ARCHITECTURE.md leaves out",
        "packages/nameless/src/index.ts",
        "\n",
        /says nothing of `packages\/nameless\/`/,
      ],
      [
        "a download address in the lockfile",
        "package-lock.json",
        (old) =>
          old.replace(
            '"lockfileVersion"',
            '"resolved": "https://example.org/x.tgz",\n  "lockfileVersion"',
          ),
        /has download addresses/,
      ],
      [
        "a lockfile without the packages of other platforms",
        "package-lock.json",
        (old) =>
          old.replace('"node_modules/@biomejs/cli-darwin-arm64"', '"node_modules/elsewhere"'),
        /lacks @biomejs\/cli-darwin-arm64/,
      ],
      [
        "a test that runs alone",
        "packages/server/test/bad.test.ts",
        `${"it"}.only("x", () => {});\n`,
        /has \.only/,
      ],
    ];
  for (const [what, where, text, expected] of cases) {
    it(`refuses ${what}`, () => broken(where, text, () => refuses(run, expected)));
  }
  it("refuses to say that all is well when it finds nothing to check", async () => {
    const { tidy } = await import(path.join(root, "scripts/tidy.mjs"));
    const empty = mkdtempSync(path.join(tmpdir(), "carillon-empty-"));
    assert.match(tidy(empty).join("\n"), /nothing was checked/);
    rmSync(empty, { recursive: true });
  });
});

describe("the set-up", () => {
  it("sees that an installation is missing or stale", async () => {
    const { staleness } = await import(path.join(root, "scripts/lib/setup.mjs"));
    const folder = mkdtempSync(path.join(tmpdir(), "carillon-setup-"));
    const lock = (version: string) =>
      JSON.stringify({ packages: { "node_modules/a": { version } } });
    writeFileSync(path.join(folder, "package-lock.json"), lock("1.0.0"));
    assert.match(staleness(folder), /nothing is installed/);
    mkdirSync(path.join(folder, "node_modules"));
    writeFileSync(path.join(folder, "node_modules/.package-lock.json"), lock("0.9.0"));
    assert.match(staleness(folder), /a should be 1\.0\.0 and is 0\.9\.0/);
    rmSync(folder, { recursive: true });
  });
  it("puts every test file into exactly one group", async () => {
    const { groups, testFiles } = await import(path.join(root, "scripts/test.mjs"));
    const all: string[] = testFiles(groups);
    assert.equal(new Set(all).size, all.length);
    assert.ok(all.some((file) => file.endsWith("guards.guard.test.ts")));
  });
});
