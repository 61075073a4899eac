import { describe, it } from "node:test";
import pg from "pg";
import { checkCases } from "../../../harness/src/check-cases.ts";
import { postgresOnDemand, skipWithoutPostgres } from "../../../harness/src/postgres/for-tests.ts";
import { openPostgresSnapshot } from "../../src/store/care/postgres-snapshot.ts";
import { openStore } from "../../src/store/open.ts";

const skip = skipWithoutPostgres();
const postgres = postgresOnDemand(["fsync = off"]);

describe("a check of a PostgreSQL database", () => {
  for (const [sentence, run] of Object.entries(checkCases))
    it(sentence, { skip }, async () => {
      const server = await postgres();
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
