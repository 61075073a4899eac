import { activityId } from "../domain/ids.ts";
import type { JsonObject } from "../domain/message.ts";
import type { Connector } from "../engine/ports/connector.ts";
import { answered, type Caller } from "./caller.ts";
import { idOf } from "./json.ts";
import { conversationPath, segment } from "./paths.ts";

/** Posting, replacing and deleting activities. */
export function activityCalls(
  call: Caller,
): Pick<Connector, "sendActivity" | "updateActivity" | "deleteActivity"> {
  return {
    async sendActivity(address, { conversationId, body }, signal) {
      const path = conversationPath(conversationId, "activities");
      const result = await call(address, { operation: "send", method: "POST", path, body }, signal);
      return answered(result, activityIdOf);
    },
    async updateActivity(address, { conversationId, activityId: id, body }, signal) {
      const path = conversationPath(conversationId, "activities", segment(id));
      const result = await call(
        address,
        { operation: "update", method: "PUT", path, body },
        signal,
      );
      return answered(result, activityIdOf);
    },
    async deleteActivity(address, { conversationId, activityId: id }, signal) {
      const path = conversationPath(conversationId, "activities", segment(id));
      const result = await call(address, { operation: "delete", method: "DELETE", path }, signal);
      return answered(result, () => null);
    },
  };
}

function activityIdOf(answer: JsonObject) {
  const id = idOf(answer.id);
  return { activityId: id === null ? null : activityId(id) };
}
