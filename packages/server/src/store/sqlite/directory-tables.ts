import type { Person } from "../../domain/directory.ts";
import type { Scope } from "../../engine/ports/store.ts";
import type { DirectoryTables } from "../directory-tables.ts";
import { storedColumns, storedPerson } from "../people-rows.ts";
import { findConversation, putConversation } from "./conversations.ts";
import type { Database, Value } from "./database.ts";
import { findPerson } from "./people.ts";
import { findChannel, findTeam, putChannel, putTeam } from "./teams.ts";

/** One bot's directory in one tenant, read and written in place. */
export function directoryTables(db: Database, scope: Scope): DirectoryTables {
  return {
    findPerson: (by) => findPerson(db, scope, by),
    findConversation: (id) => findConversation(db, scope, id),
    findTeam: (id) => findTeam(db, scope, id),
    findChannel: (id) => findChannel(db, scope, id),
    insertPerson(person) {
      db.run(insertSql, ...valuesOf(person));
      count(db, person, 1);
    },
    updatePerson(before, after) {
      db.run(updateSql, ...valuesOf(after));
      count(db, before, -1);
      count(db, after, 1);
    },
    removePerson(person) {
      db.run(`DELETE FROM people ${byId}`, scope.tenantId, scope.botId, person.id);
      count(db, person, -1);
    },
    renamePerson(person, former) {
      const sql = `UPDATE people SET former_id = ? ${byId}`;
      db.run(sql, former, scope.tenantId, scope.botId, person.id);
    },
    putConversation: (conversation) => putConversation(db, conversation),
    putTeam: (team) => putTeam(db, team),
    putChannel: (channel) => putChannel(db, scope, channel),
  };
}

const byId = "WHERE tenant_id = ? AND bot_id = ? AND person_id = ?";
const insertSql = `INSERT INTO people (${storedColumns.join(", ")})
  VALUES (${storedColumns.map(() => "?").join(", ")})`;
// The last three are those of the key.
const updateSql = `UPDATE people SET ${storedColumns
  .slice(0, -3)
  .map((name) => `${name} = ?`)
  .join(", ")} ${byId}`;

function valuesOf(person: Person): readonly Value[] {
  const stored = storedPerson(person);
  return storedColumns.map((name) => stored[name]);
}

function count(db: Database, person: Person, by: 1 | -1): void {
  db.run(
    `UPDATE directories SET people = people + ?, installed = installed + ?, blocked = blocked + ?, removed = removed + ?
     WHERE tenant_id = ? AND bot_id = ?`,
    by,
    person.install === "installed" ? by : 0,
    person.blockedAt === null ? 0 : by,
    person.install === "removed" ? by : 0,
    person.tenantId,
    person.botId,
  );
}
