import type { Person } from "../../domain/directory.ts";
import type { PersonId } from "../../domain/ids.ts";
import type { Page, PageRequest, Scope } from "../../engine/ports/store.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { type PersonRow, personColumns, personOf } from "../people-rows.ts";
import { folded } from "../person-merge.ts";
import type { Database } from "./database.ts";
import { lookUp } from "./look-up.ts";
import { searchable } from "./people-table.ts";

/** Ordered by person id; `search` matches the start of name, UPN or e-mail. */
export async function listPeople(
  db: Database,
  scope: Scope,
  { cursor, limit, search = "" }: PageRequest & { readonly search?: string },
): Promise<Page<Person>> {
  const [after] = cursor === undefined ? [""] : decodeCursor(cursor, "people", ["string"]);
  const prefix = searchable(folded(search));
  const list: List = { db, scope, after, limit: limit + 1 };
  const rows = prefix === "" ? await everybody(list) : await matches(list, prefix);
  const people = rows.map((row) => personOf(scope, row)).filter((person) => person !== null);
  const items = people.slice(0, limit);
  const last = items.at(-1);
  return people.length <= limit || last === undefined
    ? { items }
    : { items, next: encodeCursor("people", [last.id]) };
}

interface List {
  readonly db: Database;
  readonly scope: Scope;
  readonly after: string;
  /** One more than a page has, to know whether there is another. */
  readonly limit: number;
}

const select = `SELECT ${personColumns} FROM people p WHERE p.tenant_id = $1 AND p.bot_id = $2`;

function everybody({ db, scope, after, limit }: List): Promise<readonly PersonRow[]> {
  const sql = `${select} AND p.person_id > $3 ORDER BY p.person_id LIMIT $4`;
  return db.all<PersonRow>(sql, scope.tenantId, scope.botId, after, limit);
}

const columns = ["name_folded", "upn_folded", "email_folded"] as const;

/** Finds everybody who matches by index; where they are too many to be sorted each time, the next ones by id are not far. */
async function matches(list: List, prefix: string): Promise<readonly PersonRow[]> {
  const { db, scope, after, limit } = list;
  const found = await db.all<{ person_id: PersonId }>(
    columns.map(idsBy).join(" UNION ALL "),
    scope.tenantId,
    scope.botId,
    prefix,
    above(prefix),
    fewMax + 1,
  );
  const ids = [...new Set(found.map((row) => row.person_id))];
  return ids.length <= fewMax
    ? db.all<PersonRow>(
        `SELECT p.* FROM unnest($5::text[]) AS s (id) ${lookUp("p", `${select} AND p.person_id = s.id`)}
         WHERE s.id > $3 COLLATE "C" ORDER BY s.id COLLATE "C" LIMIT $4`,
        scope.tenantId,
        scope.botId,
        after,
        limit,
        ids,
      )
    : db.all<PersonRow>(
        // The function keeps the planner from the indexes, which would find them all before it sorts them.
        `${select} AND p.person_id > $3
           AND (${columns.map((column) => `coalesce(p.${column}, '') BETWEEN $5 AND $6`).join(" OR ")})
         ORDER BY p.person_id LIMIT $4`,
        scope.tenantId,
        scope.botId,
        after,
        limit,
        prefix,
        above(prefix),
      );
}

function idsBy(column: string): string {
  return `(SELECT person_id FROM people
    WHERE tenant_id = $1 AND bot_id = $2 AND ${column} >= $3 AND ${column} < $4 LIMIT $5)`;
}

const fewMax = 500;

/** A text after every one that begins with the prefix, in the order of code points. */
function above(prefix: string): string {
  return `${prefix}\u{10FFFF}`;
}
