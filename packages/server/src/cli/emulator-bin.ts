import path from "node:path";
import { fileURLToPath } from "node:url";

/** The emulator package's own command. */
export function emulatorBin(): string {
  const manifest = fileURLToPath(import.meta.resolve("@carillon/emulator/package.json"));
  return path.join(path.dirname(manifest), "bin/carillon-emulator.mjs");
}
