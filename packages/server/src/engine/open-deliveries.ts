import { assert } from "../domain/assert.ts";
import { isChange } from "../domain/campaign.ts";
import type { DirectoryFact } from "../domain/directory.ts";
import type { CampaignId } from "../domain/ids.ts";
import { type DeliveryLane, deliver } from "./attempt.ts";
import type { OpenCampaign } from "./campaign-cache.ts";
import { beginRun, type DeliveryRun, visitorOf } from "./delivery-run.ts";
import type { LostWork } from "./lane-lease.ts";
import type { LaneParts } from "./lane-parts.ts";
import type { ClaimedDelivery, Settlement } from "./ports/store.ts";
import { pending, uncertain, unstarted } from "./settle.ts";
import { StopSignal } from "./stop-signal.ts";
import type { Traffic } from "./traffic.ts";

/** What the next turn has to write. */
export interface Unwritten {
  readonly settlements: readonly Settlement[];
  readonly facts: readonly DirectoryFact[];
}

/** A lane's deliveries between claim and commit: those worked on, and what became of those that are over. */
export class OpenDeliveries {
  readonly closing = new StopSignal();
  readonly #abandon = new StopSignal();
  readonly #parts: LaneParts;
  readonly #traffic: Traffic;
  readonly #lane: DeliveryLane;
  readonly #onSettled: (isFirst: boolean) => void;
  readonly #runs = new Set<DeliveryRun>();
  #settlements: Settlement[] = [];
  #facts: DirectoryFact[] = [];
  #unwrittenSince = 0;

