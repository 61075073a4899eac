import type { Conversation, ConversationKind, Person } from "../domain/directory.ts";
import type { ConversationId, PersonId, TeamId } from "../domain/ids.ts";
import type { Scope } from "../engine/ports/store.ts";

/** The columns of {@link ConversationRow}. */
export const conversationColumns =
  "conversation_id, kind, service_url, person_id, team_id, name, gone_at, gone_reason, said_at, updated_at";

/** A conversation as stored: a group chat, a channel's, or a personal chat that is gone. */
export interface ConversationRow {
  readonly conversation_id: ConversationId;
  readonly kind: ConversationKind;
  readonly service_url: string;
  readonly person_id: PersonId | null;
  readonly team_id: TeamId | null;
  readonly name: string | null;
  readonly gone_at: number | null;
  readonly gone_reason: string | null;
  readonly said_at: number | null;
  readonly updated_at: number;
}

/** A stored row as the port shows it. */
export function conversationOf({ botId, tenantId }: Scope, row: ConversationRow): Conversation {
  return {
    botId,
    tenantId,
    id: row.conversation_id,
    kind: row.kind,
    serviceUrl: row.service_url,
    personId: row.person_id,
    teamId: row.team_id,
    name: row.name,
    goneAt: row.gone_at,
    goneReason: row.gone_reason,
    ...(row.said_at !== null && { saidAt: row.said_at }),
    updatedAt: row.updated_at,
  };
}

/** The personal chat that is kept with its person; null for nobody, and where no service URL of it is known. */
export function personalChat(person: Person | null, id: ConversationId): Conversation | null {
  if (person === null || !person.serviceUrl) return null;
  return {
    botId: person.botId,
    tenantId: person.tenantId,
    id,
    kind: "personal",
    serviceUrl: person.serviceUrl,
    personId: person.id,
    teamId: null,
    name: person.name,
    goneAt: null,
    goneReason: null,
    ...(person.chatSaidAt !== undefined && { saidAt: person.chatSaidAt }),
    updatedAt: person.updatedAt,
  };
}
