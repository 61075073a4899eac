import type { WireAnswer } from "../wire.ts";

/** 200 with a page instead of JSON, as proxies and hotel networks give. */
export const signInPage: WireAnswer = {
  status: 200,
  headers: { "content-type": "text/html; charset=utf-8" },
  body: "<html><body>Sign in to the network</body></html>",
};

/** What a good answer's body is made into; refusals stay as they are, but for the half of any. */
export type Shape = "half" | "nothing" | "empty-object" | "huge";

/** An answer with another body. */
export function reshaped(whole: WireAnswer, into: Shape): WireAnswer {
  if (into === "half") return { ...whole, body: whole.body.slice(0, whole.body.length >> 1) };
  if (whole.status >= 300) return whole;
  switch (into) {
    case "nothing":
      return { ...whole, status: 200, body: "" };
    case "empty-object":
      return { ...whole, body: "{}" };
    case "huge":
      return { ...whole, body: whole.body.replace("{", `{"padding":"${"x".repeat(hugeBytes)}",`) };
  }
}

const hugeBytes = 3 * 1024 * 1024;
