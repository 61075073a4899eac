import type { Channel } from "../domain/directory.ts";
import { conversationId, type TeamId } from "../domain/ids.ts";
import type { JsonObject } from "../domain/message.ts";
import type { Connector } from "../engine/ports/connector.ts";
import { answered, type Caller } from "./caller.ts";
import { idOf, isObject, textOf } from "./json.ts";
import { segment } from "./paths.ts";

/** Reading teams and their channels. */
export function teamCalls(call: Caller): Pick<Connector, "getTeam" | "getChannels"> {
  return {
    async getTeam(address, { teamId }, signal) {
      const path = `v3/teams/${segment(teamId)}`;
      const result = await call(address, { operation: "get-team", method: "GET", path }, signal);
      return answered(result, (answer) => ({
        name: textOf(answer.name),
        aadGroupId: textOf(answer.aadGroupId),
      }));
    },
    async getChannels(address, { teamId }, signal) {
      const path = `v3/teams/${segment(teamId)}/conversations`;
      const result = await call(
        address,
        { operation: "get-channels", method: "GET", path },
        signal,
      );
      return answered(result, (answer) => channelsOf(answer, teamId));
    },
  };
}

/** General has the team's own id, and no name. */
function channelsOf(answer: JsonObject, teamId: TeamId): readonly Channel[] {
  const channels = Array.isArray(answer.conversations) ? answer.conversations : [];
  return channels.filter(isObject).flatMap((channel) => {
    const id = idOf(channel.id);
    if (id === null) return [];
    return [
      {
        teamId,
        id: conversationId(id),
        name: textOf(channel.name),
        type: textOf(channel.type),
        deleted: false,
      },
    ];
  });
}
