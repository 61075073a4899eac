import type { Person } from "../../domain/directory.ts";
import type { DirectoryStore } from "../../engine/ports/directory-store.ts";
import type { Scope } from "../../engine/ports/store.ts";
import type { PersonKey } from "../directory-tables.ts";
import { type PersonRow, personColumns, personOf } from "../people-rows.ts";
import { folded } from "../person-merge.ts";
import type { Database, Value } from "./database.ts";

/** One person by any of their ids, or null. An id from before the object id was known still finds them. */
export function findPerson(db: Database, scope: Scope, by: PersonKey): Person | null {
  if ("id" in by) return byId(db, scope, by.id) ?? newest(db, scope, "former_id", by.id);
  if ("aadObjectId" in by) return byId(db, scope, by.aadObjectId.toLowerCase());
  if ("userPrincipalName" in by)
    return newest(db, scope, "upn_folded", folded(by.userPrincipalName));
  if ("teamsId" in by) return newest(db, scope, "teams_id", by.teamsId);
  return newest(db, scope, "conversation_id", by.conversationId);
}

/** How many people there are, by install state, and how many of them blocked the bot. */
export function countPeople(
  db: Database,
  scope: Scope,
): Awaited<ReturnType<DirectoryStore["countPeople"]>> {
  const row = db.get<{ people: number; installed: number; blocked: number; removed: number }>(
    "SELECT people, installed, blocked, removed FROM directories WHERE tenant_id = ? AND bot_id = ?",
    scope.tenantId,
    scope.botId,
  );
  return row === null ? { people: 0, installed: 0, blocked: 0, removed: 0 } : { ...row };
}

function byId(db: Database, scope: Scope, id: string): Person | null {
  const row = db.get<PersonRow>(
    `SELECT ${personColumns} FROM people p WHERE p.tenant_id = ? AND p.bot_id = ? AND p.person_id = ?`,
    scope.tenantId,
    scope.botId,
    id,
  );
  return row === null ? null : personOf(scope, row);
}

/** The person in whose row the column was written last, should it be the same in several. */
function newest(db: Database, scope: Scope, column: IndexedColumn, value: Value): Person | null {
  // The plus keeps the planner from the indexes that begin with the bot's id, which find everybody.
  const rows = db.all<PersonRow>(
    `SELECT ${personColumns} FROM people p WHERE p.tenant_id = ? AND +p.bot_id = ? AND p.${column} = ?`,
    scope.tenantId,
    scope.botId,
    value,
  );
  const last = rows.reduce<PersonRow | null>(
    (best, row) =>
      best === null || (row.person_updated_at ?? 0) > (best.person_updated_at ?? 0) ? row : best,
    null,
  );
  return last === null ? null : personOf(scope, last);
}

type IndexedColumn = "former_id" | "teams_id" | "conversation_id" | "upn_folded";
