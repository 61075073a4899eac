import { jsonAnswer } from "../../answer.ts";
import type { TeamState } from "../../state/groups.ts";
import type { World } from "../../state/world.ts";
import type { WireAnswer } from "../../wire.ts";
import type { Call } from "../call.ts";
import { refuse } from "../errors.ts";
import { readRefusal } from "../place.ts";

/** A team, by the id of its General channel. */
export function getTeam(world: World, call: Call): WireAnswer {
  return withTeam(world, call, (team) =>
    jsonAnswer(200, {
      id: team.made.id,
      name: team.made.name,
      aadGroupId: team.made.aadGroupId,
      channelCount: team.channels.length,
      memberCount: team.roster.size,
      tenantId: world.config.tenantId,
      type: "standard",
    }),
  );
}

/** The channels of a team. General has the team's id, and null for a name. */
export function getChannels(world: World, call: Call): WireAnswer {
  return withTeam(world, call, (team) =>
    jsonAnswer(200, {
      conversations: team.channels.map(({ id, name }) => ({ id, name, type: "standard" })),
    }),
  );
}

function withTeam(world: World, call: Call, run: (team: TeamState) => WireAnswer): WireAnswer {
  const { place } = call;
  if (place?.kind !== "channel" || place.id !== place.team.made.id)
    return refuse("conversation-not-found");
  const refusal = readRefusal(world, place);
  return refusal ? refuse(refusal) : run(place.team);
}
