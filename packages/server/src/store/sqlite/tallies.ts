import type { CampaignId } from "../../domain/ids.ts";
import { type CampaignTally, loadTally } from "./campaign-tally.ts";
import type { Database } from "./database.ts";

/** The tallies that one transaction touches, each loaded once. */
export class Tallies {
  readonly #db: Database;
  readonly #loaded = new Map<CampaignId, CampaignTally | null>();

  constructor(db: Database) {
    this.#db = db;
  }

  get(id: CampaignId): CampaignTally | null {
    const known = this.#loaded.get(id);
    if (known !== undefined) return known;
    const tally = loadTally(this.#db, id);
    this.#loaded.set(id, tally);
    return tally;
  }

  /** Writes them all and forgets them; answers the campaigns that finished. */
  save(now: number): readonly CampaignId[] {
    const finished: CampaignId[] = [];
    for (const tally of this.#loaded.values())
      if (tally?.save(this.#db, now)) finished.push(tally.id);
    this.#loaded.clear();
    return finished;
  }
}
