import { canarySize } from "../../../../server/src/domain/canary.ts";
import { isFinal } from "../../../../server/src/domain/delivery.ts";
import type { CampaignId } from "../../../../server/src/domain/ids.ts";
import { neverRetried } from "../../../../server/src/domain/retry-request.ts";
import type { Delivery, LedgerStore } from "../../../../server/src/engine/ports/store.ts";
import { deliveriesOf } from "../check/audit.ts";
import type { Decisions } from "./decisions.ts";
import type { RunRecord } from "./record.ts";
import type { RequestSubject } from "./requests.ts";

/** Sees whether a campaign's first deliveries are all that it sends before it goes on. */
export class GuardWatch {
  readonly #decisions: Decisions;
  readonly #record: RunRecord;
  readonly #ledger: LedgerStore;

  constructor(
    { decisions, record }: { readonly decisions: Decisions; readonly record: RunRecord },
    ledger: LedgerStore,
  ) {
    this.#decisions = decisions;
    this.#record = record;
    this.#ledger = ledger;
  }

  /** A request is about to leave. */
  async leaves({ kind, mark, place }: RequestSubject): Promise<void> {
    if ((kind !== "send" && kind !== "thread") || mark === null || place === null) return;
    const begun = this.#decisions.begun.get(mark);
    const canary = begun?.planned.canary ?? null;
    if (begun === undefined || canary === null) return;
    const first = this.#decisions.firstOf(mark);
    if (first.isOver || first.places.has(place)) return;
    first.places.add(place);
    const { counts } = await this.#ledger.counts(begun.id);
    const size = canarySize(canary, counts.total);
    if (first.places.size <= size || first.isOver) return;
    first.isOver = true;
    const ended = await this.#ended(begun.id);
    const isLetGo = canary.then === "continue" || this.#decisions.resumed.has(mark);
    if (ended >= size && isLetGo) return;
    const why = isLetGo ? `${ended} of the first ${size} have ended` : "nobody let it go";
    this.#record.breaks("canary-first", `${mark} goes to ${place} as one more, and ${why}`);
  }

  /** How many deliveries were tried and have come to an end, or had when they were asked for again. */
  async #ended(id: CampaignId): Promise<number> {
    let ended = 0;
    for await (const row of deliveriesOf(this.#ledger, id)) if (hasEnded(row)) ended += 1;
    return ended;
  }
}

function hasEnded({ recipient, state, code, retriedAt }: Delivery): boolean {
  const isNobody = (code !== null && neverRetried.includes(code)) || recipient.startsWith("team:");
  return !isNobody && (isFinal(state) || retriedAt !== null);
}
