import type { Person } from "../../domain/directory.ts";
import type { DirectoryStore } from "../../engine/ports/directory-store.ts";
import type { Scope } from "../../engine/ports/store.ts";
import type { PersonKey } from "../directory-tables.ts";
import { type PersonRow, personColumns, personOf } from "../people-rows.ts";
import { folded } from "../person-merge.ts";
import type { Database } from "./database.ts";
import { searchable } from "./people-table.ts";

/** One person by any of their ids, or null. An id from before the object id was known still finds them. */
export async function findPerson(
  db: Database,
  scope: Scope,
  by: PersonKey,
): Promise<Person | null> {
  if ("id" in by)
    return (await byId(db, scope, by.id)) ?? (await newest(db, scope, "former_id", by.id));
  if ("aadObjectId" in by) return byId(db, scope, by.aadObjectId.toLowerCase());
  if ("userPrincipalName" in by)
    return newest(db, scope, "upn_folded", searchable(folded(by.userPrincipalName)));
  if ("teamsId" in by) return newest(db, scope, "teams_id", by.teamsId);
  return newest(db, scope, "conversation_id", by.conversationId);
}

/** How many people there are, by install state, and how many of them blocked the bot. */
export async function countPeople(
  db: Database,
  scope: Scope,
): ReturnType<DirectoryStore["countPeople"]> {
  const row = await db.get<{ people: number; installed: number; blocked: number; removed: number }>(
    "SELECT people, installed, blocked, removed FROM directories WHERE tenant_id = $1 AND bot_id = $2",
    scope.tenantId,
    scope.botId,
  );
  return row ?? { people: 0, installed: 0, blocked: 0, removed: 0 };
}

async function byId(db: Database, scope: Scope, id: string): Promise<Person | null> {
  const row = await db.get<PersonRow>(
    `SELECT ${personColumns} FROM people p WHERE p.tenant_id = $1 AND p.bot_id = $2 AND p.person_id = $3`,
    scope.tenantId,
    scope.botId,
    id,
  );
  return row === null ? null : personOf(scope, row);
}

/** The person in whose row the column was written last, should it be the same in several. */
async function newest(
  db: Database,
  scope: Scope,
  column: "former_id" | "teams_id" | "conversation_id" | "upn_folded",
  value: string,
): Promise<Person | null> {
  const row = await db.get<PersonRow>(
    `SELECT ${personColumns} FROM people p WHERE p.tenant_id = $1 AND p.bot_id = $2 AND p.${column} = $3
     ORDER BY p.updated_at DESC, p.person_id LIMIT 1`,
    scope.tenantId,
    scope.botId,
    value,
  );
  return row === null ? null : personOf(scope, row);
}
