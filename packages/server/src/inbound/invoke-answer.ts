import type { Activity } from "../domain/activity.ts";
import type { Json, JsonObject } from "../domain/message.ts";
import { objectOf } from "./bot-dispatch.ts";
import type { CardAnswer, InvokeAnswer } from "./bot-events.ts";
import type { CodeEnd } from "./code-runner.ts";

/** The answer of an invoke that needs none of the bot's code, or null where the code must be asked. */
export function answerWithoutCode(activity: Activity, hasCode: boolean): InvokeAnswer | null {
  if (activity.name === "message/submitAction") return { status: 200, body: {} };
  if (activity.name !== "adaptiveCard/action" || !hasCode) return notHandled;
  if (objectOf(objectOf(activity.value)?.action) !== null) return null;
  return errorAnswer(400, { code: "BadRequest", message: "The action is missing." });
}

/** The answer to `adaptiveCard/action`: HTTP 200 with a body that has its own status code. */
export function answerOf(end: CodeEnd): InvokeAnswer {
  switch (end.end) {
    case "failed":
    case "stopped":
      return errorAnswer(500, { code: "InternalError", message: "The bot could not do this." });
    case "late":
      return errorAnswer(500, { code: "Timeout", message: "The bot did not answer in time." });
    case "answered":
      return answered(end.answer);
  }
}

/** What a redelivered invoke gets when it was carried out, and its own answer is no longer kept. */
export const answerForgotten: InvokeAnswer = textAnswer("OK");

function answered(answer: CardAnswer | undefined): InvokeAnswer {
  if (answer === undefined) return textAnswer("OK");
  if ("error" in answer) return errorAnswer(400, answer.error);
  if ("text" in answer) return textAnswer(answer.text);
  return inner(200, "application/vnd.microsoft.card.adaptive", answer.card);
}

const notHandled: InvokeAnswer = { status: 501, body: {} };

function textAnswer(text: string): InvokeAnswer {
  return inner(200, "application/vnd.microsoft.activity.message", text);
}

function errorAnswer(statusCode: number, error: JsonObject): InvokeAnswer {
  return inner(statusCode, "application/vnd.microsoft.error", error);
}

function inner(statusCode: number, type: string, value: Json): InvokeAnswer {
  return { status: 200, body: { statusCode, type, value } };
}
