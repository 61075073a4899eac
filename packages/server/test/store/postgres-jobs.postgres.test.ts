// The conformance suite of the jobs port on pg-boss and a real PostgreSQL server, whose clock is moved by hand.
import { TestClock } from "pg-boss";
import { jobsConformance } from "../../../harness/src/jobs-conformance/conformance.ts";
import { postgresOnDemand, skipWithoutPostgres } from "../../../harness/src/postgres/for-tests.ts";
import { openStore } from "../../src/store/open.ts";

const skip = skipWithoutPostgres();
const postgres = postgresOnDemand(["fsync = off"]);

jobsConformance(
  "The jobs of pg-boss",
  async () => {
    const server = await postgres();
    const url = await server.emptyDatabase();
    const jobsClock = new TestClock(1_764_000_000_000);
    const store = await openStore(url, { jobsClock });
    return {
      jobs: store.jobs,
      now: () => jobsClock.now(),
      pass: (ms) => jobsClock.setTime(jobsClock.now() + ms),
      async cleanup() {
        await store.close();
        server.giveBack(url);
      },
    };
  },
  { isOurs: false, skip },
);
