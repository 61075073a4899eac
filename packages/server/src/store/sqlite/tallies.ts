import type { CampaignId } from "../../domain/ids.ts";
import {
  CampaignTally,
  type ClosedTally,
  type CodeCount,
  type TallyRow,
  tallyColumns,
} from "../campaign-tally.ts";
import { heldDueAt } from "../due-at.ts";
import { storedGuards } from "../guard-rows.ts";
import { type Stop, stopsOf } from "../stops.ts";
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

  /** Writes them all and forgets them; answers the campaigns that stopped by that. */
  save(now: number): readonly Stop[] {
    const tallies = [...this.#loaded.values()].filter((tally) => tally !== null);
    this.#loaded.clear();
    return tallies.flatMap((tally) => saveTally(this.#db, tally, now));
  }
}

/** The tally of a campaign, or null where there is none. `stateChanged`: its place in the queue must be looked up anew. */
export function loadTally(
  db: Database,
  id: CampaignId,
  { stateChanged = false }: { readonly stateChanged?: boolean } = {},
): CampaignTally | null {
  const sql = `SELECT ${tallyColumns} FROM campaigns WHERE campaign_id = ?`;
  const row = db.get<TallyRow>(sql, id);
  return row === null ? null : new CampaignTally(row, stateChanged);
}

/** Writes what changed; answers whether the campaign stopped by that. */
export function saveTally(db: Database, tally: CampaignTally, now: number): readonly Stop[] {
  const closed = tally.close(now, tally.mustLook ? earliestDue(db, tally) : null);
  db.run(
    `UPDATE campaigns SET state = ?, finished_at = CASE WHEN ? THEN ? ELSE finished_at END, updated_at = ?,
       pending = ?, sending = ?, accepted = ?, failed = ?, skipped = ?, cancelled = ?, uncertain = ?, resent = ?,
       queue = ?, turn = ?, next_due_at = ?
     WHERE tenant_id = ? AND campaign_id = ?`,
    closed.state,
    closed.finishes ? 1 : 0,
    now,
    now,
    closed.pending,
    closed.sending,
    closed.accepted,
    closed.failed,
    closed.skipped,
    closed.cancelled,
    closed.uncertain,
    closed.resent,
    closed.queue,
    closed.turn,
    closed.nextDueAt,
    tally.tenantId,
    tally.id,
  );
  for (const one of closed.codes) saveCode(db, tally, one);
  if (closed.guards !== null) saveGuards(db, tally, closed);
  return stopsOf(tally.id, closed);
}

/** Few campaigns have any. */
function saveGuards(db: Database, { tenantId, id }: CampaignTally, closed: ClosedTally): void {
  const { guards, pause } = closed;
  if (guards !== null)
    db.run(
      "UPDATE campaigns SET canary_left = ?, held = ?, watched = ? WHERE tenant_id = ? AND campaign_id = ?",
      ...storedGuards(guards),
      tenantId,
      id,
    );
  if (pause !== null)
    db.run(
      "UPDATE campaigns SET paused_from = ?, pause_cause = ? WHERE tenant_id = ? AND campaign_id = ?",
      pause.from,
      JSON.stringify(pause.cause),
      tenantId,
      id,
    );
}

function saveCode(db: Database, tally: CampaignTally, { state, code, count }: CodeCount): void {
  db.run(
    `INSERT INTO campaign_codes (tenant_id, campaign_id, state, code, count) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (tenant_id, campaign_id, state, code) DO UPDATE SET count = count + excluded.count`,
    tally.tenantId,
    tally.id,
    state,
    code,
    count,
  );
}

function earliestDue(db: Database, tally: CampaignTally): number | null {
  const row = db.get<{ due_at: number }>(
    `SELECT due_at FROM deliveries WHERE tenant_id = ? AND campaign_id = ? AND state = 'pending' AND due_at < ?
     ORDER BY due_at, ordinal LIMIT 1`,
    tally.tenantId,
    tally.id,
    heldDueAt,
  );
  return row?.due_at ?? null;
}
