import type { FaultRate, FaultRule } from "@carillon/emulator";
import type { Priority } from "../../../../server/src/domain/campaign.ts";
import type { Canary } from "../../../../server/src/domain/canary.ts";
import type { OnUncertain } from "../../../../server/src/domain/delivery.ts";
import type { ErrorCode } from "../../../../server/src/domain/error-codes.ts";
import type { StopWhen } from "../../../../server/src/domain/failure-watch.ts";
import type { RetriableState } from "../../../../server/src/domain/retry-request.ts";

/**
 * A whole made-up world: who is there, what is sent, what breaks, and when. Plain data, so that it can be kept in a file and
 * made smaller piece by piece. Times are in ms from the start.
 */
export interface SimulationPlan {
  /** Names and ids follow from it. */
  readonly seed: number;
  /** Everything that is left to chance follows from it. */
  readonly luck: number;
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
  readonly weather: readonly PlannedWeather[];
  readonly storeTroubles: readonly PlannedStoreTrouble[];
  readonly outages: readonly Span[];
  readonly clockSteps: readonly PlannedClockStep[];
  /** Whether a process can tell that another one has ended, as on one machine; otherwise it waits for the lease to run out. */
  readonly seesEnds: boolean;
  /** The processes of the service on one database. */
  readonly processes: readonly PlannedProcess[];
  /** From here on nothing breaks any more. */
  readonly calmAt: number;
}

/** From an instant on, until before another. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** How a campaign or notification is sent. */
export interface PlannedOptions {
  readonly priority: Priority;
  readonly onUncertain: OnUncertain;
  /** After it was made; null for never. */
  readonly expiresInMs: number | null;
  readonly sendInMs: number | null;
}

/** Whom a campaign addresses; people and places are named by small numbers. */
export type PlannedAudience =
  | "everyone"
  | "team"
  | "some"
  | "places"
  | "everyone-but-some"
  | "everyone-but-team";

export interface PlannedCampaign extends PlannedOptions, PlannedGuards {
  /** Its name, and which team or places it addresses. */
  readonly number: number;
  readonly at: number;
  readonly audience: PlannedAudience;
  readonly ratePerSecond: number | null;
  /** The client asks for it twice under one key, as after an answer that got lost. */
  readonly isAskedTwice: boolean;
  /** Two people press start at once, each at a process of their own where there are several. */
  readonly isStartedTwice: boolean;
}

/** What holds a campaign back by itself, or takes it back; what is absent, as in older plans, is not asked for. */
export interface PlannedGuards {
  /** The first go before all others: so many, or so many in a hundred. */
  readonly canary?: Canary | null;
  readonly stopWhen?: StopWhen | null;
  /** What was accepted is deleted so long after the campaign was made. */
  readonly recallInMs?: number | null;
}

/** One recipient, by number. */
export type PlannedTarget =
  | { readonly person: number }
  | { readonly chat: number }
  | { readonly channel: number }
  | { readonly thread: number }
  | { readonly general: number };

export interface PlannedNotification extends PlannedOptions {
  readonly number: number;
  readonly at: number;
  readonly to: PlannedTarget;
  /** So many, one after the other to the same recipient, each once the one before is stored. */
  readonly inARow: number;
}

/** What people and operators do meanwhile. */
export type PlannedAct = { readonly at: number } & (
  | PlannedStep
  | PlannedDecision
  | PlannedPersonAct
  | PlannedTeamAct
);

/** Somebody moves a campaign, or its newest edit or recall. */
export interface PlannedStep {
  readonly act: "start" | "pause" | "resume" | "cancel";
  readonly campaign: number;
  readonly ofChange?: boolean;
  /** Two press at once, each at a process of their own where there are several. */
  readonly isTwice?: boolean;
}

/** Somebody decides about what went out, or did not; of a retry: which of it, by state or by code. */
export type PlannedDecision =
  | {
      readonly act: "edit" | "recall";
      readonly campaign: number;
      readonly isTwice?: boolean;
    }
  | {
      readonly act: "retry";
      readonly campaign: number;
      readonly ofChange?: boolean;
      readonly of: RetriableState | ErrorCode;
    };

/** `ask`: the person writes, and the bot's own code answers. `leave`: they leave a team. */
export type PlannedPersonAct =
  | {
      readonly act: "block" | "unblock" | "uninstall" | "install" | "say" | "ask";
      readonly person: number;
    }
  | { readonly act: "leave"; readonly person: number; readonly team: number };

/** The bot is taken out of a team, or put into it again. */
export interface PlannedTeamAct {
  readonly act: "remove-team" | "add-team";
  readonly team: number;
}

/** What goes wrong with requests for a while, by the emulator's table of faults; outside all of these nothing does. */
export interface PlannedWeather extends Span {
  readonly rates: readonly FaultRate[];
  readonly rules?: readonly FaultRule[];
}

/** Trouble with the store: it refuses a share of calls (of those named, or of all), or each commit takes this much longer. */
export type PlannedStoreTrouble = Span &
  (
    | {
        readonly code: Extract<
          ErrorCode,
          "STORE_FULL" | "STORE_LOCKED" | "STORE_READ_ONLY" | "STORE_FAILED"
        >;
        readonly share: number;
        readonly calls: readonly string[] | null;
      }
    | { readonly slowerMs: number }
  );

/** The machine's clock is set forth, or back. */
export interface PlannedClockStep {
  readonly at: number;
  readonly byMs: number;
}

/** A process, and its supervisor, which starts it again. */
export interface PlannedProcess {
  /** How its lives end, in order: one after the other, each not before its instant. */
  readonly ends: readonly PlannedEnd[];
  /** Spans in which it stands still, as a machine does that is short of memory. */
  readonly freezes: readonly Span[];
  /** By how much its machine's clock is off those of the others; absent: not at all. */
  readonly skewMs?: number;
}

/** The end of a life, and how long until the next one begins. */
export type PlannedEnd = {
  /** Counted from here, or from the beginning of the life where that is later. */
  readonly from: number;
  readonly restartMs: number;
} & (PlannedDeath | { readonly stop: true });

/**
 * Death at so many answers of its ports; or when it makes the `nth` call of this name (`any`: of whatever name), before that
 * call takes effect or after it.
 */
export type PlannedDeath = { readonly answers: number } | PlannedCallDeath;

export interface PlannedCallDeath {
  readonly call: string;
  readonly nth: number;
  readonly takesEffect: boolean;
}
