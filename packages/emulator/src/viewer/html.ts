/** A piece of HTML that is safe to put into a page. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | null | readonly Html[];

/** HTML from a template: everything put in is escaped, unless it is `Html` already. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const text = strings.map((string, at) => string + toText(parts[at] ?? null)).join("");
  return new Html(text);
}

/** Pieces one after the other. */
export function join(pieces: readonly Html[]): Html {
  return new Html(pieces.map(({ text }) => text).join(""));
}

/** A text as HTML shows it, for elements and quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** The URL where a link may lead there, else null: scripts and the like do not. */
export function safeUrl(url: string): string | null {
  return URL.canParse(url) && /^(?:https?|mailto|tel|msteams):$/.test(new URL(url).protocol)
    ? url
    : null;
}

function toText(part: Part): string {
  if (part === null) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return join(part).text;
  return escapeHtml(String(part));
}
