import { z } from "@hono/zod-openapi";
import type { JsonObject, Message } from "../../domain/message.ts";
import { describedAs } from "./described-as.ts";
import { exact, form } from "./form.ts";

/** Any JSON object. Its depth is the message rules' to check. */
const jsonObject = z
  .custom<JsonObject>(
    (value) => typeof value === "object" && value !== null && !Array.isArray(value),
    { error: "It must be a JSON object." },
  )
  .openapi({ type: "object", additionalProperties: true });

const summary = z.string().optional().openapi({
  description: "What a notification shows. Made of the content where absent.",
  example: "Your shift on Monday has changed",
});
const data = jsonObject.optional().openapi({
  type: "object",
  additionalProperties: true,
  description:
    "Fills `${field}`s, beside `${person.name}`, `${person.givenName}` and the other fields of the person.",
  example: { shift: "early" },
});

/** What a message may be, for the description; requests are read by {@link messageInput}. */
export const messageSchema = z
  .union([
    z.strictObject({ text: z.string(), summary, data }).openapi({
      description: "Plain text, shown as it is.",
      example: { text: "Hello ${person.givenName|there}, the build is green again." },
    }),
    z.strictObject({ markdown: z.string(), summary, data }).openapi({
      description: "The Markdown that Teams knows: emphasis, links, lists, quotes, code.",
      example: { markdown: "The **build** is green again." },
    }),
    z.strictObject({ card: jsonObject, summary, data }).openapi({
      description: "An Adaptive Card, which may have `${field}`s, `$data` and `$when`.",
      example: {
        card: {
          type: "AdaptiveCard",
          version: "1.5",
          body: [{ type: "TextBlock", text: "Hello ${person.givenName|there}", wrap: true }],
        },
        summary: "Hello",
      },
    }),
  ])
  .openapi("Message", { description: "What is to be said. One of `text`, `markdown` and `card`." });

const given = form({
  text: z.string().optional(),
  markdown: z.string().optional(),
  card: jsonObject.optional(),
  summary: z.string().optional(),
  data: jsonObject.optional(),
}).transform((message): Message => {
  // The compiler of messages refuses what has none or several of the three kinds; until then nothing reads it.
  return exact(message) as Message;
});

/** The message of a request: its members and their types. Everything else is told by the message rules, with the platform's reasons. */
export const messageInput = z.unknown().pipe(given).openapi(describedAs("Message"));
