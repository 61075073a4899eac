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
  :root { color-scheme: light dark; }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem; }
  code { font-size: 0.9em; }
  .state { font-weight: 600; }
</style>
</head>
<body>
<main>
<h1>Carillon</h1>
<p class="state">${headline(readiness)}</p>
${readiness.reasons.map((reason) => `<p>${escaped(reason)}</p>`).join("")}
<p>Proactive messages from Microsoft Teams bots.</p>
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

function headline({ ok, reasons }: Readiness): string {
  if (!ok) return "The service cannot take work now.";
  return reasons.length === 0
    ? "The service runs."
    : "The service runs, and something keeps it from sending.";
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
