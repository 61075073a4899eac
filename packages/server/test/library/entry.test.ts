import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const entry = new URL("../../src/index.ts", import.meta.url);

describe("the library's entry", () => {
  it("offers these names, and no others", async () => {
    const library = await import(entry.href);
    assert.deepEqual(Object.keys(library).sort(), [
      "ConfigError",
      "ProblemError",
      "StoreError",
      "createCarillon",
      "emulatorOptions",
      "openStore",
      "toExpress",
      "toNodeListener",
    ]);
  });

  it("loads nothing of others, and nothing of the service, until a bot is made", () => {
    // Goal: a start that costs next to nothing. Method: a process that prints what it loads for the import alone.
    const script = `
      import { registerHooks } from "node:module";
      registerHooks({ load: (url, context, next) => (console.log(url), next(url, context)) });
      await import(${JSON.stringify(entry.href)});`;
    const args = ["--conditions=source", "--input-type=module", "-e", script];
    const loaded = execFileSync(process.execPath, args, { encoding: "utf8" }).trim().split("\n");
    assert.ok(loaded.some((url) => url === entry.href));
    const own = fileURLToPath(new URL("../../src/", import.meta.url));
    const strange = loaded
      .filter((url) => url.startsWith("file:"))
      .map((url) => fileURLToPath(url))
      .filter(
        (file) => !file.startsWith(own) || /\/src\/(?:api|cli|teams|store|engine)\//.test(file),
      );
    assert.deepEqual(strange, []);
  });
});
