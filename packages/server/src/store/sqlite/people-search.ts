import type { Person } from "../../domain/directory.ts";
import type { PersonId } from "../../domain/ids.ts";
import type { Page, PageRequest, Scope } from "../../engine/ports/store.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { type PersonRow, personColumns, personOf } from "../people-rows.ts";
import { folded } from "../person-merge.ts";
import type { Database } from "./database.ts";
import { findPerson } from "./people.ts";
import { stretchRows, walkStretches } from "./stretches.ts";

/** Ordered by person id; `search` matches the start of name, UPN or e-mail. Each read between two calls of `pause` is short. */
export async function listPeople(
  db: Database,
  scope: Scope,
  { cursor, limit, search = "" }: PageRequest & { readonly search?: string },
  pause: () => Promise<void>,
): Promise<Page<Person>> {
  const [after] = cursor === undefined ? [""] : decodeCursor(cursor, "people", ["string"]);
  const prefix = folded(search);
  const list: List = { db, scope, after, limit: limit + 1 };
  const people =
    prefix === ""
      ? rowsIn(list, { after, end: null })
      : (findFew(list, prefix) ?? (await findMany(list, prefix, pause)));
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

const columns = ["name_folded", "upn_folded", "email_folded"] as const;

/** Finds everybody who matches by index; null where they are too many to be sorted at once. */
function findFew({ db, scope, after, limit }: List, prefix: string): readonly Person[] | null {
  const ids = new Set<PersonId>();
  for (const column of columns) {
    const rows = db.all<{ person_id: PersonId }>(
      `SELECT person_id FROM people WHERE tenant_id = ? AND +bot_id = ? AND ${column} >= ? AND ${column} < ? LIMIT (? + 0)`,
      scope.tenantId,
      scope.botId,
      prefix,
      above(prefix),
      fewMax + 1,
    );
    if (rows.length > fewMax) return null;
    for (const row of rows) ids.add(row.person_id);
  }
  return [...ids]
    .filter((id) => id > after)
    .sort()
    .slice(0, limit)
    .map((id) => findPerson(db, scope, { id }))
    .filter((person) => person !== null);
}

const fewMax = 500;

/** Where many match, the next ones by id are not far. */
function findMany(
  list: List,
  prefix: string,
  pause: () => Promise<void>,
): Promise<readonly Person[]> {
  const { db, scope } = list;
  return walkStretches({
    after: list.after,
    limit: list.limit,
    pause,
    stretchEnd: (after) =>
      db.get<{ person_id: string }>(
        `SELECT person_id FROM people WHERE tenant_id = ? AND bot_id = ? AND person_id > ?
         ORDER BY person_id LIMIT 1 OFFSET ?`,
        scope.tenantId,
        scope.botId,
        after,
        stretchRows,
      )?.person_id ?? null,
    rowsIn: (stretch, limit) => rowsIn({ ...list, limit }, stretch, prefix),
  });
}

/** People by id in a stretch of ids, those who match where a prefix is given. */
function rowsIn(
  { db, scope, limit }: List,
  { after, end }: { readonly after: string; readonly end: string | null },
  prefix?: string,
): readonly Person[] {
  const isMatch = columns.map((column) => `(+p.${column} >= ? AND +p.${column} < ?)`).join(" OR ");
  const rows = db.all<PersonRow>(
    `SELECT ${personColumns} FROM people p WHERE p.tenant_id = ? AND p.bot_id = ? AND p.person_id > ?
       ${end === null ? "" : "AND p.person_id <= ?"} ${prefix === undefined ? "" : `AND (${isMatch})`}
     ORDER BY p.person_id LIMIT (? + 0)`,
    scope.tenantId,
    scope.botId,
    after,
    ...(end === null ? [] : [end]),
    ...(prefix === undefined ? [] : columns.flatMap(() => [prefix, above(prefix)])),
    limit,
  );
  return rows.map((row) => personOf(scope, row)).filter((person) => person !== null);
}

/** A text after every one that begins with the prefix, in the order of code points. */
function above(prefix: string): string {
  return `${prefix}\u{10FFFF}`;
}
