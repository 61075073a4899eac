// npm run bench [-- OPTIONS]: measures on this machine and prints tables; `npm run bench -- --help` lists the options.
import { ensureInstalled, run } from "./lib/setup.mjs";

ensureInstalled();
process.exit(
  await run("node", ["--conditions=source", "bench/campaign.mjs", ...process.argv.slice(2)]),
);
