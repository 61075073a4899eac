import type { DirectoryFact } from "../domain/directory.ts";
import { type ConversationId, conversationId, type TeamId } from "../domain/ids.ts";
import { present, teamOf, textOf, withoutThread } from "./activity-ids.ts";
import { type FactSource, gone, memberFacts, presenceChange } from "./fact-source.ts";

/**
 * What an activity in a team teaches: of the team, of its channels, and of people who joined. The conversation of an event
 * about a team is its General channel, which has the team's own id; that of an install is the channel chosen for it.
 */
export function teamFacts(source: FactSource): readonly DirectoryFact[] {
  const place = placeOf(source);
  switch (changeOf(source)) {
    case "teammemberadded":
      return presenceChange(source) === "installed"
        ? [...arrival(source, place), ...memberFacts(source)]
        : [...seen(source, place), ...memberFacts(source)];
    case "teammemberremoved":
      return presenceChange(source) === "removed"
        ? departure(source, place, "app-removed")
        : seen(source, place);
    case "teamdeleted":
    case "teamharddeleted":
      return departure(source, place, "team-deleted");
    case "teamrestored":
      // That we hear of it shows that the app came back with the team.
      return arrival(source, place);
    case "teamarchived":
      return team(source, place, { archived: true });
    case "teamunarchived":
      return team(source, place, { archived: false });
    case "channeldeleted":
      return channelGone(source, place, { deleted: true, reason: "channel-deleted" });
    case "channelmemberremoved":
      return presenceChange(source) === "removed"
        ? channelGone(source, place, { deleted: false, reason: "app-removed" })
        : seen(source, place);
    case "channelrestored":
      return [...team(source, place), ...channel(source, place, { deleted: false })];
    case "channelcreated":
    case "channelrenamed":
      // The bot need not be in a private or shared channel that it hears of, so no conversation is known by this.
      return [...team(source, place), ...named(source, place)];
    default:
      return [...seen(source, place), ...memberFacts(source)];
  }
}

interface Place {
  readonly teamId: TeamId | null;
  /** The channel that the event is about, else the one it happened in. */
  readonly channelId: ConversationId | null;
  readonly channelName: string | undefined;
}

function placeOf({ activity }: FactSource): Place {
  const { channel } = activity.channelData ?? {};
  const about = withoutThread(channel?.id);
  return {
    teamId: teamOf(activity),
    channelId: about ?? withoutThread(activity.conversation?.id),
    channelName: about === null ? undefined : textOf(channel?.name),
  };
}

/** The event's name without regard to case, as the documentation spells it in two ways. Installs count as the bot's coming and going. */
function changeOf(source: FactSource): string | undefined {
  const { activity } = source;
  if (activity.type === "installationUpdate") {
    return presenceChange(source) === "removed" ? "teammemberremoved" : "teammemberadded";
  }
  if (activity.type !== "conversationUpdate") return undefined;
  const named = textOf(activity.channelData?.eventType)?.toLowerCase();
  if (named !== undefined) return named;
  const change = presenceChange(source);
  if (change === null) return undefined;
  return change === "removed" ? "teammemberremoved" : "teammemberadded";
}

function arrival(source: FactSource, place: Place): readonly DirectoryFact[] {
  const { settings } = source.activity.channelData ?? {};
  const selected = withoutThread(settings?.selectedChannel?.id);
  const { teamId } = place;
  const generalId = teamId === null ? null : conversationId(teamId);
  const facts = [...team(source, place, { install: "installed" })];
  for (const channelId of new Set([generalId, selected, place.channelId])) {
    const channelName = channelId === place.channelId ? place.channelName : undefined;
    facts.push(...channel(source, { teamId, channelId, channelName }));
  }
  return facts;
}

function departure(source: FactSource, place: Place, reason: string): readonly DirectoryFact[] {
  const { teamId } = place;
  if (teamId === null) return [];
  const id = conversationId(teamId); // General has the team's own id
  return [
    ...team(source, place, { install: "removed" }),
    ...posting(source, { ...place, channelId: id, channelName: undefined }),
    gone(source.tenantId, id, reason),
  ];
}

function channelGone(
  source: FactSource,
  place: Place,
  { deleted, reason }: { readonly deleted: boolean; readonly reason: string },
): readonly DirectoryFact[] {
  const facts = [...team(source, place), ...named(source, place, deleted ? { deleted } : {})];
  if (place.channelId !== null)
    facts.push(...posting(source, place), gone(source.tenantId, place.channelId, reason));
  return facts;
}

function seen(source: FactSource, place: Place): readonly DirectoryFact[] {
  return [...team(source, place), ...channel(source, place)];
}

function team(
  { activity, tenantId, serviceUrl }: FactSource,
  { teamId }: Place,
  change: { readonly install?: "installed" | "removed"; readonly archived?: boolean } = {},
): readonly DirectoryFact[] {
  if (teamId === null || serviceUrl === null) return [];
  const { team: named } = activity.channelData ?? {};
  const fact: DirectoryFact = present({
    fact: "team-seen",
    tenantId,
    teamId,
    serviceUrl,
    name: textOf(named?.name),
    aadGroupId: textOf(named?.aadGroupId),
    ...change,
  });
  return [fact];
}

/** The channel, and that the bot may post to it. */
function channel(
  source: FactSource,
  place: Place,
  change: { readonly deleted?: boolean } = {},
): readonly DirectoryFact[] {
  return [...named(source, place, change), ...posting(source, place)];
}

/** That the bot may post to the channel. Said of one that is gone, too, just before: so that is stored where it was not known. */
function posting(
  { tenantId, serviceUrl }: FactSource,
  { teamId, channelId, channelName }: Place,
): readonly DirectoryFact[] {
  if (channelId === null || serviceUrl === null) return [];
  const conversation: DirectoryFact = present({
    fact: "conversation-seen",
    tenantId,
    conversationId: channelId,
    kind: "channel",
    serviceUrl,
    teamId: teamId ?? undefined,
    name: channelName,
  });
  return [conversation];
}

function named(
  { tenantId }: FactSource,
  { teamId, channelId, channelName }: Place,
  change: { readonly deleted?: boolean } = {},
): readonly DirectoryFact[] {
  if (teamId === null || channelId === null) return [];
  const fact: DirectoryFact = present({
    fact: "channel-seen",
    tenantId,
    teamId,
    channelId,
    name: channelName,
    ...change,
  });
  return [fact];
}
