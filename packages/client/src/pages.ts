import { type Call, type CallOptions, type Connection, callJson } from "./connection.ts";

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

/** A list of the service, as whoever reads it may ask for it. */
export interface ListCalls<T, Options extends PageOptions> {
  list(options?: Options): Promise<Page<T>>;
  listAll(options?: Options): AsyncIterable<T>;
}

/** The calls for the list at `path`. `queryOf`: what goes into the query, where there is more than a page's place and length. */
export function listCalls<T, Options extends PageOptions = PageOptions>(
  connection: Connection,
  path: string,
  queryOf: (options: Partial<Options>) => NonNullable<Call["query"]> = ({ cursor, limit }) => ({
    cursor,
    limit,
  }),
): ListCalls<T, Options> {
  const list = (options: Partial<Options> = {}) =>
    callJson<Page<T>>(connection, {
      method: "GET",
      path,
      query: queryOf(options),
      repeatable: true,
      signal: options.signal,
    });
  return { list, listAll: (options: Partial<Options> = {}) => everyItem(list, options) };
}

/** Every item of a list, page after page, with one page in memory. */
async function* everyItem<T, Options extends PageOptions>(
  list: (options: Partial<Options>) => Promise<Page<T>>,
  options: Partial<Options>,
): AsyncGenerator<T, void, undefined> {
  let { cursor } = options;
  do {
    const page = await list(cursor === undefined ? options : { ...options, cursor });
    yield* page.items;
    // A service that answered the same cursor again would be asked forever.
    if (page.next !== undefined && page.next === cursor)
      throw new Error("The service answered the same page again.");
    cursor = page.next;
  } while (cursor !== undefined);
}
