import type { World } from "../../state/world.ts";
import type { WireAnswer } from "../../wire.ts";
import { acceptMessage, judgeNotInstalled } from "../accept-activity.ts";
import type { Call } from "../call.ts";
import { checkActivity } from "../check-activity.ts";
import { refuse } from "../errors.ts";
import { type Place, writeRefusal } from "../place.ts";

const headers = { "content-type": "application/json; charset=utf-8" };

/** Posts an activity. In the reply form the activity in the path may be one that nobody has heard of. */
export function sendActivity(world: World, call: Call): WireAnswer {
  const { place, body } = call;
  if (!place) return refuse("conversation-not-found");
  judgeNotInstalled(world, call, call.person);
  const refusal = writeRefusal(world, place);
  if (refusal) return refuse(refusal);
  const wrong = checkActivity(world, call, body, call.raw);
  if (wrong) return wrong;
  if (body.type !== "message") return { status: 201, headers, body: "{}" };
  const message = acceptMessage(world, place, {
    activity: body,
    body: call.raw,
    thread: threadOf(world, place, call.route),
  });
  // The service makes two messages of text and attachment, and then says no id.
  return { status: 201, headers, body: message.split ? "{}" : `{"id":"${message.id}"}` };
}

/** The root message under which it goes: the one in the conversation id, else that of the message replied to. */
function threadOf(world: World, place: Place, route: Call["route"]): string | null {
  if (place.kind !== "channel") return null;
  if (place.thread !== null) return place.thread;
  const repliedTo = route.name === "send" ? route.activityId : null;
  const message = repliedTo === null ? undefined : world.messages.message(place.id, repliedTo);
  return message ? (message.thread ?? message.id) : null;
}
