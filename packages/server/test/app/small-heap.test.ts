// Goal: what keeps the heap small does so, and goes on to when V8 has shrunk it in between. Method: a process that makes much
// garbage out of objects that live for a while, with and without it; a process of its own, as the flags are for all of it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";

const module = new URL("../../src/app/small-heap.ts", import.meta.url).href;

/** The most bytes that new objects had room in, while 400 MB of garbage were made. */
function youngBytesMost(prepare: string): number {
  const script = `
    import { getHeapSpaceStatistics } from "node:v8";
    ${prepare}
    const young = () => getHeapSpaceStatistics().find((one) => one.space_name === "new_space").space_size;
    const living = [];
    let most = 0;
    for (let round = 0; round < 200; round += 1) {
      for (let count = 0; count < 20000; count += 1) living[(round * 20000 + count) % 60000] = { round, count, list: [count] };
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, young());
    }
    console.log(most);`;
  const args = ["--conditions=source", "--input-type=module", "-e", script];
  return Number(execFileSync(process.execPath, args, { encoding: "utf8" }));
}

describe("a small heap", () => {
  it("gives new objects little room, where V8 by itself would give them several times as much", () => {
    const small = youngBytesMost(
      `import { keepHeapSmall } from ${JSON.stringify(module)}; keepHeapSmall();`,
    );
    const usual = youngBytesMost("");
    assert.ok(small <= 25_000_000, `${small}`);
    assert.ok(usual >= 2 * small, `${usual}, and ${small} with it`);
  });
});
