// The command line as it is published: what was built, not the sources.
import { useOneArena } from "../packages/server/bin/one-arena.mjs";

useOneArena();
const { run } = await import("../packages/server/dist/cli/main.js");
await run();
