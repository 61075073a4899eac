import { describe, it } from "node:test";
import { addingCases, ownDriverCases, takingCases } from "./cases.ts";
import type { JobCases, OpenJobs } from "./fixtures.ts";

/**
 * Registers one test for each thing that a driver of the jobs port must do. `open` gives each test an empty one. `isOurs`: the
 * driver knows who runs a job, and keeps to the most. `skip`: why nothing can be tested, or false.
 */
export function jobsConformance(
  driver: string,
  open: OpenJobs,
  { isOurs, skip = false }: { readonly isOurs: boolean; readonly skip?: string | false },
): void {
  const parts: Readonly<Record<string, JobCases>> = {
    "adding and finding": addingCases,
    "taking, leases and ends": takingCases,
    ...(isOurs && { "what our own driver adds": ownDriverCases }),
  };
  describe(`${driver}, as the engine needs it`, () => {
    for (const [part, cases] of Object.entries(parts))
      describe(part, () => {
        for (const [sentence, check] of Object.entries(cases))
          it(sentence, { skip }, async () => {
            const opened = await open();
            try {
              await check(opened);
            } finally {
              await opened.cleanup();
            }
          });
      });
  });
}
