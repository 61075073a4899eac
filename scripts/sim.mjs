// npm run sim -- [--seed N] [--seeds K] [--hours H] [--shrink] …: plays simulated worlds and says which promises broke.
import { fileURLToPath } from "node:url";
import { ensureInstalled, run } from "./lib/setup.mjs";

ensureInstalled();
const main = fileURLToPath(
  new URL("../packages/harness/src/simulation/cli/main.ts", import.meta.url),
);
process.exit(await run("node", ["--conditions=source", main, ...process.argv.slice(2)]));
