import { StoreError } from "../domain/errors.ts";

/** What a call on a closed store rejects with. */
export function closedError(): StoreError {
  return new StoreError("STORE_FAILED", { detail: "The store is closed; open it again." });
}
