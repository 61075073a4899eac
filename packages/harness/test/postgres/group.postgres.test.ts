// Goal: where there is no PostgreSQL its tests are skipped, loudly, and never look as if they had passed; and where somebody names a
// server they run there, and leave nothing. Method: node's own test runner in processes of its own, whose words are read.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type PostgresAround, skipWithoutPostgres } from "../../src/postgres/for-tests.ts";
import { PostgresServer } from "../../src/postgres/server.ts";
import { asOwner } from "../../src/postgres/trouble.ts";

const root = fileURLToPath(new URL("../../../..", import.meta.url));
const variable = "CARILLON_TEST_POSTGRES_URL";

/** Runs node with these words in an environment of its own; answers its exit code and all that it wrote. */
function node(words: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--conditions=source", ...words],
    { cwd: root, encoding: "utf8", env: { PATH: process.env.PATH, ...more } },
  );
  return { status, text: `${stdout}${stderr}` };
}

function asked(over: Partial<PostgresAround>, ownServer = false) {
  const said: string[] = [];
  const around = { find: () => null, environment: {}, say: (text: string) => said.push(text) };
  const skip = skipWithoutPostgres({ ownServer }, { ...around, ...over });
  return { skip, said: said.join("") };
}

describe("tests of PostgreSQL", () => {
  it("say why they are not run, what to install, and what else would do", () => {
    const { skip, said } = asked({});
    assert.match(String(skip), /^NOT RUN: there is no PostgreSQL server on this machine\./);
    assert.match(String(skip), /apt-get install postgresql\), or set CARILLON_TEST_POSTGRES_URL/);
    assert.match(said, /^\n\*\*\* PostgreSQL: NOT RUN: .*\n\n$/);
  });

  it("run on a server that somebody names, but for those that stop and start it", () => {
    const environment = { [variable]: "postgres://127.0.0.1/x" };
    assert.deepEqual(asked({ environment }), { skip: false, said: "" });
    assert.match(String(asked({ environment }, true).skip), /NOT RUN: .*postgresql\)\.$/);
    assert.deepEqual(asked({ find: () => "/usr/bin" }, true), { skip: false, said: "" });
  });

  it("are counted as skipped, and the words are seen in the run's own output", () => {
    const module = path.join(root, "packages/harness/src/postgres/for-tests.ts");
    const code = `
      import { test } from "node:test";
      import { skipWithoutPostgres } from ${JSON.stringify(module)};
      const say = (text) => process.stderr.write(text);
      const skip = skipWithoutPostgres({}, { find: () => null, environment: {}, say });
      test("a test of PostgreSQL", { skip }, () => { throw new Error("it ran"); });`;
    const { status, text } = node(["--input-type=module", "--test-reporter=spec", "-e", code]);
    assert.equal(status, 0, text);
    assert.match(text, /\*\*\* PostgreSQL: NOT RUN/);
    assert.match(text, /a test of PostgreSQL .*# NOT RUN: there is no PostgreSQL/);
    assert.match(text, /skipped 1\n/);
    assert.match(text, /pass 0\n/);
  });

  describe("on a server that is named", { skip: skipWithoutPostgres({ ownServer: true }) }, () => {
    let server: PostgresServer;
    before(async () => {
      server = await PostgresServer.create(["fsync = off"]);
    });
    after(() => server?.remove());

    it("run there, none skipped, and take their databases with them", async () => {
      const file = "packages/server/test/store/postgres-care.postgres.test.ts";
      const words = ["--test", "--test-reporter=spec", file];
      const { status, text } = node(words, { [variable]: server.url() });
      assert.equal(status, 0, text);
      assert.match(text, /pass [1-9]\d*\n[\s\S]*skipped 0\n/);
      const left = await asOwner(server.url(), async (client) => {
        const names = (await client.query("SELECT datname FROM pg_database")).rows;
        return names.map(({ datname }) => datname).filter((name) => name.startsWith("carillon"));
      });
      assert.deepEqual(left, []);
      const nowhere = node(words, { [variable]: "postgres://carillon:x@127.0.0.1:1/postgres" });
      assert.notEqual(nowhere.status, 0, "it is that server, and no other, that they run on");
      assert.match(nowhere.text, /ECONNREFUSED/);
    });
  });
});
