import { createRequire } from "node:module";

/** The package's version. */
export function packageVersion(): string {
  // The same place from src/app and from dist/app.
  const { version } = createRequire(import.meta.url)("../../package.json");
  return String(version);
}
