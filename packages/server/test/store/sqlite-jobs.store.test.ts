import { jobsConformance } from "../../../harness/src/jobs-conformance/conformance.ts";
import { openStore } from "../../src/store/open.ts";

jobsConformance(
  "The jobs of SQLite",
  async () => {
    const store = await openStore("sqlite::memory:");
    let now = 1_764_000_000_000;
    return {
      jobs: store.jobs,
      now: () => now,
      pass: async (ms) => {
        now += ms;
      },
      cleanup: () => store.close(),
    };
  },
  { isOurs: true },
);
