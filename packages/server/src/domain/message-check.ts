import { checkCard } from "./card-check.ts";
import type { Message } from "./message.ts";
import type { MessageFinding, MessageFindings } from "./message-finding.ts";

/** Checks a message before it is parsed: exactly one kind of content, and what Teams takes of that kind. Never throws. */
export function findingsOf(message: Message): MessageFindings {
  // What comes in from outside may be of any form, whatever its type says.
  const given: Given = { ...message };
  const problems = [...kindProblems(given), ...formProblems(given)];
  if (problems.length > 0) return { problems, warnings: [] };
  if ("card" in message) return checkCard(message.card);
  return { problems, warnings: "markdown" in message ? markdownWarnings(message.markdown) : [] };
}

type Given = { readonly [key: string]: unknown };

function kindProblems(given: Given): readonly MessageFinding[] {
  const kinds = ["text", "markdown", "card"].filter((kind) => given[kind] !== undefined);
  if (kinds.length === 1) return [];
  if (kinds.length === 0)
    return [{ path: "message", text: 'A message has "text", "markdown" or "card".' }];
  const named = kinds.map((kind) => `"${kind}"`).join(" and ");
  return [
    {
      path: "message",
      text: `A message has one of "text", "markdown" and "card", and this one has ${named}. Teams may split text and card into two messages, and then neither can be updated.`,
    },
  ];
}

function formProblems(given: Given): readonly MessageFinding[] {
  const rules = [
    { path: "text", fits: isFilled, text: "It must be a text that is not empty." },
    { path: "markdown", fits: isFilled, text: "It must be a text that is not empty." },
    { path: "card", fits: isObject, text: "It must be an Adaptive Card, as a JSON object." },
    { path: "summary", fits: isText, text: "It must be a text." },
    { path: "data", fits: isObject, text: "It must be a JSON object." },
    ...["card", "data"].map((path) => ({
      path,
      fits: (value: unknown) => isShallow(value, depthMax),
      text: `It is nested deeper than ${depthMax} levels.`,
    })),
  ];
  return rules
    .filter(({ path, fits }) => given[path] !== undefined && !fits(given[path]))
    .map(({ path, text }) => ({ path, text }));
}

function markdownWarnings(markdown: string): readonly MessageFinding[] {
  const unsupported = [
    { pattern: /^\s{0,3}#{1,6}\s/m, what: "headings" },
    { pattern: /!\[[^\]]*\]\(/, what: "images" },
    { pattern: /^\s{0,3}\|?\s*:?-{3,}:?\s*\|/m, what: "tables" },
    { pattern: /^\s{0,3}(?:-{3,}|\*{3,}|_{3,})\s*$/m, what: "rules" },
  ];
  return unsupported
    .filter(({ pattern }) => pattern.test(markdown))
    .map(({ what }) => ({
      path: "markdown",
      text: `Teams shows no ${what} in a text message; use a card.`,
    }));
}

/** Everything after this check walks a message without counting. */
const depthMax = 64;

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1));
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isFilled(value: unknown): boolean {
  return typeof value === "string" && value.trim() !== "";
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
