import { activityId, conversationId } from "../domain/ids.ts";
import type { JsonObject } from "../domain/message.ts";
import type { Connector } from "../engine/ports/connector.ts";
import { answered, type Caller } from "./caller.ts";
import { idOf } from "./json.ts";

/** Creating conversations: the only two patterns that Teams carries out, a personal chat and a new thread in a channel. */
export function conversationCalls(
  call: Caller,
): Pick<Connector, "createPersonalConversation" | "createChannelThread"> {
  return {
    async createPersonalConversation(address, { memberId }, signal) {
      const { botId, tenantId } = address;
      const body = JSON.stringify({
        isGroup: false,
        bot: { id: `28:${botId}` },
        members: [{ id: memberId }],
        // Two spellings: older samples know only the second, observation asks for the first.
        tenantId,
        channelData: { tenant: { id: tenantId } },
      });
      const result = await call(address, { ...create, operation: "create-personal", body }, signal);
      return answered(result, (answer) => ({ conversationId: requiredId(answer) }));
    },
    async createChannelThread(address, { channelId, body: activity }, signal) {
      // The activity is serialised already; parsing it again only to nest it would double the work.
      const body = `{"isGroup":true,"channelData":{"channel":{"id":${JSON.stringify(channelId)}}},"activity":${activity},"tenantId":${JSON.stringify(address.tenantId)}}`;
      const result = await call(address, { ...create, operation: "create-thread", body }, signal);
      return answered(result, (answer) => {
        const id = idOf(answer.activityId);
        return {
          conversationId: requiredId(answer),
          activityId: id === null ? null : activityId(id),
        };
      });
    },
  };
}

const create = { method: "POST", path: "v3/conversations" } as const;

/** An answer without an id is never accepted, so there is one. */
function requiredId(answer: JsonObject) {
  return conversationId(idOf(answer.id) ?? "");
}
