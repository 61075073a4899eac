import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { ProblemError } from "../domain/errors.ts";
import { findJsonFault } from "../domain/json-position.ts";
import type { ApiEnv } from "./api-env.ts";

/** The largest body that is read. */
export const bodyBytesMax = 1024 * 1024;

/** Refuses bodies over {@link bodyBytesMax} with REQUEST_TOO_LARGE, before they are read to their end. */
export const limitedBody: MiddlewareHandler<ApiEnv> = bodyLimit({
  maxSize: bodyBytesMax,
  onError: () => {
    throw new ProblemError("REQUEST_TOO_LARGE", {
      detail: `The body is over ${bodyBytesMax / 1024} KiB, the most that is read. Send a smaller one; host images instead of inlining them.`,
    });
  },
});

/**
 * For a route that can do without a body: refuses one that is not declared to be JSON with REQUEST_CONTENT_TYPE_WRONG, because
 * what it says would be passed over.
 */
export const declaredBody: MiddlewareHandler<ApiEnv> = async (context, next) => {
  const { body } = context.req.raw;
  const isDeclared = isJsonType(context.req.header("content-type"));
  if (body !== null && !isDeclared && (await context.req.text()) !== "")
    throw new ProblemError("REQUEST_CONTENT_TYPE_WRONG");
  await next();
};

/** Refuses a JSON body that is none with REQUEST_JSON_MALFORMED, and says where it stops being JSON. */
export const wellFormedBody: MiddlewareHandler<ApiEnv> = async (context, next) => {
  if (isJsonType(context.req.header("content-type")) && context.req.raw.body !== null) {
    const text = await context.req.text();
    // Where a route needs a body, an empty one is refused by its contract.
    if (text !== "") checkJson(text);
  }
  await next();
};

function isJsonType(type: string | undefined): boolean {
  return /^application\/(?:[a-z.-]+\+)?json\b/i.test(type ?? "");
}

function checkJson(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    // Not chained: the parser's own words quote the body.
    const fault = findJsonFault(text) ?? { line: 1, column: 1, expected: "a value" };
    const { line, column, expected } = fault;
    throw new ProblemError("REQUEST_JSON_MALFORMED", {
      detail: `The body is not valid JSON: at line ${line}, column ${column}, ${expected} should follow.`,
      extra: { line, column },
    });
  }
}
