import { emptyAnswer } from "../../answer.ts";
import type { World } from "../../state/world.ts";
import type { WireAnswer } from "../../wire.ts";
import type { Call } from "../call.ts";
import { ownMessage } from "../own-message.ts";

/** Deletes a message of the bot. */
export function deleteActivity(world: World, call: Call): WireAnswer {
  const own = ownMessage(world, call);
  if ("status" in own) return own;
  own.deleted = true;
  return emptyAnswer(200);
}
