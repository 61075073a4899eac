import { activityBytesMax, citationsMax } from "../facts.ts";
import { asList, asObject, asString, isObject, type JsonObject } from "../json.ts";
import { recordViolation, type World } from "../state/world.ts";
import type { WireAnswer } from "../wire.ts";
import type { Call } from "./call.ts";
import { refuse } from "./errors.ts";

const knownFields = new Set(
  (
    "type id timestamp localTimestamp localTimezone expiration channelId serviceUrl from recipient conversation " +
    "replyToId channelData text textFormat attachmentLayout attachments summary suggestedActions entities importance " +
    "deliveryMode inputHint speak locale label value valueType name topicName historyDisclosed membersAdded " +
    "membersRemoved reactionsAdded reactionsRemoved action relatesTo code listenFor textHighlights semanticAction " +
    "callerId rawTimestamp rawExpiration rawLocalTimestamp"
  ).split(" "),
);

/** What is wrong with an activity that a bot sends, as the answer that says so, or null. `text` is its JSON. */
export function checkActivity(
  world: World,
  call: Call,
  activity: JsonObject,
  text: string,
): WireAnswer | null {
  const type = asString(activity.type);
  if (type === undefined) return badArgument("The activity has no type.");
  const problem = attachmentProblem(activity) ?? entityProblem(activity);
  if (problem !== null) return badArgument(problem);
  return tooLarge(world, call, text) ?? unknownPart(world, activity, type);
}

/** Whether Teams makes two messages of it: text and an attachment in one activity. */
export function isSplit(activity: JsonObject): boolean {
  return asList(activity.attachments).length > 0 && (asString(activity.text) ?? "").trim() !== "";
}

function attachmentProblem(activity: JsonObject): string | null {
  const { attachments } = activity;
  if (attachments === undefined || attachments === null) return null;
  if (!Array.isArray(attachments)) return "The attachments are no list.";
  const isGood = asList(attachments).every((attachment) => {
    const { contentType, content } = asObject(attachment);
    if (typeof contentType !== "string") return false;
    return contentType !== "application/vnd.microsoft.card.adaptive" || isObject(content);
  });
  return isGood ? null : "An attachment has no content type, or a card has no content.";
}

function entityProblem(activity: JsonObject): string | null {
  const roots = asList(activity.entities)
    .map(asObject)
    .filter((entity) => entity.type === "https://schema.org/Message");
  if (roots.length > 1) return "There is more than one root message entity.";
  return asList(roots[0]?.citation).length > citationsMax
    ? `There are more than ${citationsMax} citations.`
    : null;
}

function tooLarge(world: World, call: Call, text: string): WireAnswer | null {
  if (text.length * 2 <= activityBytesMax) return null;
  const bytes = text.replace(/data:image\/[a-z+.-]+;base64,[A-Za-z0-9+/=]*/g, "").length * 2;
  if (bytes <= activityBytesMax) return null;
  recordViolation(world, {
    kind: "too-large",
    operation: call.operation,
    conversationId: call.conversationId,
    detail: `${bytes} bytes in UTF-16, over ${activityBytesMax}`,
  });
  return refuse("too-large");
}

function unknownPart(world: World, activity: JsonObject, type: string): WireAnswer | null {
  const isKnownType = type === "message" || type === "typing";
  const field = Object.keys(activity).find((key) => !knownFields.has(key));
  if (isKnownType && field === undefined) return null;
  const what = isKnownType ? `the activity field "${field}"` : `activities of type "${type}"`;
  world.note(`not imitated: ${what}`);
  return world.config.strict
    ? refuse("not-emulated", { message: `The emulator does not imitate ${what}.` })
    : null;
}

function badArgument(message: string): WireAnswer {
  return refuse("bad-argument", { message });
}
