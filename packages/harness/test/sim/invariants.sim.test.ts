// Goal: every promise that the simulation checks can be seen to break. Method: for each a small world whose product is made
// wrong by a wrapper; the run must name that promise. The same world with the right product breaks none.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { promises, shown } from "../../src/simulation/check/promises.ts";
import { simulate } from "../../src/simulation/simulate.ts";
import { always, calm, campaign, notification, steady } from "./calm-plan.ts";
import { decisionCases, type SabotageCase } from "./decision-cases.ts";
import {
  acceptsUnsent,
  asksLate,
  bursts,
  dropsKey,
  dropsOneRecipient,
  forgetsAttempts,
  forgetsCodes,
  forgetsExclusions,
  forgetsExpiry,
  forgetsSettlement,
  givesLaneTwice,
  ignoresMove,
  ignoresRetryAfter,
  leaksToken,
  miscounts,
  neverReleases,
  postpones,
  sendsToStranger,
  sendsTwice,
  thinksAllInstalled,
  unlearns,
  wrongTenant,
} from "./sabotages.ts";

const cases: readonly SabotageCase[] = [
  ...decisionCases,
  {
    breaks: "every-delivery-ends",
    by: "a store that forgets a settlement",
    sabotage: forgetsSettlement,
  },
  { breaks: "totals-add-up", by: "a counter that is off by one", sabotage: miscounts },
  {
    breaks: "final-stays-final",
    by: "a store that answers fewer attempts from one look to the next",
    sabotage: unlearns,
  },
  {
    breaks: "explained",
    by: "a store that does not say why a row failed",
    sabotage: forgetsCodes,
  },
  {
    breaks: "accepted-arrived",
    by: "a connector that takes what is uncertain for accepted",
    sabotage: acceptsUnsent,
    plan: { weather: [{ ...always, rates: [{ kind: "reset-before-commit", share: 0.3 }] }] },
  },
  {
    breaks: "arrived-recorded",
    by: "a connector that sends to somebody who was not meant",
    sabotage: sendsToStranger,
    plan: { campaigns: [{ ...campaign, audience: "some" }] },
  },
  {
    breaks: "no-silent-duplicate",
    by: "a connector that sends each message twice",
    sabotage: sendsTwice,
  },
  {
    breaks: "attempts-recorded",
    by: "a store that does not write how many requests were made",
    sabotage: forgetsAttempts,
  },
  {
    breaks: "audience-complete",
    by: "an expansion that drops a recipient",
    sabotage: dropsOneRecipient,
    plan: { campaigns: [{ ...campaign, audience: "some" }] },
  },
  {
    breaks: "excluded-left-out",
    by: "a store that forgets the exclusions",
    sabotage: forgetsExclusions,
    plan: { campaigns: [{ ...campaign, audience: "everyone-but-team" }] },
  },
  {
    breaks: "made-once",
    by: "a store that does not know keys again",
    sabotage: dropsKey,
    plan: { campaigns: [{ ...campaign, isAskedTwice: true }] },
  },
  {
    breaks: "order-kept",
    by: "a store that puts off the first of two messages",
    sabotage: postpones,
    plan: { campaigns: [], notifications: [{ ...notification, to: { person: 3 }, inARow: 2 }] },
  },
  {
    breaks: "removed-left-alone",
    by: "a directory that takes everybody for installed",
    sabotage: thinksAllInstalled,
    plan: {
      acts: [1, 2, 3, 4, 5].map((person) => ({ at: 1_000, act: "uninstall", person })),
      campaigns: [{ ...campaign, at: 8_000 }],
    },
  },
  {
    breaks: "pause-takes-effect",
    by: "a pause that is answered and not made",
    sabotage: ignoresMove,
    plan: { acts: [{ at: 1_600, act: "pause", campaign: 0 }], ratePerSecond: 10 },
  },
  {
    breaks: "cancel-takes-effect",
    by: "a cancel that is answered and not made",
    sabotage: ignoresMove,
    plan: { acts: [{ at: 1_600, act: "cancel", campaign: 0 }], ratePerSecond: 10 },
  },
  {
    breaks: "expiry-kept",
    by: "a store that forgets when a campaign expires",
    sabotage: forgetsExpiry,
    plan: { campaigns: [{ ...campaign, expiresInMs: 1_000 }], ratePerSecond: 10 },
  },
  {
    breaks: "retry-after-obeyed",
    by: "a connector that hides a 429",
    sabotage: ignoresRetryAfter,
    plan: {
      weather: [
        {
          ...always,
          rates: [{ kind: "throttled", share: 0.1, scope: "lane", retryAfterSeconds: 8 }],
        },
      ],
    },
  },
  { breaks: "budget-kept", by: "a network that sends in bursts", sabotage: bursts },
  {
    breaks: "one-process-per-lane",
    by: "a lease that another process does not see",
    sabotage: givesLaneTwice,
    plan: { processes: [steady, steady], ratePerSecond: 10 },
  },
  { breaks: "tokens-stay-home", by: "a client that names a strange tenant", sabotage: wrongTenant },
  { breaks: "tokens-stay-home", by: "a request to a strange host", sabotage: leaksToken },
  {
    breaks: "stops-cleanly",
    by: "a network that makes a request after the process has stopped",
    sabotage: asksLate,
    plan: { processes: [{ ...steady, ends: [{ from: 8_000, stop: true, restartMs: 500 }] }] },
  },
  {
    breaks: "stops-cleanly",
    by: "a store that never answers the release of a lane",
    sabotage: neverReleases,
    plan: { calmAt: 3_000 },
  },
];

describe("the simulation's promises", () => {
  it("can each be broken by some case here", () => {
    const broken = new Set<string>(cases.map(({ breaks }) => breaks));
    assert.deepEqual(
      Object.keys(promises).filter((name) => !broken.has(name)),
      [],
    );
  });

  for (const { breaks, by, sabotage, plan } of cases)
    it(`${breaks} is broken by ${by}`, async () => {
      const world = { ...calm, ...plan };
      const right = await simulate(world);
      assert.deepEqual(right.broken.map(shown), []);
      const wrong = await simulate(world, { sabotage: sabotage() });
      const names = wrong.broken.map(({ promise }) => promise);
      assert.ok(names.includes(breaks), `${[...new Set(names)].join(", ") || "nothing"} broke`);
    });
});
