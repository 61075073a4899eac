import { StoreError } from "../../src/domain/errors.ts";

/** Makes a call again, as every caller of the store may, while another process is in its turn; a hundred times at most. */
export async function whenNotLocked<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      const isLocked = error instanceof StoreError && error.code === "STORE_LOCKED";
      if (!isLocked || tries === 100) throw error;
    }
  }
}
