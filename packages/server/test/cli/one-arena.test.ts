import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const file = fileURLToPath(new URL("../../bin/one-arena.mjs", import.meta.url));
const script = `
  import { useOneArena } from ${JSON.stringify(file)};
  useOneArena();
  const { pid, env, argv, execArgv } = process;
  console.log(JSON.stringify({ pid, arenas: env.MALLOC_ARENA_MAX, other: env.OTHER, last: argv.at(-1), flags: execArgv.filter((word) => word.startsWith("--no")) }));
  process.exitCode = 7;`;

/** Runs a process that asks for one arena, and answers what it then says of itself. */
async function told(env: Readonly<Record<string, string>>, stdio: "plain" | "ipc" = "plain") {
  const child = spawn(
    process.execPath,
    ["--no-deprecation", "--input-type=module", "--eval", script, "word"],
    { env, stdio: ["ignore", "pipe", "pipe", ...(stdio === "ipc" ? ["ipc" as const] : [])] },
  );
  let output = "";
  let errors = "";
  child.stdout?.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    errors += chunk;
  });
  const [code] = await once(child, "close");
  return {
    ...JSON.parse(output),
    isSameProcess: JSON.parse(output).pid === child.pid,
    code,
    errors,
  };
}

describe("one arena for the allocator", { skip: process.platform !== "linux" }, () => {
  test("the process goes on as itself, with the same words, flags and environment", async () => {
    const { pid: _, ...said } = await told({ OTHER: "kept" });
    assert.deepEqual(said, {
      arenas: "1",
      other: "kept",
      last: "word",
      flags: ["--no-deprecation"],
      isSameProcess: true,
      code: 7,
      errors: "",
    });
  });

  test("what an operator has set is left alone", async () => {
    assert.equal((await told({ MALLOC_ARENA_MAX: "4" })).arenas, "4");
  });

  test("a child that its parent talks to keeps its channel", async () => {
    assert.equal((await told({}, "ipc")).arenas, undefined);
  });
});
