import { jsonAnswer } from "../../answer.ts";
import type { World } from "../../state/world.ts";
import type { WireAnswer } from "../../wire.ts";
import type { Call } from "../call.ts";
import { checkActivity } from "../check-activity.ts";
import { ownMessage } from "../own-message.ts";

/** Replaces a message of the bot, for everyone. */
export function updateActivity(world: World, call: Call): WireAnswer {
  const own = ownMessage(world, call);
  if ("status" in own) return own;
  const wrong = checkActivity(world, call, call.body, call.raw);
  if (wrong) return wrong;
  own.body = call.raw;
  own.editedAt = world.clock.now();
  own.views = null;
  return jsonAnswer(200, { id: own.id });
}
