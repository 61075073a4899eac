import { after, describe, it } from "node:test";
import pg from "pg";
import { checkCases } from "../../../harness/src/check-cases.ts";
import {
  skipWithoutPostgres,
  startPostgres,
  type TestPostgres,
} from "../../../harness/src/postgres/for-tests.ts";
import { openPostgresSnapshot } from "../../src/store/care/postgres-snapshot.ts";
import { openStore } from "../../src/store/open.ts";

const skip = skipWithoutPostgres();
let starting: Promise<TestPostgres> | null = null;
after(async () => (await starting)?.end());

describe("a check of a PostgreSQL database", () => {
  for (const [sentence, run] of Object.entries(checkCases))
    it(sentence, { skip }, async () => {
      starting ??= startPostgres(["fsync = off"]);
      const server = await starting;
      const url = await server.emptyDatabase();
      const store = await openStore(url);
      const damage = async (sql: string) => {
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        await client.query(sql);
        await client.end();
      };
      await run({ store, snapshot: () => openPostgresSnapshot(url), damage });
      await store.close();
      server.giveBack(url);
    });
});
