// The conformance suite that SQLite passes, on a real PostgreSQL server: the one of CARILLON_TEST_POSTGRES_URL, or one that is
// started here. Without either, each test is skipped and says why.
import { postgresOnDemand, skipWithoutPostgres } from "../../../harness/src/postgres/for-tests.ts";
import { storeConformance } from "../../../harness/src/store-conformance/conformance.ts";
import type { OpenedStore } from "../../../harness/src/store-conformance/fixtures.ts";
import { openStore } from "../../src/store/open.ts";

const skip = skipWithoutPostgres();
const postgres = postgresOnDemand(["fsync = off"]);

async function open(): Promise<OpenedStore> {
  // Nothing here asks what a power cut leaves.
  const server = await postgres();
  const url = await server.emptyDatabase();
  const store = await openStore(url);
  const opened = [store];
  return {
    store,
    // More than on disk: what differs here is how much is done by one statement, and between whom it is shared.
    randomRuns: 25,
    async reopen() {
      const again = await openStore(url);
      opened.push(again);
      return again;
    },
    async cleanup() {
      for (const one of opened) await one.close();
      server.giveBack(url);
    },
  };
}

storeConformance("PostgreSQL", open, { skip });
