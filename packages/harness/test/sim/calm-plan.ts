import type { Canary, CanaryThen } from "../../../server/src/domain/canary.ts";
import type {
  PlannedCampaign,
  PlannedNotification,
  PlannedProcess,
  SimulationPlan,
  Span,
} from "../../src/simulation/plan/plan.ts";

/** A process that goes on. */
export const steady: PlannedProcess = { ends: [], freezes: [] };

/** A campaign to everyone, as most are. */
export const campaign: PlannedCampaign = {
  number: 0,
  at: 1_000,
  audience: "everyone",
  priority: "normal",
  onUncertain: "resend",
  ratePerSecond: null,
  expiresInMs: null,
  sendInMs: null,
  isAskedTwice: false,
  isStartedTwice: false,
};

/** So many, or so many in a hundred, before all others. */
export function canaryOf(
  size: { readonly count: number } | { readonly percent: number },
  then: CanaryThen,
): Canary {
  return { ...size, then };
}

/** A message to one person. */
export const notification: PlannedNotification = {
  number: 0,
  at: 1_000,
  to: { person: 0 },
  inARow: 1,
  priority: "normal",
  onUncertain: "resend",
  expiresInMs: null,
  sendInMs: null,
};

/** From the beginning to the end. */
export const always: Span = { from: 0, until: 20_000 };

/** A world in which nothing goes wrong by itself. */
export const calm: SimulationPlan = {
  seed: 1,
  luck: 1,
  people: 30,
  teams: 2,
  ratePerSecond: 25,
  latencyMs: 20,
  commitMs: 2,
  tokenMs: 20,
  campaigns: [campaign],
  notifications: [],
  acts: [],
  weather: [],
  storeTroubles: [],
  outages: [],
  clockSteps: [],
  seesEnds: false,
  processes: [steady],
  calmAt: 20_000,
};
