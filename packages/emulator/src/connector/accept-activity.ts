import type { JsonObject } from "../json.ts";
import { graceMs } from "../limits/quiet-times.ts";
import { botAuthor, type StoredMessage } from "../state/messages.ts";
import { recordViolation, type World } from "../state/world.ts";
import type { Call } from "./call.ts";
import { isSplit } from "./check-activity.ts";
import type { Place } from "./place.ts";

/** Puts a bot's message into a conversation: from here on it has taken effect. */
export function acceptMessage(
  world: World,
  place: Place,
  message: {
    readonly activity: JsonObject;
    readonly body: string;
    readonly thread?: string | null;
  },
): StoredMessage {
  const stored = world.messages.add(
    {
      conversationId: place.id,
      person: place.kind === "person" ? place.person : null,
      thread: message.thread ?? null,
      author: botAuthor,
      body: message.body,
      split: isSplit(message.activity),
    },
    world.clock.now(),
  );
  world.totals.accepted += 1;
  return stored;
}

/**
 * Records that the bot wrote to someone who does not have the app, unless it could not know yet. Asking for a conversation is how
 * a bot finds out, so only who was told before, by an activity or a refusal, can know it then.
 */
export function judgeNotInstalled(world: World, call: Call, person: number | null): void {
  if (person === null || world.people.has(person, "installed")) return;
  const told = world.people.toldRemovedAt(person);
  const wasTold = told !== null && told + graceMs + world.dial.latencyMs < world.clock.now();
  const isQuestion = call.operation === "create-conversation";
  if (told === null && isQuestion) world.people.toldRemoved(person, world.clock.now());
  const couldKnow = wasTold || (!isQuestion && !world.people.has(person, "everInstalled"));
  if (!couldKnow) return;
  recordViolation(world, {
    kind: "not-installed",
    operation: call.operation,
    conversationId: call.conversationId,
    detail: `person ${person} does not have the app`,
  });
}
