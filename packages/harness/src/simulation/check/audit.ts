import { isOver } from "../../../../server/src/domain/campaign.ts";
import {
  type DeliveryState,
  deliveryStates,
  isFinal,
} from "../../../../server/src/domain/delivery.ts";
import type { CampaignId } from "../../../../server/src/domain/ids.ts";
import type { Campaign, Delivery, LedgerStore } from "../../../../server/src/engine/ports/store.ts";
import type { RunRecord } from "../watch/record.ts";
import type { PromiseName } from "./promises.ts";
import { sentOf } from "./sent.ts";

/** Looks into the ledger again and again while a world is played, and holds what it finds against what it found before. */
export class Audit {
  readonly #ledger: LedgerStore;
  readonly #record: RunRecord;
  /** Campaigns that were over, with nothing open, and counted right: they are looked at again at the end only. */
  readonly #closed = new Set<CampaignId>();
  readonly #rows = new Map<string, Seen>();
  readonly #told = new Set<string>();
  looks = 0;

  constructor(ledger: LedgerStore, record: RunRecord) {
    this.#ledger = ledger;
    this.#record = record;
  }

  /** One look at everything that may have changed; `all`: at what is closed, too. */
  async look({ all = false } = {}): Promise<void> {
    this.looks += 1;
    for (const id of this.#record.campaigns) {
      if (this.#closed.has(id) && !all) continue;
      const campaign = await this.#ledger.getCampaign(id);
      if (campaign !== null) await this.#lookAt(campaign);
    }
  }

  /** What is not over yet, in words. */
  async open(): Promise<readonly { readonly campaign: Campaign; readonly what: string }[]> {
    const open = [];
    for (const id of this.#record.campaigns) {
      if (this.#closed.has(id)) continue;
      const campaign = await this.#ledger.getCampaign(id);
      if (campaign === null || campaign.state === "draft") continue;
      const { pending, sending } = (await this.#ledger.counts(id)).counts;
      if (isOver(campaign.state) && pending + sending === 0) continue;
      const { mark } = sentOf(campaign);
      const what = `${mark} is ${campaign.state} with ${pending} pending, ${sending} sending`;
      open.push({ campaign, what });
    }
    return open;
  }

  async #lookAt(campaign: Campaign): Promise<void> {
    const { id, state } = campaign;
    const { mark } = sentOf(campaign);
    const { counts, resent } = await this.#ledger.counts(id);
    const there = new Map<DeliveryState, number>();
    let [total, resends] = [0, 0];
    for await (const row of deliveriesOf(this.#ledger, id)) {
      total += 1;
      resends += row.resent;
      there.set(row.state, (there.get(row.state) ?? 0) + 1);
      this.#compare(mark, row);
    }
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
    if (isOver(state) && open === 0) this.#closed.add(id);
  }

  #compare(mark: string, row: Delivery): void {
    const key = `${row.campaignId} ${row.recipient}`;
    const { state, attempts, resent } = row;
    const before = this.#rows.get(key);
    this.#rows.set(key, { state, attempts, resent });
    if (before === undefined) return;
    const isBack = isFinal(before.state) && before.state !== state;
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

type Seen = Pick<Delivery, "state" | "attempts" | "resent">;

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
