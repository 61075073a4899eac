import { htmlAnswer } from "../answer.ts";
import type { Emulator } from "../emulator.ts";
import type { WireAnswer } from "../wire.ts";
import { type Html, html, Html as Raw } from "./html.ts";
import { style } from "./style.ts";

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
<p class="figures">${counted(accepted, "message")} accepted · ${counted(requests, "request")} · ${throttled} × 429 · <a href="/_emulator/violations">${counted(violations, "violation")}</a></p>
</header>
<main>
${content}
</main>
</body>
</html>`;
  const answer = htmlAnswer(status, whole.text);
  return { ...answer, headers: { ...answer.headers, ...guards } };
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}

/** Nothing is loaded, nothing runs, no other page frames it: cards come from programs that may be wrong. */
const guards = {
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};
