import { asObject, type JsonObject } from "../json.ts";
import type { TeamState } from "../state/groups.ts";
import type { World } from "../state/world.ts";
import { envelope, eventId, memberAccount, teamAccount } from "./envelope.ts";

/** A person joined or left a team that the bot is in. */
export function memberActivity(
  world: World,
  team: TeamState,
  change: { readonly person: number; readonly joined: boolean },
): JsonObject {
  const members = [memberAccount(world, change.person)];
  return {
    ...teamEvent(world, team, change.joined ? "teamMemberAdded" : "teamMemberRemoved"),
    ...(change.joined ? { membersAdded: members } : { membersRemoved: members }),
  };
}

/** A channel was made in a team that the bot is in. */
export function channelActivity(
  world: World,
  team: TeamState,
  channel: { readonly id: string; readonly name: string },
): JsonObject {
  const event = teamEvent(world, team, "channelCreated");
  return { ...event, channelData: { ...asObject(event.channelData), channel: { ...channel } } };
}

/** The person who acts for a team: its first member. */
export function ownerOf(team: TeamState): number {
  return team.roster.slice(0, 1)[0] ?? 0;
}

function teamEvent(world: World, team: TeamState, eventType: string): JsonObject {
  const place = { kind: "channel", id: team.made.id, team, thread: null } as const;
  return {
    ...envelope(world, "conversationUpdate", {
      id: eventId(world),
      person: ownerOf(team),
      place,
    }),
    channelData: { team: teamAccount(team), eventType, tenant: { id: world.config.tenantId } },
  };
}
