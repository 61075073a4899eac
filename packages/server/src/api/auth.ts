import type { MiddlewareHandler } from "hono";
import { ProblemError } from "../domain/errors.ts";
import type { KeyStore } from "../engine/ports/key-store.ts";
import type { ApiEnv } from "./api-env.ts";

/** The only paths that are read without a key. */
export const publicPaths: ReadonlySet<string> = new Set(["/openapi.json", "/healthz", "/readyz"]);

/**
 * Lets through what has one of the service's keys, and {@link publicPaths}. Everything else is refused with API_KEY_MISSING or
 * API_KEY_WRONG, also what no route answers, so that a new route is closed unless it is named above.
 */
export function requireKey(
  keys: KeyStore,
  sha256: (text: string) => string,
): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const { method, path } = context.req;
    if (!isPublic(method, path)) await checkKey(context.req.header("authorization"), keys, sha256);
    await next();
  };
}

function isPublic(method: string, path: string): boolean {
  return (method === "GET" || method === "HEAD") && publicPaths.has(path);
}

/** Throws `ProblemError` API_KEY_MISSING or API_KEY_WRONG unless the `Authorization` header names one of the service's keys. */
export async function checkKey(
  header: string | undefined,
  keys: KeyStore,
  sha256: (text: string) => string,
): Promise<void> {
  if (header === undefined || header.trim() === "") throw new ProblemError("API_KEY_MISSING");
  const key = /^Bearer +(?<key>\S+)$/i.exec(header.trim())?.groups?.key;
  if (key === undefined)
    throw new ProblemError("API_KEY_MISSING", {
      detail: "The Authorization header is not of the form `Bearer <key>`.",
    });
  // Looked up by hash, so nothing about a key can be learnt from how long a comparison takes.
  if ((await keys.findKey(sha256(key))) === null) throw new ProblemError("API_KEY_WRONG");
}
