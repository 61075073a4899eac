// npm run soak -- [--minutes M]: keeps a real service busy and says whether memory, handles and event loop stay flat.
import { fileURLToPath } from "node:url";
import { ensureInstalled, run } from "./lib/setup.mjs";

ensureInstalled();
const main = fileURLToPath(new URL("../packages/harness/src/soak/main.ts", import.meta.url));
process.exit(await run("node", ["--conditions=source", main, ...process.argv.slice(2)]));
