// Goal: whatever the process is doing when it dies, nothing is lost, nobody gets a message twice without a recorded resend, and
// the counters are right. Method: a small world with all that a delivery can meet (a create, a thread, a 429, a 404 that is
// healed, an answer that is lost, a cancel, an expiry), in which the process is killed at every call of its ports in turn.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { shown } from "../../src/simulation/check/promises.ts";
import { crashWalk } from "../../src/simulation/crash-walk.ts";
import type { SimulationPlan } from "../../src/simulation/plan/plan.ts";
import { simulate } from "../../src/simulation/simulate.ts";
import { calm, campaign, canaryOf, notification, steady } from "./calm-plan.ts";
import { forgetsSettlement } from "./sabotages.ts";

const world: SimulationPlan = {
  ...calm,
  people: 4,
  teams: 1,
  ratePerSecond: 50,
  latencyMs: 10,
  campaigns: [
    { ...campaign, number: 0, at: 100 },
    { ...campaign, number: 1, at: 200, ratePerSecond: 3, onUncertain: "hold" },
    { ...campaign, number: 2, at: 300, audience: "some", ratePerSecond: 2, expiresInMs: 900 },
  ],
  notifications: [
    { ...notification, number: 0, at: 150, to: { channel: 1 } },
    { ...notification, number: 1, at: 160, to: { person: 0 }, inARow: 2, priority: "urgent" },
  ],
  acts: [{ at: 900, act: "cancel", campaign: 1 }],
  weather: [
    {
      from: 0,
      until: 2_500,
      rates: [],
      rules: [
        { kind: "conversation-not-found", operation: "send", person: 1, times: 1 },
        {
          kind: "throttled",
          operation: "send",
          person: 2,
          times: 1,
          retryAfterSeconds: 1,
          scope: "lane",
        },
        { kind: "reset-after-commit", operation: "send", person: 3, times: 1 },
      ],
    },
  ],
  calmAt: 2_500,
};

/** What is decided while it goes out and after: a canary, an edit, a retry of what failed, a recall, an answer to a question. */
const decided: SimulationPlan = {
  ...calm,
  people: 3,
  teams: 1,
  ratePerSecond: 50,
  latencyMs: 10,
  campaigns: [
    { ...campaign, number: 0, at: 100, canary: canaryOf({ count: 1 }, "continue") },
    { ...campaign, number: 1, at: 150, audience: "some" },
  ],
  acts: [
    { at: 500, act: "edit", campaign: 0 },
    { at: 550, act: "ask", person: 1 },
    { at: 600, act: "retry", campaign: 1, of: "failed" },
    { at: 900, act: "recall", campaign: 0 },
  ],
  weather: [
    {
      from: 0,
      until: 2_500,
      rates: [],
      rules: [
        { kind: "bad-argument", operation: "send", person: 2, times: 2 },
        { kind: "reset-after-commit", operation: "update", person: 1, times: 1 },
        { kind: "reset-before-commit", operation: "delete", person: 1, times: 1 },
      ],
    },
  ],
  calmAt: 1_400,
};

/** Walks to the end, and answers how many calls there were, and which. */
async function walked(
  plan: SimulationPlan,
): Promise<{ readonly calls: number; readonly names: ReadonlySet<string> }> {
  let calls = 0;
  const names = new Set<string>();
  for await (const { call, name, takesEffect, broken, plan: killed } of crashWalk(plan)) {
    calls = call;
    names.add(name);
    const when = `killed at call ${call}, ${takesEffect ? "after" : "before"} it takes effect`;
    assert.deepEqual(broken.map(shown), [], `${when}\n${JSON.stringify(killed)}`);
  }
  return { calls, names };
}

function assertCovered(names: ReadonlySet<string>, wanted: readonly string[]): void {
  assert.deepEqual(
    wanted.filter((name) => !names.has(name)),
    [],
    `the walk came by ${[...names].sort().join(", ")}`,
  );
}

/** Calls of the delivery path, which the walk must come by. */
const sending = [
  "createCampaign",
  "moveCampaign",
  "expand",
  "expandEveryone",
  "finishExpansion",
  "acquireLane",
  "takeTurn",
  "cancelPending",
  "request",
  "sleep",
];
/** And of what is decided beside it. */
const deciding = [
  "createChange",
  "expandChange",
  "requestRetry",
  "retryRows",
  "recordActivity",
  "markProcessed",
  "takeTurn",
  "request",
];

describe("a process that is killed at any call", () => {
  it("leaves nothing undone when it is alone and begins anew", async () => {
    const { calls, names } = await walked(world);
    assert.ok(calls > 100, `${calls} calls`);
    assertCovered(names, sending);
  });

  it("leaves nothing undone of what was decided when it is alone and begins anew", async () => {
    const { names } = await walked(decided);
    assertCovered(names, deciding);
  });

  it("leaves nothing undone when another process takes over", async () => {
    const { calls } = await walked({ ...world, processes: [steady, steady], seesEnds: true });
    assert.ok(calls > 50, `${calls} calls`);
  });

  it("would be found out if a settlement were lost with it", async () => {
    const { broken } = await simulate(world, { sabotage: forgetsSettlement() });
    assert.ok(broken.some(({ promise }) => promise === "every-delivery-ends"));
  });
});
