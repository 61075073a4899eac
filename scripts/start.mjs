// npm start [-- OPTIONS]: the emulator, the service, and the example campaign, end to end. `npm start -- --help` lists the options.
import { ensureInstalled, run } from "./lib/setup.mjs";

ensureInstalled();
process.exit(
  await run("node", ["packages/server/bin/carillon.mjs", "demo", ...process.argv.slice(2)]),
);
