import type { Conversation } from "../../domain/directory.ts";
import type { ConversationId } from "../../domain/ids.ts";
import type { Scope } from "../../engine/ports/store.ts";
import {
  type ConversationRow,
  conversationColumns,
  conversationOf,
  personalChat,
} from "../conversation-rows.ts";
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
  const chat = personalChat(findPerson(db, scope, { conversationId: id }), id);
  if (chat !== null) return chat;
  const row = db.get<ConversationRow>(
    `SELECT ${conversationColumns} FROM conversations
     WHERE tenant_id = ? AND bot_id = ? AND conversation_id = ?`,
    scope.tenantId,
    scope.botId,
    id,
  );
  return row === null ? null : conversationOf(scope, row);
}

/**
 * Stores a group chat or channel conversation, or that a personal chat is gone, unless Teams said later what is stored. Team and
 * name stay where it has none.
 */
export function putConversation(db: Database, conversation: Conversation): void {
  db.run(
    `INSERT INTO conversations (tenant_id, bot_id, conversation_id, kind, service_url, person_id, team_id, name, gone_at,
       gone_reason, said_at, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (tenant_id, bot_id, conversation_id) DO UPDATE SET
       kind = excluded.kind, service_url = excluded.service_url, person_id = excluded.person_id,
       team_id = coalesce(excluded.team_id, team_id), name = coalesce(excluded.name, name),
       gone_at = excluded.gone_at, gone_reason = excluded.gone_reason,
       said_at = coalesce(excluded.said_at, said_at), updated_at = excluded.updated_at
     WHERE coalesce(excluded.said_at >= said_at, 1)`,
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
    conversation.saidAt ?? null,
    conversation.updatedAt,
  );
}
