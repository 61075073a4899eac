// Copies with a real PostgreSQL server on one side or both.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, afterEach, describe, it } from "node:test";
import pg from "pg";
import { copyCases, copyCasesWithNul } from "../../../harness/src/copy-cases.ts";
import { postgresPlaces, sqlitePlaces } from "../../../harness/src/copy-places.ts";
import { postgresOnDemand, skipWithoutPostgres } from "../../../harness/src/postgres/for-tests.ts";
import { bot, installed } from "../../../harness/src/store-conformance/fixtures.ts";
import { ConfigError, StoreError } from "../../src/domain/errors.ts";
import { copyDatabase } from "../../src/store/care/copy.ts";
import { openPostgresSnapshot } from "../../src/store/care/postgres-snapshot.ts";
import { postgresTarget } from "../../src/store/care/postgres-target.ts";
import { leftOut, tableNames, tableOf } from "../../src/store/care/tables.ts";
import { openStore } from "../../src/store/open.ts";

const skip = skipWithoutPostgres();
const folder = mkdtempSync(path.join(tmpdir(), "carillon-copy-"));
const server = postgresOnDemand(["fsync = off"]);
after(() => rmSync(folder, { recursive: true }));

const sqlite = sqlitePlaces(folder);
const { place: postgres, giveBack } = postgresPlaces(server);
const quiet = { onProgress: () => {}, isStopped: () => false };

for (const [name, from, to] of [
  ["SQLite into PostgreSQL", sqlite, postgres],
  ["PostgreSQL into SQLite", postgres, sqlite],
  ["PostgreSQL into PostgreSQL", postgres, postgres],
] as const)
  describe(`a copy of ${name}`, () => {
    afterEach(giveBack);
    const more = from === sqlite ? copyCasesWithNul : {};
    for (const [sentence, run] of Object.entries({ ...copyCases, ...more }))
      it(sentence, { skip }, () => run({ from, to, randomRuns: 5 }));
  });

/** Runs statements on a database, behind the store's back. */
async function onServer(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const result = await client.query(sql);
    return result.rows;
  } finally {
    await client.end();
  }
}

describe("a PostgreSQL database that is copied into", () => {
  it("shows nothing to others before it is whole, and lets nobody begin to use it", {
    skip,
  }, async () => {
    const [source, to] = [await sqlite(), await (await server()).newDatabase()];
    const store = await source.openStore();
    for (let n = 1; n <= 5; n += 1) await store.directory.learn(bot, installed(n), n);
    await store.close();
    const snapshot = await source.snapshot();
    const target = await postgresTarget(to);
    const seen: unknown[] = [];
    const refused: unknown[] = [];
    await copyDatabase(
      snapshot,
      {
        ...target,
        keep: async () => {
          const [row] = await onServer(to, "SELECT count(*)::integer AS n FROM people");
          seen.push(row?.n);
          const write =
            "SET lock_timeout = '50ms'; INSERT INTO directories (tenant_id, bot_id) VALUES ('t', 'b')";
          await onServer(to, write).catch((error: unknown) => refused.push(error));
          await target.keep();
        },
      },
      quiet,
    );
    await snapshot.close();
    assert.deepEqual(seen, [0]);
    assert.match(String(refused[0]), /lock timeout/);
    const [row] = await onServer(to, "SELECT count(*)::integer AS n FROM people");
    assert.equal(row?.n, 5);
  });

  it("is as empty as before where the connection breaks in the middle", { skip }, async () => {
    const [source, to] = [await sqlite(), await (await server()).newDatabase()];
    const store = await source.openStore();
    for (let n = 1; n <= 5; n += 1) await store.directory.learn(bot, installed(n), n);
    await store.close();
    const snapshot = await source.snapshot();
    const target = await postgresTarget(to);
    const write: typeof target.write = async (table, rows) => {
      await target.write(table, rows);
      if (table === "people")
        await onServer(
          to,
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'carillon db' AND datname = current_database()",
        );
    };
    await assert.rejects(
      copyDatabase(snapshot, { ...target, write }, quiet),
      (error: unknown) => error instanceof StoreError && error.code === "STORE_UNREACHABLE",
    );
    const [row] = await onServer(to, "SELECT count(*)::integer AS n FROM people");
    assert.equal(row?.n, 0);
    assert.ok((await copyDatabase(snapshot, await postgresTarget(to), quiet)) !== null);
    await snapshot.close();
  });

  it("must not be of an older or newer version, and stays as it is", { skip }, async () => {
    const url = await (await server()).newDatabase();
    await (await openStore(url)).close();
    for (const [version, problem] of [
      [1, ConfigError],
      [99, StoreError],
    ] as const) {
      await onServer(url, `UPDATE carillon_schema SET version = ${version}`);
      await assert.rejects(postgresTarget(url), problem);
      await assert.rejects(openPostgresSnapshot(url), StoreError);
      const [row] = await onServer(url, "SELECT version FROM carillon_schema");
      assert.equal(row?.version, version);
    }
  });

  it("says nothing of the password where it cannot be reached", { skip }, async () => {
    const url = new URL(await (await server()).newDatabase());
    url.password = "hush-hush";
    url.pathname = "/none_of_this_name";
    for (const open of [postgresTarget, openPostgresSnapshot])
      await assert.rejects(open(url.href), (error: unknown) => {
        assert.ok(error instanceof StoreError);
        assert.doesNotMatch(`${error.message} ${String(error.cause)}`, /hush/);
        return true;
      });
  });
});

describe("the description of tables", () => {
  it("has every table and column of the PostgreSQL schema, with what it holds", {
    skip,
  }, async () => {
    const url = await (await server()).emptyDatabase();
    await (await openStore(url)).close();
    const columns = await onServer(
      url,
      `SELECT table_name AS name, column_name AS column, data_type AS type, is_identity AS identity
       FROM information_schema.columns WHERE table_schema = current_schema()`,
    );
    const found = new Set(columns.map(({ name }) => name));
    assert.deepEqual(
      [...found].filter((name) => !Object.hasOwn(leftOut, String(name))).toSorted(),
      tableNames.toSorted(),
    );
    const kinds: Readonly<Record<string, string>> = {
      text: "text",
      bigint: "integer",
      integer: "integer",
      smallint: "integer",
      boolean: "boolean",
      "double precision": "real",
    };
    for (const name of tableNames) {
      const { columns: described, numbered } = tableOf(name);
      const own = columns.filter((one) => one.name === name);
      assert.deepEqual(
        Object.fromEntries(own.map(({ column, type }) => [column, kinds[String(type)]])),
        { ...described },
      );
      const numbers = own.filter(({ identity }) => identity === "YES").map(({ column }) => column);
      assert.deepEqual(numbers, numbered === undefined ? [] : [numbered]);
    }
  });
});
