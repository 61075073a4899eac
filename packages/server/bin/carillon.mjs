#!/usr/bin/env node
// Starts the command line: from the sources where they are there (a checkout), else from what was built.
import { existsSync } from "node:fs";
import * as module from "node:module";
import { useOneArena } from "./one-arena.mjs";

const needed = 24;
const found = process.versions.node;
if (Number.parseInt(found, 10) < needed) {
  console.error(
    `Carillon needs Node ${needed} or newer, and this is Node ${found}.\n` +
      "Install a newer one, or, in a checkout after `npm ci`, use `npx carillon …`, which runs on the pinned Node.",
  );
  process.exit(78);
}

// What runs for long.
if (["serve", "worker"].includes(process.argv[2])) useOneArena();

const fromSource = existsSync(new URL("../src/cli/main.ts", import.meta.url));
if (fromSource) {
  // Our own packages name their sources under the condition `source`; those of others are left as they are.
  module.registerHooks({
    resolve: (specifier, context, nextResolve) =>
      /^(?:@carillon\/|carillon$)/.test(specifier)
        ? nextResolve(specifier, { ...context, conditions: [...context.conditions, "source"] })
        : nextResolve(specifier, context),
  });
}
const { run } = fromSource
  ? await import("../src/cli/main.ts")
  : await import("../dist/cli/main.js");
await run();
