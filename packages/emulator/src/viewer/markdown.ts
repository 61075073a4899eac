import { type Html, html, join, safeUrl } from "./html.ts";

/**
 * The Markdown that Teams shows in cards: bold, italic, links, bulleted and numbered lists. Everything else is text.
 * Source: msteams-docs cards-format.md.
 */
export function markdown(text: string): Html {
  const blocks = blocksOf(text.replaceAll("\r\n", "\n").split("\n"));
  return join(blocks.map(drawBlock));
}

type BlockKind = "ul" | "ol" | "p";

interface Block {
  readonly kind: BlockKind;
  readonly lines: string[];
}

const markers = { ul: /^\s{0,3}[-*]\s+/, ol: /^\s{0,3}\d{1,9}\.\s+/ };

/** Lines of one kind that follow one another; an empty line ends a paragraph. */
function blocksOf(lines: readonly string[]): readonly Block[] {
  const blocks: Block[] = [];
  let open: Block | null = null;
  for (const line of lines) {
    const kind = kindOf(line);
    if (line.trim() === "") {
      open = null;
      continue;
    }
    if (open === null || open.kind !== kind) {
      open = { kind, lines: [] };
      blocks.push(open);
    }
    open.lines.push(kind === "p" ? line : line.replace(markers[kind], ""));
  }
  return blocks;
}

function kindOf(line: string): BlockKind {
  if (markers.ul.test(line)) return "ul";
  return markers.ol.test(line) ? "ol" : "p";
}

function drawBlock({ kind, lines }: Block): Html {
  if (kind === "p") return html`<p>${inline(lines.join("\n"))}</p>`;
  const items = lines.map((line) => html`<li>${inline(line)}</li>`);
  return kind === "ul" ? html`<ul>${items}</ul>` : html`<ol>${items}</ol>`;
}

// An escaped sign; **bold** or __bold__; *italic* or _italic_; [a link](to somewhere).
const sign =
  /\\([\\*_[\]()])|\*\*(?=\S)((?:[^*]|\*(?!\*))+)\*\*|(?<!\w)__(?=\S)((?:[^_]|_(?!_))+)__(?!\w)|\*(?=[^\s*])([^*\n]+)\*|(?<!\w)_(?=[^\s_])([^_\n]+)_(?!\w)|\[([^\]\n]{1,500})\]\(([^\s)]{1,2000})\)/g;

function inline(text: string): Html {
  const pieces: Html[] = [];
  let at = 0;
  for (const match of text.matchAll(sign)) {
    pieces.push(html`${text.slice(at, match.index)}`, drawSign(match));
    at = match.index + match[0].length;
  }
  return join([...pieces, html`${text.slice(at)}`]);
}

function drawSign([whole, escaped, stars, lines, star, line, words, to]: RegExpExecArray): Html {
  if (escaped !== undefined) return html`${escaped}`;
  const bold = stars ?? lines;
  if (bold !== undefined) return html`<strong>${inline(bold)}</strong>`;
  const italic = star ?? line;
  if (italic !== undefined) return html`<em>${inline(italic)}</em>`;
  const url = safeUrl(to ?? "");
  if (url === null) return html`${whole}`;
  return html`<a href="${url}" target="_blank" rel="noopener noreferrer">${words ?? url}</a>`;
}
