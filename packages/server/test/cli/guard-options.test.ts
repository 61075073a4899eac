import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseArguments } from "../../src/cli/arguments.ts";
import { UsageError } from "../../src/cli/command.ts";
import { campaignCreate } from "../../src/cli/commands/campaign-create.ts";
import { guardOptionsOf } from "../../src/cli/guard-options.ts";

function guardsOf(line: string): Readonly<Record<string, unknown>> {
  const given = parseArguments(campaignCreate, line.split(" "));
  if (given === "help") throw new Error("no help was asked for");
  return guardOptionsOf(given);
}

describe("what may hold a campaign back, on the command line", () => {
  it("is a count or a share, and what follows", () => {
    const then = "continue";
    assert.deepEqual(guardsOf("--canary 50"), { canary: { count: 50 } });
    assert.deepEqual(guardsOf("--canary 2.5%"), { canary: { percent: 2.5 } });
    assert.deepEqual(guardsOf("--canary 5 --canary-then continue"), {
      canary: { count: 5, then },
    });
    assert.deepEqual(guardsOf("--stop-when 10%"), { stopWhen: { failedPercent: 10 } });
    assert.deepEqual(guardsOf("--stop-when 10 --stop-at-least 7"), {
      stopWhen: { failedPercent: 10, atLeast: 7 },
    });
    assert.deepEqual(guardsOf("--name x"), {});
  });

  it("is refused as anything else, and where it stands alone", () => {
    for (const line of [
      "--canary 0",
      "--canary five",
      "--canary 101%",
      "--canary %",
      "--canary 5 --canary-then stop",
      "--canary-then wait",
      "--stop-when many",
      "--stop-when -5%",
      "--stop-at-least 5",
      "--stop-when 5% --stop-at-least 0",
    ])
      assert.throws(() => guardsOf(line), UsageError, line);
  });
});
