// Goal: whatever was decided about a campaign when the process dies is carried out all the same, and once. Method: as in
// crash-walk.sim.test.ts, in a world in which decisions are under way all the time.
import { describe, it } from "node:test";
import type { SimulationPlan } from "../../src/simulation/plan/plan.ts";
import { calm, campaign, canaryOf } from "./calm-plan.ts";
import { assertCovered, walked } from "./walked.ts";

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

/** Calls of what is decided beside the delivery path, which the walk must come by. */
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

describe("a process that is killed at any call while something is decided", () => {
  it("leaves none of it undone when it is alone and begins anew", async () => {
    const { names } = await walked(decided);
    assertCovered(names, deciding);
  });
});
