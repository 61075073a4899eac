import type { FaultRate } from "@carillon/emulator";
import type { Priority } from "../../../server/src/domain/campaign.ts";
import type { OnUncertain } from "../../../server/src/domain/delivery.ts";
import { seededRandom } from "../seeded-random.ts";

/** A whole made-up afternoon, from one number: who is there, what is sent, what breaks, and when. Times in ms from the start. */
export interface SimulationPlan {
  readonly seed: number;
  readonly people: number;
  readonly teams: number;
  readonly ratePerSecond: number;
  readonly latencyMs: number;
  readonly campaigns: readonly PlannedCampaign[];
  readonly notifications: readonly { readonly at: number; readonly person: number }[];
  readonly acts: readonly PlannedAct[];
  readonly faults: readonly FaultRate[];
  /** Share of store calls that fail as a full disk does. */
  readonly storeFailures: number;
  readonly outages: readonly { readonly from: number; readonly until: number }[];
  /** Each life ends after so many answers of its ports; the last one goes on. */
  readonly lives: readonly number[];
  /** From here on nothing breaks any more. */
  readonly calmAt: number;
}

export interface PlannedCampaign {
  readonly at: number;
  readonly audience: "everyone" | "team" | "some" | "everyone-but-some";
  readonly priority: Priority;
  readonly onUncertain: OnUncertain;
  readonly ratePerSecond: number | null;
}

/** What people and operators do meanwhile. */
export type PlannedAct =
  | { readonly at: number; readonly act: "pause" | "resume" | "cancel"; readonly campaign: number }
  | {
      readonly at: number;
      readonly act: "block" | "unblock" | "uninstall" | "install" | "say";
      readonly person: number;
    };

/** The plan of a seed: always the same. */
export function planOf(seed: number): SimulationPlan {
  const dice = diceOf(seed);
  const people = dice.whole(8, 60);
  const calmAt = dice.whole(20_000, 90_000);
  const campaigns = dice.list(1, 4, () => plannedCampaign(dice, calmAt));
  return {
    seed,
    people,
    teams: dice.whole(1, 3),
    ratePerSecond: dice.one([10, 25, 50]),
    latencyMs: dice.one([2, 15, 60, 400]),
    campaigns,
    notifications: dice.list(0, 10, () => ({
      at: dice.whole(1_000, calmAt),
      person: dice.whole(0, people - 1),
    })),
    acts: dice.list(0, 14, () => plannedAct(dice, calmAt, people, campaigns.length)),
    faults: dice.chance(0.15) ? [] : dice.list(1, 5, () => plannedFault(dice)),
    storeFailures: dice.chance(0.3) ? 0.05 : 0,
    outages: dice.list(0, 2, () => {
      const from = dice.whole(1_000, calmAt);
      return { from, until: Math.min(calmAt, from + dice.whole(500, 20_000)) };
    }),
    lives: dice.chance(0.4) ? [] : dice.list(1, 3, () => dice.whole(20, 600)),
    calmAt,
  };
}

function plannedCampaign(dice: Dice, calmAt: number): PlannedCampaign {
  return {
    at: dice.whole(500, Math.max(1_000, calmAt - 5_000)),
    audience: dice.one(["everyone", "everyone", "team", "some", "everyone-but-some"]),
    priority: dice.one(["urgent", "normal", "bulk"]),
    onUncertain: dice.one(["resend", "resend", "hold"]),
    ratePerSecond: dice.chance(0.2) ? dice.whole(1, 10) : null,
  };
}

function plannedAct(dice: Dice, calmAt: number, people: number, campaigns: number): PlannedAct {
  const at = dice.whole(1_000, calmAt);
  return dice.chance(0.4)
    ? { at, act: dice.one(["pause", "resume", "cancel"]), campaign: dice.whole(0, campaigns - 1) }
    : {
        at,
        act: dice.one(["block", "unblock", "uninstall", "install", "say"]),
        person: dice.whole(0, people - 1),
      };
}

function plannedFault(dice: Dice): FaultRate {
  const share = dice.one([0.01, 0.05, 0.2]);
  const kind = dice.one([
    "throttled",
    "throttled-silent",
    "unauthorized",
    "conversation-not-found",
    "conflict",
    "precondition-failed",
    "server-error",
    "bad-gateway",
    "unavailable",
    "gateway-timeout",
    "reset-before-commit",
    "reset-after-commit",
    "slow",
    "truncated-json",
    "html-ok",
    "token-unavailable",
    "token-short-lived",
  ] as const);
  if (kind === "throttled")
    return {
      kind,
      share,
      scope: dice.one(["thread", "lane"]),
      retryAfterSeconds: dice.whole(1, 8),
    };
  if (kind === "token-unavailable" || kind === "token-short-lived")
    return { kind, share, operation: "token" };
  if (
    kind === "html-ok" ||
    kind === "bad-gateway" ||
    kind === "gateway-timeout" ||
    kind === "server-error"
  )
    return { kind, share, commit: dice.chance(0.5) };
  return { kind, share };
}

interface Dice {
  whole(from: number, to: number): number;
  chance(share: number): boolean;
  one<const T>(of: readonly T[]): T;
  list<T>(from: number, to: number, make: () => T): T[];
}

function diceOf(seed: number): Dice {
  const rng = seededRandom(seed);
  const whole = (from: number, to: number) => from + Math.floor(rng() * (to - from + 1));
  return {
    whole,
    chance: (share) => rng() < share,
    one: <const T>(of: readonly T[]) => {
      const picked = of[Math.floor(rng() * of.length)];
      if (picked === undefined) throw new Error("nothing to pick from");
      return picked;
    },
    list: (from, to, make) => Array.from({ length: whole(from, to) }, make),
  };
}
