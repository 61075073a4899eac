import type { Person } from "../domain/directory.ts";
import { type ConversationId, teamId } from "../domain/ids.ts";
import type { Recipient } from "../domain/target.ts";
import { baseConversationId } from "../domain/teams-id.ts";
import type { ClaimedDelivery } from "../engine/ports/store.ts";
import type { Places } from "./directory-tables.ts";

/**
 * Where a claimed delivery goes, as far as it is known. `person` is the one who was found by the recipient's key; where that
 * is an id of old, or the recipient is a chat or channel, the directory is asked.
 */
export function destinationOf(
  places: Places,
  { recipient, person }: { readonly recipient: Recipient; readonly person: Person | null },
): Pick<ClaimedDelivery, "conversationId" | "serviceUrl" | "person"> {
  switch (recipient.kind) {
    case "person": {
      const known = person ?? places.findPerson({ id: recipient.personId });
      return {
        conversationId: known?.conversationId ?? null,
        serviceUrl: known?.serviceUrl ?? null,
        person: known,
      };
    }
    case "conversation": {
      const stored = places.findConversation(recipient.conversationId);
      return {
        conversationId: stored !== null && stored.goneAt === null ? stored.id : null,
        serviceUrl:
          stored?.serviceUrl ??
          placeUrl(places, recipient.conversationId) ??
          recipient.serviceUrl ??
          null,
        person: null,
      };
    }
    case "channel":
      return {
        conversationId: null,
        serviceUrl: placeUrl(places, recipient.channelId),
        person: null,
      };
  }
}

/** The service URL of the channel that the id names, or that the thread is in. */
function placeUrl(places: Places, id: ConversationId): string | null {
  const base = baseConversationId(id);
  const stored = places.findConversation(base);
  if (stored !== null) return stored.serviceUrl;
  const channel = places.findChannel(base);
  return places.findTeam(channel?.teamId ?? teamId(base))?.serviceUrl ?? null;
}
