#!/usr/bin/env node
// Runs the sources where they are (a checkout), else what was built.
import { existsSync } from "node:fs";
import { registerHooks } from "node:module";

if (Number(process.versions.node.split(".")[0]) < 24) {
  console.error(
    `The emulator needs Node.js 24 or newer; this is ${process.version}. Next: install a newer one.`,
  );
  process.exit(78);
}
const source = new URL("../src/cli.ts", import.meta.url);
if (existsSync(source)) {
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: ["source", ...context.conditions] }),
  });
  await import(source.href);
} else {
  await import("../dist/cli.js");
}
