import { isOver } from "../../../../server/src/domain/campaign.ts";
import {
  type DeliveryState,
  deliveryStates,
  isFinal,
} from "../../../../server/src/domain/delivery.ts";
import type { CampaignId } from "../../../../server/src/domain/ids.ts";
import type { Campaign, Delivery, LedgerStore } from "../../../../server/src/engine/ports/store.ts";
import type { Decisions } from "../watch/decisions.ts";
import type { RunRecord } from "../watch/record.ts";
import type { PromiseName } from "./promises.ts";
import { sentOf } from "./sent.ts";
import { TriedSoFar } from "./tried.ts";

/** Looks into the ledger again and again while a world is played, and holds what it finds against what it found before. */
export class Audit {
  readonly #ledger: LedgerStore;
  readonly #record: RunRecord;
  readonly #decisions: Decisions;
  /** Campaigns that were over, with nothing open, and counted right: they are looked at again at the end only. */
  readonly #closed = new Set<CampaignId>();
  readonly #rows = new Map<string, Seen>();
  readonly #told = new Set<string>();
  looks = 0;

  constructor(ledger: LedgerStore, record: RunRecord, decisions: Decisions) {
    this.#ledger = ledger;
    this.#record = record;
    this.#decisions = decisions;
  }

  /** One look at everything that may have changed; `all`: at what is closed, too. */
  async look({ all = false } = {}): Promise<void> {
    this.looks += 1;
    for (const id of this.#record.campaigns) {
      if (this.#isClosed(id) && !all) continue;
      const campaign = await this.#ledger.getCampaign(id);
      if (campaign !== null) await this.#lookAt(campaign);
    }
  }

  /** What is not over yet, in words. */
  async open(): Promise<readonly { readonly campaign: Campaign; readonly what: string }[]> {
    const open = [];
    for (const id of this.#record.campaigns) {
      if (this.#isClosed(id)) continue;
      const campaign = await this.#ledger.getCampaign(id);
      if (campaign === null || campaign.state === "draft") continue;
      const { pending, sending } = (await this.#ledger.counts(id)).counts;
      if (isOver(campaign.state) && pending + sending === 0 && !awaitsRecall(campaign)) continue;
      const { mark } = sentOf(campaign);
      const what = `${mark} is ${campaign.state} with ${pending} pending, ${sending} sending`;
      open.push({ campaign, what });
    }
    return open;
  }

  #isClosed(id: CampaignId): boolean {
    if (this.#decisions.wasReopened(id)) this.#closed.delete(id);
    return this.#closed.has(id);
  }

  async #lookAt(campaign: Campaign): Promise<void> {
    const { id, state } = campaign;
    const { mark } = sentOf(campaign);
    const { counts, resent } = await this.#ledger.counts(id);
    const there = new Map<DeliveryState, number>();
    const tried = new TriedSoFar();
    let [total, resends] = [0, 0];
    for await (const row of deliveriesOf(this.#ledger, id)) {
      total += 1;
      resends += row.resent;
      there.set(row.state, (there.get(row.state) ?? 0) + 1);
      tried.add(row);
      this.#compare(mark, row);
    }
    const begun = this.#decisions.begun.get(mark);
    const broken = begun === undefined ? null : tried.stopBroken(campaign, begun, this.#decisions);
    if (broken !== null) this.#tell("stop-kept", broken);
    const differs = (what: string, counted: number, found: number) => {
      if (counted !== found)
        this.#tell("totals-add-up", `${mark}: ${counted} ${what} counted, ${found} there`);
    };
    for (const one of deliveryStates) differs(one, counts[one], there.get(one) ?? 0);
    differs("in total", counts.total, total);
    differs("resent", resent, resends);
    const open = (there.get("pending") ?? 0) + (there.get("sending") ?? 0);
    if (state === "finished" && open > 0)
      this.#tell("final-stays-final", `${mark} is finished, and ${open} rows are not`);
    if (isOver(state) && open === 0 && !awaitsRecall(campaign)) this.#closed.add(id);
  }

  #compare(mark: string, row: Delivery): void {
    const key = `${row.campaignId} ${row.recipient}`;
    const { state, attempts, resent, retriedAt } = row;
    const before = this.#rows.get(key);
    this.#rows.set(key, { state, attempts, resent, retriedAt });
    if (before === undefined) return;
    // Somebody may ask for what was not accepted to be tried again, and for nothing else.
    const isRetried = before.state !== "accepted" && retriedAt !== before.retriedAt;
    const isBack = isFinal(before.state) && before.state !== state && !isRetried;
    if (isBack || attempts < before.attempts || resent < before.resent)
      this.#tell(
        "final-stays-final",
        `${mark} ${row.recipient} was ${shownRow(before)}, and is ${shownRow(row)}`,
      );
  }

  /** Once for each finding, however often it is found. */
  #tell(promise: PromiseName, what: string): void {
    if (this.#told.has(what)) return;
    this.#told.add(what);
    this.#record.breaks(promise, what);
  }
}

/** Whether a recall of it is planned, and not made yet. */
function awaitsRecall({ startedAt, recallAt, recalledAt }: Campaign): boolean {
  return startedAt !== null && recallAt !== null && recalledAt === null;
}

type Seen = Pick<Delivery, "state" | "attempts" | "resent" | "retriedAt">;

function shownRow({ state, attempts, resent }: Seen): string {
  return `${state} after ${attempts} attempts and ${resent} resends`;
}

/** Every row of a campaign, a page at a time. */
export async function* deliveriesOf(ledger: LedgerStore, id: CampaignId): AsyncGenerator<Delivery> {
  let cursor: string | undefined;
  do {
    const page = await ledger.listDeliveries(id, {
      limit: 500,
      ...(cursor !== undefined && { cursor }),
    });
    yield* page.items;
    cursor = page.next;
  } while (cursor !== undefined);
}
