import type {
  PlannedCampaign,
  PlannedProcess,
  SimulationPlan,
} from "../../src/simulation/plan/plan.ts";

/** A process that goes on. */
export const steady: PlannedProcess = { ends: [], freezes: [] };

/** A campaign to everyone, as most are. */
export const campaign: PlannedCampaign = {
  at: 1_000,
  audience: "everyone",
  priority: "normal",
  onUncertain: "resend",
  ratePerSecond: null,
  expiresInMs: null,
  sendInMs: null,
  isAskedTwice: false,
};

/** An afternoon in which nothing goes wrong by itself. */
export const calm: SimulationPlan = {
  seed: 1,
  people: 30,
  teams: 2,
  ratePerSecond: 25,
  latencyMs: 20,
  commitMs: 2,
  tokenMs: 20,
  campaigns: [campaign],
  notifications: [],
  acts: [],
  faults: [],
  storeTroubles: [],
  outages: [],
  processes: [steady],
  calmAt: 20_000,
};
