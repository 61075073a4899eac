import { ControlError } from "../control-error.ts";
import type { DeliveryOptions, Press } from "../emulator.ts";
import { asObject, asString, isObject, type JsonObject, parseJson } from "../json.ts";
import { botAuthor, type StoredMessage } from "../state/messages.ts";
import type { World } from "../state/world.ts";
import type { BotAnswer, PressResult } from "../views.ts";
import { type CardButton, type CardControls, controlsOf, inputValues } from "./card-buttons.ts";
import {
  cardsOf,
  executeActivity,
  type Speaker,
  submitActivity,
  writeMessage,
} from "./message-activities.ts";
import { postActivity } from "./post-activity.ts";

/** A person presses a button of a card. What the bot answers to Action.Execute changes that person's view. */
export async function pressButton(
  world: World,
  speaker: Speaker,
  press: Press & DeliveryOptions,
): Promise<PressResult> {
  const message = cardMessage(world, speaker, press.activityId);
  const controls = allControls(message, speaker.person);
  const button = pickButton(controls.buttons, press.button);
  const values = inputValues(controls.inputs, press.inputs ?? {});
  const place = { ...speaker, thread: message.thread ?? message.id };
  const options = press.flaw === undefined ? {} : { flaw: press.flaw };
  const result = (answer: BotAnswer | null): PressResult => ({
    action: button.type,
    title: button.title,
    url: asString(button.action.url) ?? null,
    answer,
  });
  switch (button.type) {
    case "Action.OpenUrl":
      return result(null);
    case "Action.Execute": {
      const activity = executeActivity(world, place, {
        replyToId: message.id,
        action: executeAction(button, values),
      });
      const answer = await postActivity(world, activity, options);
      applyAnswer(message, speaker.person, answer);
      return result(answer);
    }
    case "Action.Submit": {
      const activity = submitted(world, place, message.id, { button, values });
      return result(await postActivity(world, activity, options));
    }
    default:
      throw new ControlError(409, `buttons of type ${button.type} are not imitated`);
  }
}

/** The buttons and inputs of all cards of a message, as one person sees them. */
export function allControls(message: StoredMessage, person: number | null): CardControls {
  const each = cardsOf(message, person).map(controlsOf);
  return {
    buttons: each.flatMap(({ buttons }) => buttons),
    inputs: each.flatMap(({ inputs }) => inputs),
  };
}

function cardMessage(
  world: World,
  speaker: Speaker,
  activityId: string | undefined,
): StoredMessage {
  const { place, person } = speaker;
  const message =
    activityId === undefined
      ? world.messages
          .inbox(place.id)
          .findLast(
            (other) =>
              other.author === botAuthor && !other.deleted && cardsOf(other, person).length > 0,
          )
      : world.messages.message(place.id, activityId);
  if (!message || message.deleted)
    throw new ControlError(404, "there is no such message with a card");
  if (message.body === null) throw new ControlError(404, "the message is older than what is kept");
  return message;
}

function pickButton(buttons: readonly CardButton[], wanted: Press["button"]): CardButton {
  const found =
    wanted === undefined || typeof wanted === "number"
      ? buttons[wanted ?? 0]
      : buttons.find((button) =>
          "title" in wanted ? button.title === wanted.title : button.verb === wanted.verb,
        );
  if (found) return found;
  const names = buttons.map(({ title }) => `"${title}"`).join(", ");
  throw new ControlError(404, `the card has no such button; it has ${names || "none"}`);
}

function executeAction(button: CardButton, values: JsonObject): JsonObject {
  const { id, title, verb, data } = button.action;
  return {
    type: "Action.Execute",
    ...(id === undefined ? {} : { id }),
    ...(title === undefined ? {} : { title }),
    verb: verb ?? "",
    data: { ...asObject(data), ...values },
  };
}

function submitted(
  world: World,
  speaker: Speaker,
  replyToId: string,
  pressed: { readonly button: CardButton; readonly values: JsonObject },
): JsonObject {
  const { data } = pressed.button.action;
  const { msteams, ...own } = asObject(data);
  if (!isObject(msteams))
    return submitActivity(world, speaker, { replyToId, value: { ...own, ...pressed.values } });
  switch (msteams.type) {
    case "messageBack":
      return submitActivity(world, speaker, {
        replyToId,
        value: { ...asObject(msteams.value), ...own, ...pressed.values },
        text: asString(msteams.text) ?? "",
      });
    case "imBack":
      return writeMessage(world, speaker, asString(msteams.value) ?? "");
    default:
      throw new ControlError(409, `msteams.type "${String(msteams.type)}" is not imitated`);
  }
}

function applyAnswer(message: StoredMessage, person: number, answer: BotAnswer): void {
  const body = asObject(parseJson(answer.body));
  const isCard =
    answer.status === 200 &&
    body.statusCode === 200 &&
    body.type === "application/vnd.microsoft.card.adaptive";
  if (!isCard || !isObject(body.value)) return;
  message.views ??= new Map();
  message.views.set(person, body.value);
}
