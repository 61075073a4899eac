import {
  changeActivity,
  reactionActivity,
  readActivity,
  writeMessage,
} from "../bot/message-activities.ts";
import { postActivity } from "../bot/post-activity.ts";
import { pressButton } from "../bot/press-button.ts";
import { ControlError } from "../control-error.ts";
import type { DeliveryOptions, Emulator, PersonRef } from "../emulator.ts";
import type { StoredMessage } from "../state/messages.ts";
import type { World } from "../state/world.ts";
import type { BotAnswer } from "../views.ts";
import { speakerFor } from "./find.ts";

/** What people of the tenant do in conversations, as methods of an emulator. */
export type Speaking = Pick<
  Emulator,
  "say" | "mention" | "press" | "react" | "edit" | "erase" | "read" | "deliver" | "redeliver"
>;

/** Binds the methods to a tenant. */
export function speaking(world: World): Speaking {
  return {
    say: (ref, text, options = {}) => say(world, ref, text, options),
    mention: (ref, text, place) => say(world, ref, text, place),
    press: async (ref, press = {}) =>
      pressButton(world, speakerFor(world, ref, { conversation: press.conversation }), press),
    react: async (ref, reaction) => {
      const speaker = speakerFor(world, ref, reaction);
      const message = messageFor(world, speaker.place.id, reaction.activityId);
      const remove = reaction.remove ?? false;
      setReaction(message, { person: speaker.person, type: reaction.type }, remove);
      const thread = message.thread ?? message.id;
      const activity = reactionActivity(world, { ...speaker, thread }, { ...reaction, remove });
      return postActivity(world, activity, flawOf(reaction));
    },
    edit: (ref, edit) => change(world, ref, edit, edit.text),
    erase: (ref, erased) => change(world, ref, erased, null),
    read: async (ref, upTo) => {
      const speaker = speakerFor(world, ref, {});
      return postActivity(world, readActivity(world, speaker, upTo.activityId), flawOf(upTo));
    },
    deliver: (activity, options = {}) => postActivity(world, activity, options),
    redeliver: async (activityId, options = {}) => {
      const posted = world.posted.toArray().findLast(({ id }) => id === activityId);
      if (!posted) throw new ControlError(404, `no activity ${activityId} was posted lately`);
      return postActivity(world, posted, options);
    },
  };
}

async function say(
  world: World,
  ref: PersonRef,
  text: string,
  options: DeliveryOptions & { readonly conversation?: string; readonly thread?: string },
): Promise<BotAnswer> {
  const speaker = speakerFor(world, ref, options);
  return postActivity(world, writeMessage(world, speaker, text), flawOf(options));
}

async function change(
  world: World,
  ref: PersonRef,
  which: DeliveryOptions & { readonly activityId: string; readonly conversation?: string },
  text: string | null,
): Promise<BotAnswer> {
  const speaker = speakerFor(world, ref, which);
  const message = messageFor(world, speaker.place.id, which.activityId);
  if (message.author !== speaker.person)
    throw new ControlError(409, "people change and delete their own messages only");
  const thread = message.thread ?? message.id;
  const activity = changeActivity(world, { ...speaker, thread }, message, text);
  if (text === null) message.deleted = true;
  else {
    message.body = JSON.stringify(activity);
    message.editedAt = world.clock.now();
  }
  return postActivity(world, activity, flawOf(which));
}

function messageFor(world: World, conversationId: string, activityId: string): StoredMessage {
  const message = world.messages.message(conversationId, activityId);
  if (message) return message;
  throw new ControlError(404, `there is no message ${activityId} in this conversation`);
}

function setReaction(
  message: StoredMessage,
  reaction: { readonly person: number; readonly type: string },
  remove: boolean,
): void {
  const others = (message.reactions ?? []).filter(
    ({ person, type }) => person !== reaction.person || type !== reaction.type,
  );
  message.reactions = remove ? others : [...others, reaction];
}

function flawOf(options: DeliveryOptions): DeliveryOptions {
  return options.flaw === undefined ? {} : { flaw: options.flaw };
}
