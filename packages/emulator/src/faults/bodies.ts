import type { WireAnswer } from "../wire.ts";

/** 200 with a page instead of JSON, as proxies and hotel networks give. */
export const signInPage: WireAnswer = {
  status: 200,
  headers: { "content-type": "text/html; charset=utf-8" },
  body: "<html><body>Sign in to the network</body></html>",
};

/** The first half of an answer's body. */
export function truncated(whole: WireAnswer): WireAnswer {
  return { ...whole, body: whole.body.slice(0, whole.body.length >> 1) };
}
