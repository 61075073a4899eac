import { jsonAnswer } from "../../answer.ts";
import { isObject } from "../../json.ts";
import type { World } from "../../state/world.ts";
import type { WireAnswer } from "../../wire.ts";
import { acceptMessage } from "../accept-activity.ts";
import type { Call } from "../call.ts";
import { checkActivity } from "../check-activity.ts";
import { refuse } from "../errors.ts";
import { writeRefusal } from "../place.ts";

/** The channel pattern: a new thread each time, with its root message in the same request. */
export function createThread(world: World, call: Call): WireAnswer {
  const { place } = call;
  const { activity } = call.body;
  if (call.conversationId === null || !isObject(activity)) return refuse("bad-syntax");
  if (place?.kind !== "channel") return refuse("conversation-not-found");
  const refusal = writeRefusal(world, place);
  if (refusal) return refuse(refusal);
  const text = JSON.stringify(activity);
  const wrong = checkActivity(world, call, activity, text);
  if (wrong) return wrong;
  if (activity.type !== "message") return refuse("bad-syntax");
  const root = acceptMessage(world, place, { activity, body: text });
  return jsonAnswer(201, {
    id: `${place.id};messageid=${root.id}`,
    ...(root.split ? {} : { activityId: root.id }),
  });
}
