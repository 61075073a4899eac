import type { Person } from "../../domain/directory.ts";
import { type ConversationId, teamId } from "../../domain/ids.ts";
import type { Recipient } from "../../domain/target.ts";
import { baseConversationId } from "../../domain/teams-id.ts";
import type { ClaimedDelivery, Scope } from "../../engine/ports/store.ts";
import { findConversation } from "./conversations.ts";
import type { Database } from "./database.ts";
import { findPerson } from "./people.ts";
import { findChannel, findTeam } from "./teams.ts";

/**
 * Where a claimed delivery goes, as far as it is known. `person` is the one who was found by the recipient's key; where that
 * is an id of old, or the recipient is a chat or channel, the directory is asked.
 */
export function destinationOf(
  db: Database,
  scope: Scope,
  { recipient, person }: { readonly recipient: Recipient; readonly person: Person | null },
): Pick<ClaimedDelivery, "conversationId" | "serviceUrl" | "person"> {
  switch (recipient.kind) {
    case "person": {
      const known = person ?? findPerson(db, scope, { id: recipient.personId });
      return {
        conversationId: known?.conversationId ?? null,
        serviceUrl: known?.serviceUrl ?? null,
        person: known,
      };
    }
    case "conversation": {
      const stored = findConversation(db, scope, recipient.conversationId);
      return {
        conversationId: stored !== null && stored.goneAt === null ? stored.id : null,
        serviceUrl:
          stored?.serviceUrl ??
          placeUrl(db, scope, recipient.conversationId) ??
          recipient.serviceUrl ??
          null,
        person: null,
      };
    }
    case "channel":
      return {
        conversationId: null,
        serviceUrl: placeUrl(db, scope, recipient.channelId),
        person: null,
      };
  }
}

/** The service URL of the channel that the id names, or that the thread is in. */
function placeUrl(db: Database, scope: Scope, id: ConversationId): string | null {
  const base = baseConversationId(id);
  const stored = findConversation(db, scope, base);
  if (stored !== null) return stored.serviceUrl;
  const channel = findChannel(db, scope, base);
  return findTeam(db, scope, channel?.teamId ?? teamId(base))?.serviceUrl ?? null;
}
