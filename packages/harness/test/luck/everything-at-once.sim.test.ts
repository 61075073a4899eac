// Goal: however many different things go wrong, each recipient ends in one state with a reason, and the totals add up. Method: the
// whole service in virtual time, unpaced; more than half of all requests meet one of the emulator's faults, every kind there is.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FaultKind, FaultRate } from "@carillon/emulator";
import { errorCodes } from "../../../server/src/domain/error-codes.ts";
import { virtualCampaigns } from "../../src/virtual-campaign.ts";

const people = 10_000;
const kinds: readonly FaultKind[] = [
  ...["throttled", "throttled-silent", "bad-argument", "bad-syntax", "disabled-by-admin"],
  ...["not-in-roster", "blocked-by-user", "not-installed", "writes-blocked", "wrong-host"],
  ...["not-enough-permissions", "conversation-not-found", "activity-not-found", "conflict"],
  ...["precondition-failed", "too-large", "server-error", "bad-gateway", "unavailable"],
  ...["gateway-timeout", "reset-before-commit", "reset-after-commit", "slow", "truncated-json"],
  ...["html-ok", "empty-ok", "no-id", "huge-json", "writes-blocked-named"],
] as const satisfies readonly FaultKind[];

/** Those that say nothing about whether the message was taken. */
const mayHaveTaken: ReadonlySet<FaultKind> = new Set<FaultKind>([
  ...(["html-ok", "server-error", "bad-gateway", "gateway-timeout"] as const),
]);

describe("10,000 recipients of whom each may get another error", () => {
  it("end in one state each, with a reason where it is not accepted, and none is lost or sent to twice in silence", async () => {
    const here = await virtualCampaigns({ people, seed: 81, rps: 0 });
    const rates = kinds.flatMap((kind): readonly FaultRate[] => [
      {
        kind,
        share: 0.02,
        operation: "send",
        retryAfterSeconds: 1,
        scope: "thread",
        commit: mayHaveTaken.has(kind),
      },
      { kind, share: 0.02, operation: "create-conversation", retryAfterSeconds: 1 },
    ]);
    here.world.emulator.setFaults({ rates, seed: 7 });
    const text = "To each their own error.";
    const id = await here.begin(text);
    const end = await here.finished(id, 30 * 60_000);

    const arrived = here.arrived(text);
    const states = new Map<string, number>();
    const reasons = new Map<string, number>();
    for (const row of await here.rows(id)) {
      states.set(row.state, (states.get(row.state) ?? 0) + 1);
      const count = arrived.get(row.conversationId ?? "") ?? 0;
      if (row.state === "accepted") assert.ok(count >= 1, `${row.recipient}: nothing arrived`);
      else {
        assert.ok(row.code !== null && row.code in errorCodes, `${row.recipient}: no reason`);
        reasons.set(`${row.state} ${row.code}`, (reasons.get(`${row.state} ${row.code}`) ?? 0) + 1);
      }
      assert.ok(count <= 1 + row.resent, `${row.recipient}: ${count} arrived`);
    }
    const { accepted, failed, skipped, uncertain, total } = end.counts;
    assert.equal(total, people);
    assert.deepEqual(
      [accepted, failed, skipped, uncertain],
      ["accepted", "failed", "skipped", "uncertain"].map((state) => states.get(state) ?? 0),
    );
    assert.equal(accepted + failed + skipped + uncertain, people);
    assert.deepEqual(
      new Map(end.reasons.map(({ state, code, count }) => [`${state} ${code}`, count])),
      reasons,
    );
    assert.ok(reasons.size >= 8, [...reasons.keys()].join(", "));
    await here.service.stop();
  });
});
