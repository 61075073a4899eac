import { never } from "./assert.ts";

/**
 * How a field's text is written where it lands, so that a value is never taken for markup:
 *
 * - `none`: as it is (plain text, ids, `data`)
 * - `markdown`: a markdown message, in which Teams also reads HTML
 * - `card-markdown`: a TextBlock or a fact, which know bold, italic, links and lists
 * - `link`: a whole address, or its beginning; its own `?`, `&`, `/` stay
 * - `link-part`: a piece of an address; everything but letters, digits and `-_.~` is percent-encoded
 * - `mention`: between `<at>` and `</at>`, where the mention's entity repeats the text exactly
 */
export type Landing = "none" | "markdown" | "card-markdown" | "link" | "link-part" | "mention";

/** What the author wrote before a field, as far as it changes what its value could be taken for. */
export interface Before {
  /** Nothing but blanks, list signs and other fields stand before it on its line. */
  readonly lineStart: boolean;
  /** A closing bracket, or another field, stands right before it: a parenthesis would make that a link. */
  readonly bracket: boolean;
}

/** Writes a field's text for the place where it lands. */
export function escapeFor(landing: Landing, text: string, before: Before): string {
  switch (landing) {
    case "none":
      return text;
    case "markdown":
      return escapeMarkdown(text, before, true);
    case "card-markdown":
      return escapeMarkdown(text, before, false);
    case "link":
      return encodeLink(text);
    case "link-part":
      return encodePart(wellFormed(text));
    case "mention":
      return text.replace(/[<>]/g, "");
    default:
      return never(landing, "landing");
  }
}

/** Whether a whole address is one that a card or a text may link to. */
export function isLink(text: string): boolean {
  return /^(?:https?:\/\/[^\s/]|(?:mailto|tel|sip|msteams):[^\s]|data:image\/)/i.test(text);
}

/** Reads {@link Before} off the text before a field, in which {@link holeMark} stands for other fields. */
export function beforeOf(text: string): Before {
  const line = text.slice(Math.max(text.lastIndexOf("\n"), text.lastIndexOf("\r")) + 1);
  return {
    lineStart: /^(?:[\s>*+#\uE000-]|\d+[.)])*$/.test(line),
    bracket: /[\]\uE000]$/.test(text),
  };
}

/** Stands for a field where a text's literal parts are read as one; a private-use character. */
export const holeMark = "\uE000";

/** Which landing a piece of markdown has after the literal text before it: inside `[…](` it is an address. */
export function landingAfter(before: string, markdown: Landing): Landing {
  if (/\]\(\s*$/.test(before)) return "link";
  if (/\]\([^)\s]*$/.test(before)) return "link-part";
  return markdown;
}

// Most values are names, which need none of what follows.
const markdownSigns = /[\\`*_~[\](<>&#+\-=|!\n\r\t]|\d[.)]| {4}/;

function escapeMarkdown(text: string, before: Before, html: boolean): string {
  if (!markdownSigns.test(text)) return text;
  const inline = text
    .replace(/[\\`*~[\]]/g, "\\$&")
    // Inside a word an underscore is no markup anywhere, and UPNs are full of them.
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\_")
    // A link needs "](" side by side, and not every client's parser knows that the bracket is escaped.
    .replace(before.bracket ? /^\(|(?<=\])\(/g : /(?<=\])\(/g, "\\(")
    .replace(/!$/, "\\!")
    .replace(/&(?=#?\w+;)/g, html ? "&amp;" : "\\&")
    .replace(/</g, html ? "&lt;" : "\\<")
    .replace(/>/g, html ? "&gt;" : "\\>");
  const lines = inline.split(/\r\n|[\r\n]/);
  return lines
    .map((line, index) => (index > 0 || before.lineStart ? escapeLineStart(line) : line))
    .join("\n");
}

/** Headings, lists, quotes, rules, tables and code blocks begin a line. */
function escapeLineStart(line: string): string {
  return line
    .replace(/^[ \t]+/, (blanks) => (blanks.length > 3 || blanks.includes("\t") ? " " : blanks))
    .replace(/^( *)([#=|]|[+-](?=[\s-]|$))/, "$1\\$2")
    .replace(/^( *\d+)([.)])(?=\s|$)/, "$1\\$2");
}

/** Keeps the parts of an address; encodes what cannot stand in one, and what markdown would read. */
function encodeLink(text: string): string {
  return encodeURI(wellFormed(text.trim()))
    .replace(/%25(?=[0-9a-f]{2})/gi, "%")
    .replace(/[()*'_`]/g, (sign) => percent[sign] ?? sign);
}

function encodePart(text: string): string {
  return encodeURIComponent(text).replace(/[()*'!]/g, (sign) => percent[sign] ?? sign);
}

const percent: Readonly<Record<string, string>> = {
  "(": "%28",
  ")": "%29",
  "*": "%2A",
  "'": "%27",
  "!": "%21",
  _: "%5F",
  "`": "%60",
};

/** Half a surrogate pair has no encoding, and the language's encoder throws on it. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\uFFFD");
}
