import { botAuthor, type StoredMessage } from "../state/messages.ts";
import type { World } from "../state/world.ts";
import type { WireAnswer } from "../wire.ts";
import type { Call } from "./call.ts";
import { refuse } from "./errors.ts";
import { writeRefusal } from "./place.ts";

/** The bot's own message that the path names, or the refusal. */
export function ownMessage(world: World, call: Call): StoredMessage | WireAnswer {
  const { place, route } = call;
  if (!place) return refuse("conversation-not-found");
  const refusal = writeRefusal(world, place);
  if (refusal) return refuse(refusal);
  const id = route.name === "create" ? null : route.activityId;
  const message = id === null ? undefined : world.messages.message(place.id, id);
  // Of a message that was split, the bot never learnt the ids.
  if (!message || message.deleted || message.split) return refuse("activity-not-found");
  return message.author === botAuthor
    ? message
    : refuse("not-enough-permissions", {
        message: "The bot may change only messages that it posted.",
      });
}
