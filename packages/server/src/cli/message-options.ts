import { type Given, type OptionSpec, UsageError } from "./command.ts";
import { readJsonObject } from "./files.ts";
import type { Io } from "./io.ts";

/** A message as the API takes it; the API checks what is in it. */
export type WireMessage = Readonly<Record<string, unknown>>;

/** The options that make a message. */
export const messageOptions: Readonly<Record<string, OptionSpec>> = {
  text: { about: "The message: plain text.", value: "TEXT" },
  markdown: { about: "The message: Markdown.", value: "TEXT" },
  card: { about: "The message: an Adaptive Card as JSON. - reads standard input.", value: "FILE" },
  data: {
    about: "Values for the ${field}s of the message, as one JSON object.",
    value: "FILE",
  },
  summary: {
    about: "What notifications and screen readers say of a card.",
    value: "TEXT",
  },
};

/** Makes the message that the options describe; null when there is none. Throws `UsageError` for several, and for `--data` alone. */
export async function messageOf(given: Given, io: Io): Promise<WireMessage | null> {
  const kinds = (["text", "markdown", "card"] as const).filter((kind) => given.has(kind));
  const [kind] = kinds;
  if (kinds.length > 1)
    throw new UsageError(
      `A message is one of ${kinds.map((one) => `--${one}`).join(" and ")}, not both.`,
    );
  const data = given.text("data");
  const summary = given.text("summary");
  if (kind === undefined) {
    if (data !== undefined || summary !== undefined)
      throw new UsageError(
        "--data and --summary belong to a message: give --text, --markdown or --card with them.",
      );
    return null;
  }
  const content = given.text(kind) ?? "";
  return {
    [kind]: kind === "card" ? await readJsonObject(content, io) : content,
    ...(summary === undefined ? {} : { summary }),
    ...(data === undefined ? {} : { data: await readJsonObject(data, io) }),
  };
}
