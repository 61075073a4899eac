import type { WireAnswer, WireRequest } from "./wire.ts";

const jsonHeaders = { "content-type": "application/json; charset=utf-8" };

/** An answer with a JSON body. */
export function jsonAnswer(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): WireAnswer {
  return { status, headers: { ...jsonHeaders, ...headers }, body: JSON.stringify(value) };
}

/** An answer with a page. */
export function htmlAnswer(status: number, body: string): WireAnswer {
  return { status, headers: { "content-type": "text/html; charset=utf-8" }, body };
}

/** An answer without a body. */
export function emptyAnswer(
  status: number,
  headers: Readonly<Record<string, string>> = {},
): WireAnswer {
  return { status, headers, body: "" };
}

/** What is not imitated: said, never made up. */
export function notEmulated(what: string): WireAnswer {
  return jsonAnswer(501, {
    error: { code: "NotImplemented", message: `The emulator does not imitate ${what}.` },
  });
}

/** A header's value; the first one where it came more than once. */
export function header(request: WireRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" ? value : value?.[0];
}
