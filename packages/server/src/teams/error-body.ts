import type { JsonObject } from "../domain/message.ts";
import { idOf, isObject, parseJson, textOf } from "./json.ts";

/** What an error answer's body says, whichever of its shapes it has. */
export interface ErrorBody {
  readonly code: string | null;
  readonly subCode: string | null;
  /** The platform's words, uncut. */
  readonly text: string | null;
  /** Whether the body is a web page, which the connector never answers: something between us and it spoke. */
  readonly isPage: boolean;
}

const page = /^\s*<(?:!doctype|html|head|body|\?xml)/i;
const pageCharsRead = 2000;

/**
 * Reads every shape of error body: `{"error":{"code","message"}}` with or without `innerHttpError` (the connector's) or
 * `innerError`, also spelt `innererror` (Graph's), a numeric `errorCode` with JSON in its `message`,
 * `{"error":"…","error_description":"…"}`, `{"code","message"}`, plain text, a web page, nothing. Never throws.
 */
export function readErrorBody(body: string): ErrorBody {
  if (body === "") return { code: null, subCode: null, text: null, isPage: false };
  const value = parseJson(body);
  if (isObject(value)) return readObject(value);
  if (page.test(body)) return { code: null, subCode: null, text: pageText(body), isPage: true };
  return { code: null, subCode: null, text: textOf(value) ?? body, isPage: false };
}

function readObject(value: JsonObject): ErrorBody {
  const error = isObject(value.error) ? value.error : null;
  const inner = innerError(error);
  const deeper = error?.innerError ?? error?.innererror;
  const message =
    textOf(error?.message) ??
    textOf(value.message) ??
    textOf(value.error_description) ??
    textOf(inner?.message);
  const nested = message?.trimStart().startsWith("{") ? parseJson(message) : undefined;
  const detail = isObject(nested) ? nested : null;
  return {
    code:
      idOf(error?.code) ??
      idOf(value.errorCode) ??
      idOf(value.code) ??
      textOf(value.error) ??
      idOf(inner?.code),
    subCode:
      textOf(detail?.subCode) ??
      textOf(value.subCode) ??
      textOf(error?.subCode) ??
      textOf(inner?.code) ??
      (isObject(deeper) ? idOf(deeper.code) : null),
    text: textOf(detail?.details) ?? message,
    isPage: false,
  };
}

/** `error.innerHttpError.body`, an object or JSON text, with or without an `error` of its own. */
function innerError(error: JsonObject | null): JsonObject | null {
  const holder = error?.innerHttpError;
  if (!isObject(holder)) return null;
  const body = typeof holder.body === "string" ? parseJson(holder.body) : holder.body;
  if (!isObject(body)) return null;
  return isObject(body.error) ? body.error : body;
}

function pageText(body: string): string {
  const start = body.slice(0, pageCharsRead);
  const title = /<title>([^<]*)/i.exec(start)?.[1];
  return `a web page: ${title ?? start.replace(/<[^<>]*>?/g, " ")}`;
}
