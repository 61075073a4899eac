import { type CallOptions, type Connection, callJson, pathOf } from "./connection.ts";
import type { Channel, Person, Team } from "./directory.ts";
import { listCalls, type Page, type PageOptions } from "./pages.ts";

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
  return {
    ...listCalls<Person, PeoplePageOptions>(
      connection,
      pathOf("people"),
      ({ search, cursor, limit }) => ({ search, cursor, limit }),
    ),
    get: (id, { signal } = {}) =>
      callJson(connection, { method: "GET", path: pathOf("people", id), repeatable: true, signal }),
  };
}

export function teamCalls(connection: Connection): TeamCalls {
  return {
    ...listCalls<Team>(connection, pathOf("teams")),
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
