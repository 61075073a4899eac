// node scripts/run.mjs COMMAND [ARGS…]: runs one of the project's tools under the pinned Node.
import { ensureInstalled, run } from "./lib/setup.mjs";

const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  console.error("usage: node scripts/run.mjs COMMAND [ARGS…]");
  process.exit(2);
}
ensureInstalled();
process.exit(await run(command, args));
