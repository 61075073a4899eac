import type { TrafficClass } from "../../../../server/src/domain/campaign.ts";
import type { ErrorCode } from "../../../../server/src/domain/error-codes.ts";
import type { CampaignId, RecipientKey } from "../../../../server/src/domain/ids.ts";
import type { RetriableState, RetryRequest } from "../../../../server/src/domain/retry-request.ts";
import type { Delivery } from "../../../../server/src/engine/ports/store.ts";
import type { PlannedCampaign } from "../plan/plan.ts";

/** A retry that the ledger took, and the rows that it meant as they were then. */
export interface AskedRetry {
  readonly id: CampaignId;
  readonly retry: RetryRequest;
  readonly rows: ReadonlyMap<RecipientKey, Pick<Delivery, "retriedAt" | "state">>;
}

/** Something that is to go before others, from when the service has answered that it is stored. */
export interface Hurry {
  readonly mark: string;
  readonly trafficClass: TrafficClass;
  readonly at: number;
}

/** A campaign that was started, and what its author wanted of it. */
export interface Begun {
  readonly id: CampaignId;
  readonly planned: PlannedCampaign;
  /** Every place that its audience named when it was started. */
  readonly named: ReadonlySet<string>;
  /** And every one that it left out then. */
  readonly excluded: ReadonlySet<string>;
}

/**
 * What authors and operators wanted while a world was played, and what was stored of it: by this the checks know what a campaign
 * must not do any more, or must have done.
 */
export class Decisions {
  /** By mark. */
  readonly begun = new Map<string, Begun>();
  /** What class each mark was asked for in. */
  readonly classes = new Map<string, TrafficClass>();
  /** Marks of what is not to be sent again where it is uncertain. */
  readonly held = new Set<string>();
  /** Edits and recalls that were stored. */
  readonly changes = new Set<CampaignId>();
  readonly retries: AskedRetry[] = [];
  /** Campaigns that somebody asked to go on, or tried again. */
  readonly resumed = new Set<string>();
  /** Two who pressed the same at once, of whom one was refused. */
  readonly disagreed: { readonly mark: string; readonly act: string; readonly at: number }[] = [];
  readonly hurries: Hurry[] = [];
  /** By mark: people's questions that the endpoint took. */
  readonly questions = new Set<string>();
  /** Questions whose answer the service refused to the bot's own code. */
  readonly refusedAnswers = new Set<string>();
  readonly #revisions = new Map<string, number>();
  readonly #edited = new Set<string>();
  readonly #first = new Map<string, { readonly places: Set<string>; isOver: boolean }>();
  /** Campaigns that were over, and are not any more. */
  readonly #reopened = new Set<CampaignId>();

  /** An edit was stored: it came after those of a smaller revision. */
  edited(mark: string, edition: number, revision: number): void {
    this.#revisions.set(`${mark} ${edition}`, revision);
    this.#edited.add(mark);
  }

  isEdited(mark: string): boolean {
    return this.#edited.has(mark);
  }

  /** The place of an edit among those of its campaign; 0 for the first message; null for one that was never stored. */
  revisionOf(mark: string, edition: number): number | null {
    return edition === 0 ? 0 : (this.#revisions.get(`${mark} ${edition}`) ?? null);
  }

  /** Where a campaign with a canary has sent so far, until it sends to more than its first. */
  firstOf(mark: string): { readonly places: Set<string>; isOver: boolean } {
    const first = this.#first.get(mark) ?? { places: new Set(), isOver: false };
    this.#first.set(mark, first);
    return first;
  }

  retried(asked: AskedRetry): void {
    this.retries.push(asked);
    this.#reopened.add(asked.id);
  }

  /** Whether somebody reopened it since this was asked last. */
  wasReopened(id: CampaignId): boolean {
    return this.#reopened.delete(id);
  }
}

/** A retry's meaning, as a plan has it in one word: a state, or a code of failed rows. */
export function retryOf(of: RetriableState | ErrorCode): {
  readonly states?: readonly RetriableState[];
  readonly codes?: readonly ErrorCode[];
} {
  if (of === "failed" || of === "uncertain" || of === "skipped") return { states: [of] };
  return { codes: [of] };
}
