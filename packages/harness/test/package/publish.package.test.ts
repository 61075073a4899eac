// Goal: what would be published works where nothing else is. Method: build, pack, install the tarballs into an empty folder,
// and use them there as a stranger would: command line, library, types, and the whole demo.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const published = ["carillon", "@carillon/client", "@carillon/emulator"];
/** The goal of the design: installing us brings fewer packages of others than this. */
const packagesMax = 25;
let folder = "";
let files = new Map<string, readonly string[]>();

/** Runs a command in the empty folder under the Node that runs this test. */
function run(command: string, args: readonly string[], cwd = folder): string {
  const bin = path.dirname(process.execPath);
  const env = {
    ...process.env,
    PATH: `${bin}${path.delimiter}${process.env.PATH}`,
    NODE_OPTIONS: "",
  };
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env,
    timeout: 180_000,
  });
  assert.equal(status, 0, `${command} ${args.join(" ")}\n${stdout}\n${stderr}`);
  return stdout;
}

before(() => {
  folder = mkdtempSync(path.join(tmpdir(), "carillon-published-"));
  const packs = path.join(folder, "packs");
  mkdirSync(packs);
  // What an earlier build left must not be published.
  for (const name of ["server", "client", "emulator"])
    rmSync(path.join(root, "packages", name, "dist"), { recursive: true, force: true });
  execFileSync(path.join(root, "node_modules/.bin/tsc"), ["-b", "--force"], { cwd: root });
  const workspaces = published.flatMap((name) => ["--workspace", name]);
  const packed: readonly { name: string; files: readonly { path: string }[] }[] = Object.values(
    JSON.parse(run("npm", ["pack", "--json", "--pack-destination", packs, ...workspaces], root)),
  );
  files = new Map(packed.map((one) => [one.name, one.files.map((file) => file.path)]));
  writeFileSync(path.join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  const tarballs = readdirSync(packs).map((file) => `./packs/${file}`);
  run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", ...tarballs]);
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe("the published packages", () => {
  it("hold the built files, a README and a licence, and no sources, tests or build records", () => {
    assert.deepEqual([...files.keys()].sort(), [...published].sort());
    for (const [name, list] of files) {
      assert.ok(
        list.includes("README.md") && list.includes("LICENSE"),
        `${name}: README and LICENSE`,
      );
      assert.ok(
        list.includes("dist/index.js") && list.includes("dist/index.d.ts"),
        `${name}: dist`,
      );
      const strays = list.filter((file) =>
        /^(?:src|test)\/|\.test\.|tsbuildinfo|empty\./.test(file),
      );
      assert.deepEqual(strays, [], `${name}: strays`);
    }
  });

  it(`bring fewer than ${packagesMax} packages of others, none with an install script`, () => {
    const lock = JSON.parse(readFileSync(path.join(folder, "package-lock.json"), "utf8"));
    const installed = Object.entries<{ hasInstallScript?: boolean }>(lock.packages).filter(
      ([key]) => key !== "" && !published.includes(key.replace("node_modules/", "")),
    );
    assert.ok(
      installed.length < packagesMax,
      `${installed.length} packages: ${installed.map(([key]) => key).join(", ")}`,
    );
    assert.deepEqual(
      installed.filter(([, entry]) => entry.hasInstallScript),
      [],
    );
  });

  it("give a command line that explains itself", () => {
    const help = run("npx", ["--no-install", "carillon", "--help"]);
    assert.match(help, /campaign/);
    assert.match(help, /serve/);
  });

  it("give a library whose names can be imported", () => {
    const script =
      'import * as c from "carillon"; console.log(typeof c.createCarillon, typeof c.toNodeListener)';
    assert.equal(run("node", ["--input-type=module", "-e", script]).trim(), "function function");
  });

  it("say what to install for PostgreSQL, whose client not everybody needs", () => {
    const script = `
      const { openStore } = await import("carillon");
      await openStore("postgres://127.0.0.1/carillon").catch((error) => console.log(error.code, error.message));`;
    const said = run("node", ["--input-type=module", "-e", script]);
    assert.match(said, /^CONFIG_INVALID .*npm install pg@8/);
  });

  it("give types that a strict TypeScript project can use", () => {
    writeFileSync(
      path.join(folder, "use.ts"),
      `import { createCarillon, type Message } from "carillon";
import { createClient } from "@carillon/client";
const message: Message = { text: "hello" };
const bot = { clientId: "a", clientSecret: "b", tenantId: "c" };
export const one = async () => {
  const carillon = await createCarillon({ bot, store: "sqlite::memory:" });
  return carillon.send({ user: "ana@contoso.example" }, message);
};
export const two = () => createClient({ url: "http://127.0.0.1:1", apiKey: "k" }).people.list();
// @ts-expect-error a message has content
export const three: Message = { wrong: true };
`,
    );
    const flags =
      "--noEmit --strict --skipLibCheck --module nodenext --target es2023 --lib es2023,dom use.ts";
    run(path.join(root, "node_modules/.bin/tsc"), flags.split(" "));
  });

  it("run the whole demo", () => {
    const args =
      "--no-install carillon demo --exit --people 40 --port 0 --emulator-port 0 --rps 400 --data demo";
    const text = run("npx", args.split(" "));
    assert.match(text, /accepted/);
  });
});
