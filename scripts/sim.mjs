// npm run sim -- --seed N [--count K] [--watch]: plays simulated afternoons and says which promises broke.

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ensureInstalled, run } from "./lib/setup.mjs";

const usage = `usage: npm run sim -- [--seed N] [--count K] [--watch]
  --seed N    the first world to play (default 1)
  --count K   how many worlds, one after the other (default 1)
  --watch     print every line of the trace
example: npm run sim -- --seed 100 --count 1000`;

const options = {
  seed: { type: "string", default: "1" },
  count: { type: "string", default: "1" },
  watch: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
};

async function main() {
  const { values } = parseArgs({ options });
  const [seed, count] = [Number(values.seed), Number(values.count)];
  if (values.help || !Number.isSafeInteger(seed) || !Number.isSafeInteger(count) || count < 1) {
    console.error(usage);
    return values.help ? 0 : 2;
  }
  ensureInstalled();
  const args = [String(seed), String(count), String(values.watch)];
  return run("node", [
    "--conditions=source",
    fileURLToPath(new URL("../packages/harness/src/simulation/main.ts", import.meta.url)),
    ...args,
  ]);
}

process.exit(await main());
