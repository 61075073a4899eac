import type { Json, JsonObject } from "./message.ts";
import { holeMark } from "./template-escape.ts";
import type { Step } from "./template-program.ts";
import { type Hole, parseText } from "./template-text.ts";

/** How long a derived summary may be, in UTF-16 code units. */
export const summaryLengthMax = 200;

/** What stands in the preview when a message gives nothing to derive one from. */
export const summaryOfLastResort = "New message";

/**
 * The step that writes the preview line derived from a message: its text, or the card's first TextBlock, else its
 * `fallbackText` or `speak`, without markdown, on one line, at most {@link summaryLengthMax} long.
 */
export function derivedSummary(
  from: { readonly text: string } | { readonly markdown: string } | { readonly card: JsonObject },
): Extract<Step, { step: "string" }> {
  const source =
    "text" in from ? from.text : "markdown" in from ? from.markdown : textOf(from.card);
  const parsed = parseText(source);
  const parts = parsed.ok ? parsed.parts : [];
  return {
    step: "string",
    parts: "text" in from ? parts : plain(parts),
    finish: (text) => shorten(text) || summaryOfLastResort,
  };
}

/** The step that writes the preview line that the author gave, fields filled; never an empty one. */
export function givenSummary(summary: string): Extract<Step, { step: "string" }> {
  const parsed = parseText(summary);
  return {
    step: "string",
    parts: parsed.ok ? parsed.parts : [],
    finish: (text) => (text.trim() === "" ? summaryOfLastResort : text),
  };
}

/** The markdown of a text as plain text, on as many lines. */
export function stripMarkdown(text: string): string {
  return text
    .replace(/\\([!-/:-@[-`{-~])/g, (_, sign: string) => shifted(sign, hidden))
    .replace(/\{\{(?:DATE|TIME)\(([^,)]*)[^)]*\)\}\}/g, "$1")
    .replace(/<\/?[a-z][^>]*>/gi, "")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/^\s{0,3}(?:#{1,6}\s+|>\s?|[-*+]\s+|\d+[.)]\s+)/gm, "")
    .replace(/(\*\*|__|~~|\*|`+)(?=\S)(.*?\S)\1/g, "$2")
    .replace(/(?<![\p{L}\p{N}])_(?=\S)(.*?\S)_(?![\p{L}\p{N}])/gu, "$1")
    .replace(/[\uE100-\uE17F]/g, (sign) => shifted(sign, -hidden));
}

/** Escaped signs are moved to private-use characters while markup is looked for, and back again. */
const hidden = 0xe100;

function shifted(sign: string, by: number): string {
  return String.fromCharCode(sign.charCodeAt(0) + by);
}

function plain(parts: readonly (string | Hole)[]): readonly (string | Hole)[] {
  const holes = parts.filter((part) => typeof part !== "string");
  const text = parts
    .map((part, index) => (typeof part === "string" ? part : mark(parts, index)))
    .join("");
  const marks = new RegExp(`(${holeMark}\\d+${holeMark})`);
  return stripMarkdown(text)
    .split(marks)
    .flatMap((piece): readonly (string | Hole)[] => {
      const number = piece.startsWith(holeMark) ? Number(piece.slice(1, -1)) : Number.NaN;
      const hole = holes[number];
      return hole === undefined ? (piece === "" ? [] : [piece]) : [hole];
    });
}

/** Stands for the hole with this number while markdown is stripped: the link text around a field stays, its address goes. */
function mark(parts: readonly (string | Hole)[], index: number): string {
  const number = parts.slice(0, index).filter((part) => typeof part !== "string").length;
  return `${holeMark}${number}${holeMark}`;
}

function textOf(card: JsonObject): string {
  const block = firstTextBlock(card.body ?? null);
  if (block !== null) return block;
  for (const key of ["fallbackText", "speak"]) {
    const text = card[key];
    if (isFilled(text)) return text;
  }
  return "";
}

/** In reading order; not inside `$data` or `$when`, where fields mean something else or the text may be left out. */
function firstTextBlock(value: Json): string | null {
  if (typeof value !== "object" || value === null) return null;
  if (isArray(value)) return firstOf(value);
  if (value.$data !== undefined || value.$when !== undefined || value.isVisible === false)
    return null;
  if (value.type === "TextBlock") return isTelling(value.text) ? value.text : null;
  const inside = ["items", "columns", "rows", "cells", "pages"].map((key) => value[key] ?? null);
  return firstOf(inside);
}

function firstOf(values: readonly Json[]): string | null {
  for (const value of values) {
    const found = firstTextBlock(value);
    if (found !== null) return found;
  }
  return null;
}

/** A text with a word or a field in it; a lone symbol is no summary. */
function isTelling(value: Json | undefined): value is string {
  return typeof value === "string" && /[\p{L}\p{N}]/u.test(value);
}

function isFilled(value: Json | undefined): value is string {
  return typeof value === "string" && value.trim() !== "";
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line.length <= summaryLengthMax) return line;
  const cut = line.slice(0, summaryLengthMax - 1);
  // Half a surrogate pair at the end is no character.
  return `${cut.replace(/\p{Surrogate}$/u, "").trimEnd()}…`;
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
