// Goal: whatever the process is doing when it dies, nothing is lost, nobody gets a message twice without a recorded resend, and
// the counters are right. Method: a small world with all that a delivery can meet (a create, a thread, a 429, a 404 that is
// healed, an answer that is lost, a cancel, an expiry), in which the process is killed at every call of its ports in turn.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SimulationPlan } from "../../src/simulation/plan/plan.ts";
import { simulate } from "../../src/simulation/simulate.ts";
import { calm, campaign, notification, steady } from "./calm-plan.ts";
import { forgetsSettlement } from "./sabotages.ts";
import { assertCovered, walked } from "./walked.ts";

/** The roster of the team was read in the beginning: by then the lane is given back, so that it has to be taken. */
const beginsAt = 6_000;

const world: SimulationPlan = {
  ...calm,
  people: 4,
  teams: 1,
  ratePerSecond: 50,
  latencyMs: 10,
  campaigns: [
    { ...campaign, number: 0, at: beginsAt + 100 },
    { ...campaign, number: 1, at: beginsAt + 200, ratePerSecond: 3, onUncertain: "hold" },
    {
      ...campaign,
      number: 2,
      at: beginsAt + 300,
      audience: "some",
      ratePerSecond: 2,
      expiresInMs: 900,
    },
  ],
  notifications: [
    { ...notification, number: 0, at: beginsAt + 150, to: { channel: 1 } },
    {
      ...notification,
      number: 1,
      at: beginsAt + 160,
      to: { person: 0 },
      inARow: 2,
      priority: "urgent",
    },
  ],
  acts: [{ at: beginsAt + 900, act: "cancel", campaign: 1 }],
  weather: [
    {
      from: beginsAt,
      until: beginsAt + 2_500,
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
  calmAt: beginsAt + 2_500,
};

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
describe("a process that is killed at any call", () => {
  it("leaves nothing undone when it is alone and begins anew", async () => {
    const { calls, names } = await walked(world, { since: beginsAt });
    assert.ok(calls > 100, `${calls} calls`);
    assertCovered(names, sending);
  });

  it("leaves nothing undone when another process takes over", async () => {
    const { calls } = await walked(
      { ...world, processes: [steady, steady], seesEnds: true },
      { since: beginsAt },
    );
    assert.ok(calls > 50, `${calls} calls`);
  });

  it("would be found out if a settlement were lost with it", async () => {
    const { broken } = await simulate(world, { sabotage: forgetsSettlement() });
    assert.ok(broken.some(({ promise }) => promise === "every-delivery-ends"));
  });
});
