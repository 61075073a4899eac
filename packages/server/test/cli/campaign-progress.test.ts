import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { campaignProgress } from "../../src/cli/campaign-report.ts";
import { plainLine } from "../../src/cli/terminal/progress.ts";

type Shown = Parameters<typeof campaignProgress>[0];

/** A campaign as the service tells of it, of so many that were found and so many that are done. */
function progressOf(state: Shown["state"], { total, done }: { total: number; done: number }) {
  const none = { pending: 0, sending: 0, failed: 0, skipped: 0, uncertain: 0, cancelled: 0 };
  return plainLine(
    campaignProgress({
      kind: "campaign",
      state,
      counts: { ...none, accepted: done, pending: total - done, total },
      ratePerSecond: 50,
      etaSeconds: 9,
      attention: null,
    } as unknown as Shown),
  );
}

describe("the progress of a campaign", () => {
  it("is no share of a whole that nobody knows yet", () => {
    assert.doesNotMatch(progressOf("sending", { total: 0, done: 0 }), /%|of 0/);
    assert.match(progressOf("sending", { total: 500, done: 250 }), /250 of 500 {2}50 %/);
  });
  it("has neither rate nor end while the campaign stands", () => {
    assert.match(progressOf("sending", { total: 500, done: 250 }), /50\.0\/s {2}9 s left/);
    assert.doesNotMatch(progressOf("paused", { total: 500, done: 250 }), /\/s|left/);
  });
});
