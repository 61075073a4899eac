import type { Activity, ChannelAccount } from "../domain/activity.ts";
import type { DirectoryFact, PersonFields } from "../domain/directory.ts";
import type { BotId, ConversationId, TenantId } from "../domain/ids.ts";
import { isBot, listOf, personOf, textOf } from "./activity-ids.ts";

/** An activity with what every kind of fact needs of it. */
export interface FactSource {
  readonly activity: Activity;
  readonly botId: BotId;
  readonly tenantId: TenantId;
  /** Null where the activity has none: then nothing is learnt of conversations. */
  readonly serviceUrl: string | null;
  /** Who did it, with their language and time zone; null where it was not a person. */
  readonly actor: PersonFields | null;
}

/** Whether the app, or the bot itself, was just added to or removed from where the activity happened; null: neither. */
export function presenceChange(source: FactSource): "installed" | "removed" | null {
  const { activity } = source;
  if (activity.type === "installationUpdate") {
    const action = textOf(activity.action)?.toLowerCase();
    if (action === "add" || action === "add-upgrade") return "installed";
    return action === "remove" || action === "remove-upgrade" ? "removed" : null;
  }
  if (activity.type !== "conversationUpdate") return null;
  if (names(source, activity.membersRemoved, "bot")) return "removed";
  return names(source, activity.membersAdded, "bot") ? "installed" : null;
}

/** Whether a person, not the bot, left. In a personal chat that is a deleted user. */
export function isPersonRemoved(source: FactSource): boolean {
  const { activity } = source;
  if (activity.type !== "conversationUpdate") return false;
  return names(source, activity.membersRemoved, "person");
}

/** One `person-seen` for each person who was added. */
export function memberFacts(source: FactSource): readonly DirectoryFact[] {
  const { activity, tenantId } = source;
  return people(source, activity.membersAdded).map((person) => ({
    fact: "person-seen",
    tenantId,
    person,
  }));
}

/** The people, without the bot, in a list of members. */
export function people(
  { activity, botId, tenantId }: FactSource,
  members: readonly ChannelAccount[] | undefined,
): readonly PersonFields[] {
  return listOf(members)
    .filter((account) => !isBot(account, activity, botId))
    .map((account) => personOf(account, tenantId))
    .filter((person) => person !== null);
}

/** `conversation-gone`, with why. */
export function gone(tenantId: TenantId, id: ConversationId, reason: string): DirectoryFact {
  return { fact: "conversation-gone", tenantId, conversationId: id, reason };
}

function names(
  { activity, botId }: FactSource,
  members: readonly ChannelAccount[] | undefined,
  who: "bot" | "person",
): boolean {
  return listOf(members).some((account) => isBot(account, activity, botId) === (who === "bot"));
}
