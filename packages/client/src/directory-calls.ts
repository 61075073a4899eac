import { type CallOptions, type Connection, callJson, pathOf } from "./connection.ts";
import type { Channel, Person, Team } from "./directory.ts";
import { everyItem, type Page, type PageOptions } from "./pages.ts";

export interface PeoplePageOptions extends PageOptions {
  /** The start of a name, UPN or e-mail address, without regard to case. */
  readonly search?: string;
}

export interface PeopleCalls {
  list(options?: PeoplePageOptions): Promise<Page<Person>>;
  listAll(options?: PeoplePageOptions): AsyncIterable<Person>;
  /** By object id, UPN or `29:` id. */
  get(id: string, options?: CallOptions): Promise<Person>;
}

export interface TeamCalls {
  list(options?: PageOptions): Promise<Page<Team>>;
  listAll(options?: PageOptions): AsyncIterable<Team>;
  /** The channels of a team; the service asks Teams for those it does not know yet. */
  channels(id: string, options?: CallOptions): Promise<readonly Channel[]>;
}

export function peopleCalls(connection: Connection): PeopleCalls {
  const list = ({ search, cursor, limit, signal }: PeoplePageOptions = {}) =>
    callJson<Page<Person>>(connection, {
      method: "GET",
      path: pathOf("people"),
      query: { search, cursor, limit },
      repeatable: true,
      signal,
    });
  return {
    list,
    listAll: (options = {}) =>
      everyItem(
        (cursor) => list({ ...options, ...(cursor === undefined ? {} : { cursor }) }),
        options.cursor,
      ),
    get: (id, { signal } = {}) =>
      callJson(connection, { method: "GET", path: pathOf("people", id), repeatable: true, signal }),
  };
}

export function teamCalls(connection: Connection): TeamCalls {
  const list = ({ cursor, limit, signal }: PageOptions = {}) =>
    callJson<Page<Team>>(connection, {
      method: "GET",
      path: pathOf("teams"),
      query: { cursor, limit },
      repeatable: true,
      signal,
    });
  return {
    list,
    listAll: (options = {}) =>
      everyItem(
        (cursor) => list({ ...options, ...(cursor === undefined ? {} : { cursor }) }),
        options.cursor,
      ),
    channels: async (id, { signal } = {}) => {
      const { items } = await callJson<Page<Channel>>(connection, {
        method: "GET",
        path: pathOf("teams", id, "channels"),
        repeatable: true,
        signal,
      });
      return items;
    },
  };
}
