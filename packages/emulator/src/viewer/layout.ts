import { htmlAnswer } from "../answer.ts";
import type { Emulator } from "../emulator.ts";
import type { WireAnswer } from "../wire.ts";
import { type Html, html, Html as Raw } from "./html.ts";

/** A page of the viewer, with nothing in it from elsewhere. */
export function page(
  emulator: Emulator,
  title: string,
  content: Html,
  status: 200 | 404 | 409 = 200,
): WireAnswer {
  const { accepted, requests, throttled, violations } = emulator.counts();
  const whole = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Teams emulator</title>
<style>${new Raw(style)}</style>
</head>
<body>
<header>
<nav aria-label="Pages"><strong>Teams emulator</strong> <a href="/">People</a> <a href="/channels">Channels and chats</a></nav>
<p class="figures">${accepted} messages accepted · ${requests} requests · ${throttled} × 429 · <a href="/_emulator/violations">${violations} violations</a></p>
</header>
<main>
${content}
</main>
</body>
</html>`;
  const answer = htmlAnswer(status, whole.text);
  return { ...answer, headers: { ...answer.headers, ...guards } };
}

/** Nothing is loaded, nothing runs, no other page frames it: cards come from programs that may be wrong. */
const guards = {
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

const style = `
:root { color-scheme: light dark; --ink: #1b1a19; --dim: #5c5a58; --paper: #faf9f8; --sheet: #fff; --line: #d8d5d1; --bell: #4f52b2; --mine: #e8ebfa; }
@media (prefers-color-scheme: dark) { :root { --ink: #f3f2f1; --dim: #b3b0ad; --paper: #1b1a19; --sheet: #252423; --line: #484644; --bell: #a6a7f0; --mine: #2d2f4f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .5rem 2rem; justify-content: space-between; align-items: baseline; padding: .75rem 1.5rem; border-bottom: 1px solid var(--line); background: var(--sheet); }
nav a { margin-left: 1rem; }
header p { margin: 0; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.4rem; margin: 0 0 1rem; }
a { color: var(--bell); }
.figures, .dim, time { color: var(--dim); font-size: .87rem; }
table { width: 100%; border-collapse: collapse; background: var(--sheet); border: 1px solid var(--line); border-radius: 6px; }
th, td { text-align: left; padding: .45rem .75rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-size: .8rem; color: var(--dim); font-weight: 600; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
article { background: var(--sheet); border: 1px solid var(--line); border-radius: 8px; padding: .75rem 1rem; margin: 0 0 .9rem; max-width: 46rem; }
article.person { background: var(--mine); margin-left: auto; }
article.reply { margin-left: 2rem; }
article > header { display: block; padding: 0; border: 0; background: none; font-weight: 600; }
article p { margin: .35rem 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.card { border-left: 3px solid var(--bell); padding-left: .9rem; margin: .6rem 0; }
.columns { display: flex; gap: 1rem; } .columns > div { flex: 1; min-width: 0; }
.bolder { font-weight: 600; } .subtle { color: var(--dim); } .large { font-size: 1.2rem; } .small { font-size: .85rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .4rem 0; } dt { font-weight: 600; } dd { margin: 0; }
.image { display: inline-block; border: 1px dashed var(--line); padding: .2rem .5rem; color: var(--dim); }
label { display: block; margin: .4rem 0; font-size: .9rem; }
input, select, textarea, button { font: inherit; color: inherit; background: var(--sheet); border: 1px solid var(--line); border-radius: 5px; padding: .35rem .6rem; }
input[type=text], textarea { width: 100%; max-width: 32rem; }
button { cursor: pointer; border-color: var(--bell); color: var(--bell); } button.main { background: var(--bell); color: var(--sheet); }
:focus-visible { outline: 2px solid var(--bell); outline-offset: 2px; }
.row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin: .6rem 0; }
form.row { align-items: end; } form.row label { margin: 0; }
.note { border: 1px solid var(--bell); border-radius: 6px; padding: .5rem .8rem; background: var(--sheet); }
`;