  /** `onSettled` is told each time a delivery is over, and whether it is the first that waits to be written. */
  constructor(parts: LaneParts, traffic: Traffic, onSettled: (isFirst: boolean) => void) {
    this.#parts = parts;
    this.#traffic = traffic;
    this.#onSettled = onSettled;
    const { clock, rng, connector, metrics, serviceUrls } = parts;
    const learn = (fact: DirectoryFact) => {
      if (this.unwritten === 0) this.#unwrittenSince = clock.now();
      this.#facts.push(fact);
    };
    const [closing, abandon] = [this.closing, this.#abandon];
    this.#lane = { clock, rng, connector, serviceUrls, metrics, traffic, closing, abandon, learn };
  }

  /** How many are worked on. */
  get open(): number {
    return this.#runs.size;
  }

  get unwritten(): number {
    return this.#settlements.length + this.#facts.length;
  }

  /** Since when something waits to be written. */
  get unwrittenSince(): number {
    return this.#unwrittenSince;
  }

  /**
   * Starts to work on claimed deliveries; answers how many came to the door, where they start or wait for it. Throws `StoreError` when
   * their campaigns cannot be read: then none was started.
   */
  async begin(claimed: readonly ClaimedDelivery[]): Promise<number> {
    const campaigns = new Map<CampaignId, OpenCampaign>();
    const now = this.#parts.clock.now();
    for (const { campaignId, revision } of claimed) {
      if (campaigns.has(campaignId)) continue;
      const campaign = await this.#parts.campaigns.get(campaignId, revision, now);
      if (campaign !== null) campaigns.set(campaignId, campaign);
    }
    const { circuit, admission } = this.#traffic;
    const begun = this.#parts.metrics.block("begin");
    const before = admission.waiting + admission.inFlight;
    for (const claim of claimed) {
      const campaign = campaigns.get(claim.campaignId);
      assert(campaign !== undefined, "a claimed delivery has a campaign");
      this.#beginOne(claim, campaign);
    }
    begun();
    const atDoor = admission.waiting + admission.inFlight - before;
    // What was claimed while the lane halted waits in the ledger, not in memory, and overtakes nothing that was given back just
    // then; a probe is alone.
    const isProbe = this.#runs.size === 1 && this.#settlements.length === 0;
    if (circuit.isHalted && !isProbe) admission.release();
    return atDoor;
  }

  /** Gives claimed deliveries back that were not started. */
  giveBack(claimed: readonly ClaimedDelivery[]): void {
    for (const claim of claimed) this.#unstarted(claim);
  }

  /** Takes what has to be written, to be put back with `putBack` should that fail. */
  take(): Unwritten {
    const taken = { settlements: this.#settlements, facts: this.#facts };
    this.#settlements = [];
    this.#facts = [];
    return taken;
  }

  putBack({ settlements, facts }: Unwritten): void {
    this.#settlements = [...settlements, ...this.#settlements];
    this.#facts = [...facts, ...this.#facts];
  }

  /** Capped campaigns that have as many in memory as they may start in the next `aheadMs`. */
  held(aheadMs: number): readonly CampaignId[] {
    const now = this.#traffic.now();
    const held = new Set<CampaignId>();
    for (const { campaign } of this.#runs) {
      const { cap, id } = campaign;
      if (cap === null || held.has(id)) continue;
      const waiting = this.#traffic.admission.waitingOf(id);
      if (waiting >= Math.max(1, cap.startsWithin(now, aheadMs))) held.add(id);
    }
    return [...held];
  }

  /** What is lost with the lane: all that is open, and what could not be written. */
  lost({ settlements }: Unwritten): LostWork {
    const unwritten = [...settlements, ...this.#settlements];
    let requests = 0;
    for (const run of this.#runs) requests += run.requests;
    for (const settlement of unwritten) requests += settlement.requests;
    const deliveries = this.#runs.size + unwritten.length;
    return { deliveries, settlements: unwritten.length, requests };
  }

  /** Forgets everything: the lane is another worker's now, who finds the rows as they stand in the ledger. */
  drop(): void {
    for (const run of this.#runs) this.#close(run);
    this.take();
    this.#traffic.turns.forgetAll();
  }

  /** Lets nothing more start, and gives back what waits. */
  close(): void {
    this.closing.abort();
    this.#traffic.close();
  }

  /** Cuts requests in flight short. */
  abandon(): void {
    this.#abandon.abort();
  }

  /** Settles what is still open: its requests did not even answer to being cut short, so it is uncertain what they did. */
  giveUp(): void {
    for (const run of this.#runs) {
      this.#close(run);
      this.#keep(cutOff(run, this.#parts.clock.now()));
    }
  }

  #beginOne(claim: ClaimedDelivery, campaign: OpenCampaign): void {
    const { serviceUrls } = this.#parts;
    const { cap, id } = campaign;
    const { admission } = this.#traffic;
    const soon = cap?.startsWithin(this.#traffic.now(), cappedAheadMs) ?? Number.POSITIVE_INFINITY;
    if (cap !== null && admission.waitingOf(id) > soon) {
      this.#unstarted(claim);
      return;
    }
    const run = beginRun(claim, campaign, serviceUrls.last(campaign.row.tenantId));
    this.#runs.add(run);
    campaign.inMemory += 1;
    void deliver(this.#lane, run).then((settlement) => {
      if (run.isOver) return;
      this.#close(run);
      this.#keep(settlement);
      this.#onSettled(this.#settlements.length === 1);
    });
  }

  #unstarted(claim: ClaimedDelivery): void {
    const now = this.#parts.clock.now();
    this.#traffic.turns.sentBack(visitorOf(claim), now, now);
    this.#keep(unstarted(claim, now));
  }

  #close(run: DeliveryRun): void {
    run.isOver = true;
    run.campaign.inMemory -= 1;
    this.#runs.delete(run);
  }

  #keep(settlement: Settlement): void {
    if (this.unwritten === 0) this.#unwrittenSince = this.#parts.clock.now();
    this.#settlements.push(settlement);
  }
}

/** A capped campaign has at most so much of its time in memory; the rest goes back. */
const cappedAheadMs = 1000;

/** A change is made again by the next process, which does no harm. */
function cutOff(run: DeliveryRun, now: number): Settlement {
  const detail = "The service stopped while the request was under way.";
  return isChange(run.campaign.row.kind)
    ? pending(run, now, { resend: true, code: "TEAMS_UNCERTAIN", detail })
    : uncertain(run, detail);
}
