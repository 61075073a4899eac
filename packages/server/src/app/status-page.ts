import type { Readiness } from "./readiness.ts";

/** The page at `/`: whether the service works, and where to go on. Shows nothing that is not for everyone. */
export function statusPage(readiness: Readiness): Response {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Carillon</title>
<style>
  :root { color-scheme: light dark; --ink: #242424; --dim: #616161; --paper: #f5f5f5; --sheet: #fff; --bell: #4f52b2; --state: #0e700e; }
  :root:has(.waits) { --state: #835b00; } :root:has(.ill) { --state: #b10e1c; }
  @media (prefers-color-scheme: dark) {
    :root { --ink: #f0f0f0; --dim: #adadad; --paper: #1f1f1f; --sheet: #292929; --bell: #aab1fa; --state: #6fd06f; }
    :root:has(.waits) { --state: #eac35d; } :root:has(.ill) { --state: #f1707b; }
  }
  body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 "Segoe UI", system-ui, sans-serif; }
  main { max-width: 34rem; margin: 12vh auto 2rem; padding: 1.75rem 2rem; background: var(--sheet); border-radius: 12px; box-shadow: 0 2px 12px #0002; }
  h1 { display: flex; gap: .6rem; align-items: center; margin: 0 0 1rem; font-size: 1.5rem; }
  h1::before { content: ""; width: 1.5rem; height: 1.5rem; border-radius: .4rem; background: linear-gradient(135deg, #7b7ff0, #4f52b2); }
  .state { font-weight: 600; } .state::before { content: "● "; color: var(--state); }
  .dim { color: var(--dim); }
  a { color: var(--bell); } code { font-size: 0.9em; }
</style>
</head>
<body>
<main>
<h1>Carillon</h1>
<p class="state ${stateOf(readiness)}">${headline(readiness)}</p>
${readiness.reasons.map((reason) => `<p>${escaped(reason)}</p>`).join("")}
<p class="dim">Proactive messages from Microsoft Teams bots.</p>
<ul>
<li><a href="/openapi.json">The API's description</a></li>
<li><a href="/readyz">Readiness</a></li>
<li>On the command line: <code>npx carillon --help</code></li>
</ul>
</main>
</body>
</html>
`;
  return new Response(html, {
    status: 200,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy":
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      "x-content-type-options": "nosniff",
    },
  });
}

function stateOf({ ok, reasons }: Readiness): "well" | "waits" | "ill" {
  if (!ok) return "ill";
  return reasons.length === 0 ? "well" : "waits";
}

function headline({ ok, reasons }: Readiness): string {
  if (!ok) return "The service cannot take work now.";
  return reasons.length === 0
    ? "The service runs."
    : "The service runs, and something keeps it from sending.";
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
