import type { Conversation } from "../../domain/directory.ts";
import type { ConversationId } from "../../domain/ids.ts";
import type { Scope } from "../../engine/ports/store.ts";
import { conversationOf, personalChat } from "../conversation-rows.ts";
import type { Database } from "./database.ts";
import { findPerson } from "./people.ts";
import { readConversations } from "./place-tables.ts";

/**
 * A stored conversation, or null. Personal chats are kept with their people; only one that is gone has a row of its own.
 */
export async function findConversation(
  db: Database,
  scope: Scope,
  id: ConversationId,
): Promise<Conversation | null> {
  const [person, [row]] = await Promise.all([
    findPerson(db, scope, { conversationId: id }),
    readConversations(db, scope, [id]),
  ]);
  return personalChat(person, id) ?? (row === undefined ? null : conversationOf(scope, row));
}
