import type { FaultRate } from "@carillon/emulator";
import type { Priority } from "../../../../server/src/domain/campaign.ts";
import type { OnUncertain } from "../../../../server/src/domain/delivery.ts";
import { diceOf } from "./dice.ts";
import { plannedFault } from "./plan-faults.ts";
import {
  plannedAct,
  plannedCampaign,
  plannedNotification,
  plannedProcesses,
  plannedStoreTroubles,
} from "./plan-parts.ts";

/** A whole made-up afternoon, from one number: who is there, what is sent, what breaks, and when. Times in ms from the start. */
export interface SimulationPlan {
  readonly seed: number;
  readonly people: number;
  readonly teams: number;
  readonly ratePerSecond: number;
  readonly latencyMs: number;
  /** How long the disk takes for a commit. */
  readonly commitMs: number;
  /** How long the login host takes for a token, there and back. */
  readonly tokenMs: number;
  readonly campaigns: readonly PlannedCampaign[];
  readonly notifications: readonly PlannedNotification[];
  readonly acts: readonly PlannedAct[];
  readonly faults: readonly FaultRate[];
  readonly storeTroubles: readonly PlannedStoreTrouble[];
  readonly outages: readonly Span[];
  /** One or two processes of the service on one database. */
  readonly processes: readonly PlannedProcess[];
  /** From here on nothing breaks any more. */
  readonly calmAt: number;
}

/** From an instant on, until before another. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** Whom a campaign addresses; people and places are named by small numbers. */
export type PlannedAudience =
  | "everyone"
  | "team"
  | "some"
  | "places"
  | "everyone-but-some"
  | "everyone-but-team";

export interface PlannedCampaign {
  readonly at: number;
  readonly audience: PlannedAudience;
  readonly priority: Priority;
  readonly onUncertain: OnUncertain;
  readonly ratePerSecond: number | null;
  /** After it was made; null for never. */
  readonly expiresInMs: number | null;
  readonly sendInMs: number | null;
  /** The client asks for it twice under one key, as after an answer that got lost. */
  readonly isAskedTwice: boolean;
}

/** One recipient, by number. */
export type PlannedTarget =
  | { readonly person: number }
  | { readonly chat: number }
  | { readonly channel: number }
  | { readonly thread: number }
  | { readonly general: number };

export interface PlannedNotification {
  readonly at: number;
  readonly to: PlannedTarget;
  /** So many, one after the other to the same recipient, each once the one before is stored. */
  readonly inARow: number;
}

/** What people and operators do meanwhile. */
export type PlannedAct =
  | { readonly at: number; readonly act: "pause" | "resume" | "cancel"; readonly campaign: number }
  | {
      readonly at: number;
      readonly act: "block" | "unblock" | "uninstall" | "install" | "say";
      readonly person: number;
    };

/** The store refuses a share of calls, as a full disk does: of the calls named, or of all. */
export interface PlannedStoreTrouble extends Span {
  readonly share: number;
  readonly calls: readonly string[] | null;
}

/** A process, and its supervisor, which starts it again. */
export interface PlannedProcess {
  /** How each life ends, in order; the one after the last goes on. */
  readonly ends: readonly PlannedEnd[];
  /** Spans in which it stands still, as a machine does that is short of memory. */
  readonly freezes: readonly Span[];
}

/** The end of a life: at so many answers of its ports, or when it makes the `nth` call of this name, which still takes effect. */
export type PlannedEnd = ({ readonly answers: number } | PlannedCallEnd) & {
  /** How long until the next life begins. */
  readonly restartMs: number;
};

export interface PlannedCallEnd {
  readonly call: string;
  readonly nth: number;
}

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
    commitMs: dice.one([1, 1, 4, 25]),
    tokenMs: dice.one([2, 20, 250]),
    campaigns,
    notifications: dice.list(0, 10, () => plannedNotification(dice, calmAt, people)),
    acts: dice.list(0, 14, () => plannedAct(dice, calmAt, { people, campaigns: campaigns.length })),
    faults: dice.chance(0.25) ? [] : dice.list(1, 5, () => plannedFault(dice)),
    storeTroubles: plannedStoreTroubles(dice, calmAt),
    outages: dice.chance(0.4)
      ? []
      : dice.list(1, 2, () => {
          const from = dice.whole(1_000, calmAt);
          return { from, until: Math.min(calmAt, from + dice.whole(500, 20_000)) };
        }),
    processes: plannedProcesses(dice, calmAt),
    calmAt,
  };
}
