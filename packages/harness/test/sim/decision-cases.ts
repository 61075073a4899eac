import type { PromiseName } from "../../src/simulation/check/promises.ts";
import type { PlannedAct, SimulationPlan } from "../../src/simulation/plan/plan.ts";
import type { Sabotage } from "../../src/simulation/world/sabotage.ts";
import { always, campaign, canaryOf, notification } from "./calm-plan.ts";
import {
  canaryGoesOn,
  forgetsCanary,
  forgetsCap,
  forgetsCapOfEdits,
  forgetsRecallAt,
  forgetsRetry,
  forgetsStop,
  keepsRosters,
  knowsAllActivities,
  misreadsOnce,
  postponesUrgent,
  pretendsDelete,
  pretendsUpdate,
  replaysFirstUpdate,
  resendsHeld,
} from "./sabotage-decisions.ts";

/** A product made wrong in one way, and the promise that breaks by it in a world that holds without. */
export interface SabotageCase {
  readonly breaks: PromiseName;
  readonly by: string;
  readonly sabotage: () => Sabotage;
  /** What is otherwise than in the calm world. */
  readonly plan?: Partial<SimulationPlan>;
}

const refused = { ...always, rates: [{ kind: "bad-argument", share: 0.5 }] } as const;
const edits: readonly PlannedAct[] = [
  { at: 6_000, act: "edit", campaign: 0 },
  { at: 9_000, act: "edit", campaign: 0, isTwice: true },
];

/** Of the promises about what is decided about campaigns. */
export const decisionCases: readonly SabotageCase[] = [
  {
    breaks: "retry-complete",
    by: "a store that takes a retry for carried out before it is",
    sabotage: forgetsRetry,
    plan: { weather: [refused], acts: [{ at: 8_000, act: "retry", campaign: 0, of: "failed" }] },
  },
  {
    breaks: "uncertain-held",
    by: "a store that takes the policy to hold for the one to resend",
    sabotage: resendsHeld,
    plan: {
      campaigns: [{ ...campaign, onUncertain: "hold" }],
      weather: [{ ...always, rates: [{ kind: "reset-after-commit", share: 0.3 }] }],
      acts: [{ at: 18_000, act: "retry", campaign: 0, of: "failed" }],
    },
  },
  {
    breaks: "edit-goes-forward",
    by: "a network that makes the first update again after each later one",
    sabotage: replaysFirstUpdate,
    plan: { acts: edits },
  },
  {
    breaks: "edit-reaches-all",
    by: "a connector that calls an update accepted and makes none",
    sabotage: pretendsUpdate,
    plan: { acts: edits },
  },
  {
    breaks: "recall-reaches-all",
    by: "a connector that calls a delete accepted and makes none",
    sabotage: pretendsDelete,
    plan: { acts: [{ at: 1_500, act: "recall", campaign: 0, isTwice: true }] },
  },
  {
    breaks: "recalled-in-time",
    by: "a store that never finds what is to be recalled",
    sabotage: forgetsRecallAt,
    plan: { campaigns: [{ ...campaign, recallInMs: 4_000 }], calmAt: 90_000 },
  },
  {
    breaks: "canary-first",
    by: "a store that forgets the canary",
    sabotage: forgetsCanary,
    plan: {
      campaigns: [
        { ...campaign, canary: canaryOf({ count: 3 }, "wait") },
        { ...campaign, number: 1, canary: canaryOf({ percent: 10 }, "continue") },
      ],
    },
  },
  {
    breaks: "canary-first",
    by: "a canary that goes on by itself where it is to wait for a person",
    sabotage: canaryGoesOn,
    plan: { campaigns: [{ ...campaign, canary: canaryOf({ count: 3 }, "wait") }] },
  },
  {
    breaks: "stop-kept",
    by: "a store that forgets when to stop",
    sabotage: forgetsStop,
    plan: {
      campaigns: [{ ...campaign, ratePerSecond: 1, stopWhen: { failedPercent: 20, atLeast: 4 } }],
      weather: [{ ...always, until: 60_000, rates: [{ kind: "bad-argument", share: 1 }] }],
      calmAt: 60_000,
    },
  },
  {
    breaks: "cap-kept",
    by: "a store that forgets the campaign's own cap",
    sabotage: forgetsCap,
    plan: { campaigns: [{ ...campaign, ratePerSecond: 4 }] },
  },
  {
    breaks: "cap-kept",
    by: "a store that makes edits without the campaign's own cap",
    sabotage: forgetsCapOfEdits,
    plan: {
      campaigns: [{ ...campaign, ratePerSecond: 4 }],
      acts: [{ at: 15_000, act: "edit", campaign: 0 }],
    },
  },
  {
    breaks: "urgent-first",
    by: "a store that puts off what is urgent",
    sabotage: postponesUrgent,
    plan: {
      people: 60,
      ratePerSecond: 10,
      notifications: [{ ...notification, at: 2_000, priority: "urgent", to: { channel: 0 } }],
    },
  },
  {
    breaks: "urgent-first",
    by: "a store that puts off the answer to a question",
    sabotage: postponesUrgent,
    plan: {
      people: 60,
      ratePerSecond: 10,
      campaigns: [{ ...campaign, audience: "everyone-but-some" }],
      acts: [{ at: 2_000, act: "ask", person: 0 }],
    },
  },
  {
    breaks: "questions-answered",
    by: "a store that knows each question already",
    sabotage: knowsAllActivities,
    plan: { acts: [{ at: 2_000, act: "ask", person: 0 }] },
  },
  {
    breaks: "clicks-agree",
    by: "a store that shows a paused campaign as finished once",
    sabotage: misreadsOnce,
    plan: {
      ratePerSecond: 10,
      acts: [{ at: 1_600, act: "pause", campaign: 0, isTwice: true }],
    },
  },
  {
    breaks: "audience-exact",
    by: "a roster that is read once and never again",
    sabotage: keepsRosters,
    plan: {
      campaigns: [
        { ...campaign, audience: "team" },
        { ...campaign, number: 2, at: 9_000, audience: "team" },
      ],
      acts: [3, 4, 6, 8].map((person) => ({ at: 6_000, act: "leave", person, team: 0 })),
    },
  },
];
