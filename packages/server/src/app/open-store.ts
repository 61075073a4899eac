import type { Store } from "../engine/ports/store.ts";

/**
 * Opens a store to share between bots, or with code of your own: `sqlite:PATH`, or `sqlite::memory:`. It stays yours to close.
 * Throws `ConfigError` for any other URL, and `StoreError` where the database cannot be opened.
 */
export async function openStore(url: string): Promise<Store> {
  // Loaded here for the same reason as in `createCarillon`.
  const store = await import("../store/open.ts");
  return store.openStore(url);
}
