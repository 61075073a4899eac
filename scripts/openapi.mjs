// docs/reference/openapi.json from the API's contract. `node scripts/openapi.mjs` writes it; a test fails when it is stale.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Where the document is, from the root. */
export const openApiFile = "docs/reference/openapi.json";

/** The document as it is written: the same for the same contract, whatever machine writes it. */
export async function openApiText() {
  const { openApiDocument } = await import("../packages/server/src/api/openapi-document.ts");
  const manifest = path.join(import.meta.dirname, "../packages/server/package.json");
  const { version } = JSON.parse(readFileSync(manifest, "utf8"));
  return `${JSON.stringify(openApiDocument(version), null, 2)}\n`;
}

if (process.argv[1] === import.meta.filename) {
  const file = path.join(import.meta.dirname, "..", openApiFile);
  const text = await openApiText();
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.log(`${openApiFile}: ${Object.keys(JSON.parse(text).paths).length} paths`);
}
