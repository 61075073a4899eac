// npm run check: types and layers, lint and format, house rules, unit tests. Run it before each commit.
import { ensureInstalled, run } from "./lib/setup.mjs";

ensureInstalled();
const steps = [
  ["types and layers", "tsc", ["-b"]],
  ["lint and format", "biome", ["check", "."]],
  ["house rules", "node", ["scripts/tidy.mjs"]],
  ["unit tests", "node", ["scripts/test.mjs", "unit"]],
];
for (const [name, command, args] of steps) {
  console.error(`\n• ${name}`);
  const code = await run(command, args);
  if (code !== 0) {
    console.error(`\n${name}: failed`);
    process.exit(code);
  }
}
