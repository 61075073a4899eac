import { wellFormed } from "./redact.ts";

/**
 * An id as one path segment: percent-encoded whole, so that `:`, `@`, `;` and `/` in it mean nothing to the URL. Never throws.
 */
export function segment(id: string): string {
  // Dots alone would climb in the path.
  if (id === "." || id === "..") return id.replaceAll(".", "%2E");
  return encodeURIComponent(wellFormed(id));
}

/** The path of a conversation, or of what is below it. */
export function conversationPath(conversationId: string, ...below: readonly string[]): string {
  const path = `v3/conversations/${segment(conversationId)}`;
  return below.length === 0 ? path : `${path}/${below.join("/")}`;
}
