// Goal: the guide about databases says what can be done, word for word. Method: its own `carillon db` lines are run, in their order,
// with a database file that a service has filled, and a real PostgreSQL server that answers where the guide says it does.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import pg from "pg";
import { openStore } from "../../server/src/store/open.ts";
import { skipWithoutPostgres } from "../src/postgres/for-tests.ts";
import { PostgresServer, testPassword } from "../src/postgres/server.ts";
import { runCommand } from "../src/service-process.ts";
import { bot, campaign, create, knowPeople } from "../src/store-conformance/fixtures.ts";

const skip = skipWithoutPostgres({ ownServer: true });
const root = path.join(import.meta.dirname, "../../..");
const page = readFileSync(path.join(root, "docs/guides/databases.md"), "utf8");
let directory = "";
let server: PostgresServer | null = null;

before(async () => {
  if (skip !== false) return;
  directory = mkdtempSync(path.join(tmpdir(), "carillon-guide-"));
  const store = await openStore(`sqlite:${path.join(directory, "data", "carillon.db")}`);
  await knowPeople(store, 5);
  await create(store, campaign("ntf_1"), [1, 2]);
  await store.keys.addKey({ id: "key_1", sha256: "abc", name: String(bot), createdAt: 1 });
  await store.close();
  mkdirSync(path.join(directory, "backup"));
  server = await PostgresServer.create();
  const admin = new pg.Client({ connectionString: server.url() });
  await admin.connect();
  for (const name of ["carillon", "rehearsal"])
    await admin.query(`CREATE DATABASE ${name} ENCODING 'UTF8' TEMPLATE template0`);
  await admin.end();
});
after(async () => {
  await server?.remove();
  if (directory !== "") rmSync(directory, { recursive: true, force: true });
});

/** The lines of the page's blocks of commands. */
function lines(): readonly string[] {
  return [...page.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = ""]) =>
    block.split("\n").filter((line) => line !== ""),
  );
}

describe("the guide about databases", () => {
  it("has commands that work as they stand, one after the other", { skip }, async () => {
    const commands = lines()
      .filter((line) => line.startsWith("npx carillon db "))
      .map((line) => line.split(" ").slice(2));
    const names = new Set(commands.map(([, name]) => name));
    assert.deepEqual([...names].toSorted(), ["backup", "check", "copy"]);
    assert.ok(commands.length >= 6, String(commands.length));
    const { port } = new URL(server?.url() ?? "");
    for (const words of commands) {
      const { code, out, err } = await runCommand(words, {
        directory,
        environment: { PGPORT: port, PGPASSWORD: testPassword },
      });
      assert.equal(code, 0, `${words.join(" ")}\n${out}${err}`);
      assert.doesNotMatch(`${out}${err}`, new RegExp(testPassword));
    }
  });

  it("names the settings that there are, with their defaults", () => {
    const config = readFileSync(path.join(root, "docs/reference/config.md"), "utf8");
    const rows = [...page.matchAll(/^\|.*`(CARILLON_KEEP_\w+)`.*\| ([^|]+) \|$/gm)];
    assert.equal(rows.length, 4);
    for (const [, name = "", value = ""] of rows) {
      const days = value === "for good" ? "0" : value.replace(" days", "");
      assert.match(config, new RegExp(`\\| \`${name}\` .* \\| ${days} \\|$`, "m"));
    }
  });
});
