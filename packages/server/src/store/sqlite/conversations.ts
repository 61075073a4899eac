import type { Conversation, ConversationKind } from "../../domain/directory.ts";
import type { ConversationId, PersonId, TeamId } from "../../domain/ids.ts";
import type { Scope } from "../../engine/ports/store.ts";
import type { Database } from "./database.ts";
import { findPerson } from "./people.ts";

/**
 * A stored conversation, or null. Personal chats are kept with their people; only one that is gone has a row of its own.
 */
export function findConversation(
  db: Database,
  scope: Scope,
  id: ConversationId,
): Conversation | null {
  const { botId, tenantId } = scope;
  const person = findPerson(db, scope, { conversationId: id });
  if (person?.serviceUrl)
    return {
      botId,
      tenantId,
      id,
      kind: "personal",
      serviceUrl: person.serviceUrl,
      personId: person.id,
      teamId: null,
      name: person.name,
      goneAt: null,
      goneReason: null,
      updatedAt: person.updatedAt,
    };
  const row = db.get<ConversationRow>(
    `SELECT kind, service_url, person_id, team_id, name, gone_at, gone_reason, updated_at FROM conversations
     WHERE tenant_id = ? AND bot_id = ? AND conversation_id = ?`,
    tenantId,
    botId,
    id,
  );
  if (row === null) return null;
  return {
    botId,
    tenantId,
    id,
    kind: row.kind,
    serviceUrl: row.service_url,
    personId: row.person_id,
    teamId: row.team_id,
    name: row.name,
    goneAt: row.gone_at,
    goneReason: row.gone_reason,
    updatedAt: row.updated_at,
  };
}

/** Stores a group chat or channel conversation, or that a personal chat is gone. */
export function putConversation(db: Database, conversation: Conversation): void {
  db.run(
    `INSERT INTO conversations (tenant_id, bot_id, conversation_id, kind, service_url, person_id, team_id, name, gone_at,
       gone_reason, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (tenant_id, bot_id, conversation_id) DO UPDATE SET
       kind = excluded.kind, service_url = excluded.service_url, person_id = excluded.person_id,
       team_id = coalesce(excluded.team_id, team_id), name = coalesce(excluded.name, name),
       gone_at = excluded.gone_at, gone_reason = excluded.gone_reason, updated_at = excluded.updated_at`,
    conversation.tenantId,
    conversation.botId,
    conversation.id,
    conversation.kind,
    conversation.serviceUrl,
    conversation.personId,
    conversation.teamId,
    conversation.name,
    conversation.goneAt,
    conversation.goneReason,
    conversation.updatedAt,
  );
}

interface ConversationRow {
  readonly kind: ConversationKind;
  readonly service_url: string;
  readonly person_id: PersonId | null;
  readonly team_id: TeamId | null;
  readonly name: string | null;
  readonly gone_at: number | null;
  readonly gone_reason: string | null;
  readonly updated_at: number;
}
