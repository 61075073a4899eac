import type { CallOptions } from "./connection.ts";

/** A page of a list. `next` is the cursor of the following page, absent on the last one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

export interface PageOptions extends CallOptions {
  readonly cursor?: string;
  /** 1 to 1,000; default 100. */
  readonly limit?: number;
}

/** Every item of a list, page after page, with one page in memory. */
export async function* everyItem<T>(
  load: (cursor: string | undefined) => Promise<Page<T>>,
  first?: string,
): AsyncGenerator<T, void, undefined> {
  let cursor = first;
  do {
    const page = await load(cursor);
    yield* page.items;
    // A service that answered the same cursor again would be asked forever.
    if (page.next !== undefined && page.next === cursor)
      throw new Error("The service answered the same page again.");
    cursor = page.next;
  } while (cursor !== undefined);
}
