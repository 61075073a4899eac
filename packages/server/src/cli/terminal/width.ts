// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this removes
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
const plain = /^[\u0020-\u007e]*$/;
const halfWidth = /^[\uff61-\uffdc\uffe8-\uffee]/;
const wide =
  /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Bopomofo}\p{sc=Yi}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;
const emoji = /\p{Emoji_Presentation}|\ufe0f/u;
const invisible = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** How many terminal columns a text takes: East Asian wide characters and emoji take two, combining marks none. */
export function displayWidth(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** The text without what could move the cursor, change colours or turn the direction of writing. */
export function printable(text: string): string {
  return text.replace(controls, " ");
}

/** The text cut to at most `columns`, with `…` where something was cut. */
export function cut(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let width = 0;
  let kept = "";
  for (const { segment } of graphemes.segment(text)) {
    const next = width + graphemeWidth(segment);
    if (next > columns - 1) break;
    width = next;
    kept += segment;
  }
  return columns > 0 ? `${kept}…` : "";
}

/** The text with spaces up to `columns`: behind it, or before it where it is aligned right. */
export function pad(text: string, columns: number, align: "left" | "right" = "left"): string {
  const spaces = " ".repeat(Math.max(0, columns - displayWidth(text)));
  return align === "left" ? text + spaces : spaces + text;
}

/** The text in lines of at most `width` columns, broken at spaces; a longer word stays whole. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && displayWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

function graphemeWidth(grapheme: string): number {
  if (invisible.test(grapheme)) return 0;
  // The half-width voice marks join the letter before them, and still take a column of their own.
  if (halfWidth.test(grapheme)) return [...grapheme].length;
  return wide.test(grapheme) || emoji.test(grapheme) ? 2 : 1;
}
