// The command line as it is published: what was built, not the sources.
import { run } from "../packages/server/dist/cli/main.js";

await run();
