import type { Activity } from "../domain/activity.ts";
import type { DirectoryFact, PersonFields } from "../domain/directory.ts";
import type { BotId, TenantId } from "../domain/ids.ts";
import {
  conversationOf,
  isBot,
  kindOf,
  listOf,
  personOf,
  present,
  tenantOf,
  textOf,
  withoutThread,
} from "./activity-ids.ts";
import {
  type FactSource,
  gone,
  isPersonRemoved,
  memberFacts,
  people,
  presenceChange,
} from "./fact-source.ts";
import { teamFacts } from "./team-facts.ts";

/**
 * What a verified activity teaches about people, chats, teams and channels, in the order in which it must be applied. Never
 * throws, whatever the activity holds. `fallbackTenant` stands in where Teams names no tenant.
 */
export function factsOf(
  activity: Activity,
  botId: BotId,
  fallbackTenant: TenantId | null = null,
): readonly DirectoryFact[] {
  const tenant = tenantOf(activity) ?? fallbackTenant;
  if (tenant === null) return [];
  const source: FactSource = {
    activity,
    botId,
    tenantId: tenant,
    serviceUrl: textOf(activity.serviceUrl) ?? null,
    actor: actorOf(activity, botId, tenant),
  };
  const place = placeFacts(source);
  const isDescribed = place.some((fact) => fact.fact === "personal-conversation");
  return [...place, ...actorFacts(source, isDescribed), ...mentionFacts(source)];
}

function placeFacts(source: FactSource): readonly DirectoryFact[] {
  switch (kindOf(source.activity)) {
    case "personal":
      return personalFacts(source);
    case "groupChat":
      return groupChatFacts(source);
    case "channel":
      return teamFacts(source);
    case null:
      return [];
  }
}

function personalFacts(source: FactSource): readonly DirectoryFact[] {
  const { activity, tenantId, serviceUrl } = source;
  const person = source.actor ?? otherMember(source);
  const id = conversationOf(activity);
  if (person === null || id === null) return [];
  const facts: DirectoryFact[] = [];
  if (serviceUrl !== null) {
    const fact = "personal-conversation";
    facts.push({ fact, tenantId, person, conversationId: id, serviceUrl });
  }
  const install = presenceChange(source) ?? (isPersonRemoved(source) ? "removed" : null);
  if (install !== null) facts.push({ fact: "person-install", tenantId, person, install });
  return facts;
}

function groupChatFacts(source: FactSource): readonly DirectoryFact[] {
  const { activity, tenantId, serviceUrl } = source;
  const id = withoutThread(activity.conversation?.id);
  if (id === null) return [];
  const isGone = presenceChange(source) === "removed";
  const after = isGone ? [gone(tenantId, id, "app-removed")] : memberFacts(source);
  if (serviceUrl === null) return after;
  const seen: DirectoryFact = present({
    fact: "conversation-seen",
    tenantId,
    conversationId: id,
    kind: "groupChat",
    serviceUrl,
    name: textOf(activity.conversation?.name),
  });
  // It is stored that one is gone which was not known, so that what Teams said before that teaches nothing.
  return [seen, ...after];
}

/** Who acted, in full unless a fact before has described them: then only that they wrote or pressed something. */
function actorFacts(
  { activity, tenantId, actor }: FactSource,
  isDescribed: boolean,
): readonly DirectoryFact[] {
  if (actor === null) return [];
  const isActive = personalTypes.has(activity.type);
  if (!isDescribed) {
    return [{ fact: isActive ? "person-active" : "person-seen", tenantId, person: actor }];
  }
  const { aadObjectId, teamsId } = actor;
  const person = present<PersonFields>(aadObjectId === undefined ? { teamsId } : { aadObjectId });
  return isActive ? [{ fact: "person-active", tenantId, person }] : [];
}

function mentionFacts(source: FactSource): readonly DirectoryFact[] {
  const { activity, tenantId } = source;
  const mentioned = listOf(activity.entities)
    .filter((entity) => entity.type === "mention")
    .map((entity) => entity.mentioned ?? {});
  return people(source, mentioned).map((person) => ({ fact: "person-seen", tenantId, person }));
}

/** In a personal chat the members are the bot and one person. */
function otherMember(source: FactSource): PersonFields | null {
  const { membersAdded, membersRemoved } = source.activity;
  return people(source, membersAdded)[0] ?? people(source, membersRemoved)[0] ?? null;
}

function actorOf(activity: Activity, botId: BotId, tenant: TenantId): PersonFields | null {
  const { from } = activity;
  if (!from || isBot(from, activity, botId)) return null;
  const person = personOf(from, tenant);
  if (person === null) return null;
  const client = listOf(activity.entities).find((entity) => entity.type === "clientInfo");
  return present({
    ...person,
    locale: textOf(client?.locale) ?? textOf(activity.locale),
    timezone: textOf(client?.timezone) ?? textOf(activity.localTimezone),
  });
}

/** Types that a person makes by writing or pressing something, so that a block is over. */
const personalTypes = new Set([
  "message",
  "messageUpdate",
  "messageDelete",
  "messageReaction",
  "invoke",
]);
