import { isOver, type TrafficClass } from "../domain/campaign.ts";
import type { CampaignId } from "../domain/ids.ts";
import { type CompileResult, compileMessage } from "../domain/message-compile.ts";
import { Pacer } from "./pacer.ts";
import type { Campaign, LedgerStore } from "./ports/store.ts";

/** A campaign as the lanes need it: its latest known row, its message made ready, and its own pacer where it has a cap. */
export interface OpenCampaign {
  readonly id: CampaignId;
  readonly priority: TrafficClass;
  /** That of the row's message. */
  compiled: CompileResult;
  readonly cap: Pacer | null;
  row: Campaign;
  /** When the row was last read or written, by the engine's clock. */
  readAt: number;
  /** How many rows were taken over so far. */
  version: number;
  /** Deliveries of it in memory. While there are any, it stays in the cache. */
  inMemory: number;
}

/**
 * The campaigns that somebody is working on. Bounded: those without deliveries in memory are forgotten, the longest unused
 * first, once there are more than `idleMax`.
 */
export class CampaignCache {
  readonly #ledger: LedgerStore;
  readonly #idleMax: number;
  readonly #open = new Map<CampaignId, OpenCampaign>();

  constructor(ledger: LedgerStore, { idleMax = 256 } = {}) {
    this.#ledger = ledger;
    this.#idleMax = idleMax;
  }

  /** The campaign, if it is known already. */
  peek(id: CampaignId): OpenCampaign | null {
    return this.#open.get(id) ?? null;
  }

  /**
   * The campaign of a delivery that was claimed at a revision, read where it is not known, or where what is known cannot be right:
   * only campaigns that may be sent are claimed, and with their latest message, so another process has moved or edited it since.
   * Null where there is none. Throws `StoreError`.
   */
  async get(id: CampaignId, revision: number, now: number): Promise<OpenCampaign | null> {
    const known = this.#open.get(id);
    if (known !== undefined && isMoving(known.row) && known.row.revision >= revision) {
      // To the end of the map, whose order is the order of last use.
      this.#open.delete(id);
      this.#open.set(id, known);
      return known;
    }
    return this.#read(id, now);
  }

  /** Takes over a row that was just written. */
  put(row: Campaign, now: number): OpenCampaign {
    const known = this.#open.get(row.id);
    if (known !== undefined) {
      if (row.revision !== known.row.revision) known.compiled = compileMessage(row.message);
      known.row = row;
      known.readAt = now;
      known.version += 1;
      return known;
    }
    const entry: OpenCampaign = {
      id: row.id,
      priority: row.priority,
      compiled: compileMessage(row.message),
      cap: row.ratePerSecond === null ? null : new Pacer({ ratePerSecond: row.ratePerSecond }),
      row,
      readAt: now,
      version: 1,
      inMemory: 0,
    };
    this.#open.set(row.id, entry);
    this.#forget();
    return entry;
  }

  /** Open campaigns whose expiry is over. */
  expired(now: number): readonly CampaignId[] {
    return [...this.#open.values()]
      .filter(({ row }) => !isOver(row.state) && row.expiresAt !== null && row.expiresAt <= now)
      .map(({ id }) => id);
  }

  /**
   * Reads again those rows in use that are older than `ageMs`, so that what another process did takes effect. Answers those
   * that it moved or edited.
   */
  async refresh(now: number, ageMs: number): Promise<readonly OpenCampaign[]> {
    const changed: OpenCampaign[] = [];
    for (const entry of this.#open.values()) {
      if (entry.inMemory === 0 || now - entry.readAt < ageMs) continue;
      const before = entry.row;
      await this.#read(entry.id, now);
      if (entry.row.state !== before.state || entry.row.revision !== before.revision)
        changed.push(entry);
    }
    return changed;
  }

  /** Reads a campaign that another process has moved or edited. Answers its row, or null where that was known already. */
  async readMoved(id: CampaignId, now: number): Promise<Campaign | null> {
    const before = this.#open.get(id)?.row;
    const row = (await this.#read(id, now))?.row ?? null;
    const isKnown = row?.state === before?.state && row?.revision === before?.revision;
    return isKnown ? null : row;
  }

  /**
   * Reads the row. What was written here meanwhile may be newer, so that what is read then changes nothing; the rows' own instants do
   * not tell, as clocks may be set back.
   */
  async #read(id: CampaignId, now: number): Promise<OpenCampaign | null> {
    const version = this.#open.get(id)?.version ?? 0;
    const row = await this.#ledger.getCampaign(id);
    const known = this.#open.get(id);
    if (known !== undefined && known.version !== version) {
      known.readAt = now;
      return known;
    }
    return row === null ? null : this.put(row, now);
  }

  #forget(): void {
    if (this.#open.size <= this.#idleMax) return;
    for (const [id, entry] of this.#open) {
      if (entry.inMemory > 0) continue;
      this.#open.delete(id);
      if (this.#open.size <= this.#idleMax) return;
    }
  }
}

function isMoving({ state }: Campaign): boolean {
  return state === "expanding" || state === "sending";
}
