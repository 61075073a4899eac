import { ProblemError } from "../domain/errors.ts";
import type { CampaignId } from "../domain/ids.ts";
import type { Forgettable } from "./ports/retention-store.ts";
import type { LedgerStore } from "./ports/store.ts";

/** Throws CAMPAIGN_ROWS_FORGOTTEN where retention has removed what is asked for, or is just removing it: a part is no answer. */
export async function assertKept(
  ledger: Pick<LedgerStore, "forgottenAt">,
  id: CampaignId,
  what: Forgettable = "recipients",
): Promise<void> {
  if ((await ledger.forgottenAt(id))[what] === null) return;
  const rows =
    what === "attempts"
      ? "The requests made for single recipients"
      : "The rows of single recipients";
  throw new ProblemError("CAMPAIGN_ROWS_FORGOTTEN", {
    detail: `${rows} of ${id} are kept no more. Its counters and reasons are still right.`,
  });
}
