import { classOfRank, isUrgent } from "../../domain/campaign.ts";
import type { CampaignId } from "../../domain/ids.ts";
import type { Wake } from "../../engine/ports/wakes.ts";
import {
  CampaignTally,
  type ClosedTally,
  type CodeCount,
  type TallyRow,
  tallyColumns,
} from "../campaign-tally.ts";
import { heldDueAt } from "../due-at.ts";
import { storedGuards } from "../guard-rows.ts";
import { jsonOrNull } from "../json-column.ts";
import { type Stop, stopsOf } from "../stops.ts";
import { columnsOf } from "./columns.ts";
import type { Database } from "./database.ts";
import { lookUp } from "./look-up.ts";

/**
 * The tallies of the campaigns that one transaction touches. Loading one locks its row until the transaction ends, and nobody
 * changes a campaign's rows without that lock: so none of them has to be locked itself.
 */
export class Tallies {
  readonly #db: Database;
  readonly #loaded = new Map<CampaignId, CampaignTally>();
  readonly #decided = new Map<CampaignId, ClosedTally>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** One that was loaded; null where there is no such campaign. */
  get(id: CampaignId): CampaignTally | null {
    return this.#loaded.get(id) ?? null;
  }

  get all(): readonly CampaignTally[] {
    return [...this.#loaded.values()];
  }

  /** Loads those of the given campaigns that are not loaded yet, in the order of their ids, which all transactions keep. */
  async load(ids: readonly CampaignId[]): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.#loaded.has(id));
    if (missing.length === 0) return;
    const sql = `WITH ids AS MATERIALIZED (
        SELECT id FROM unnest($1::text[]) AS s (id) ORDER BY id COLLATE "C")
      SELECT c.* FROM ids ${lookUp("c", `SELECT ${tallyColumns} FROM campaigns WHERE campaign_id = ids.id FOR UPDATE`)}`;
    this.adopt(await this.#db.all<TallyRow>(sql, missing));
  }

  /**
   * Takes over rows that were read `FOR UPDATE` in this transaction. `stateChanged`: their places in the queue must be looked up
   * anew.
   */
  adopt(rows: readonly TallyRow[], { stateChanged = false } = {}): void {
    for (const row of rows) this.#loaded.set(row.campaign_id, new CampaignTally(row, stateChanged));
  }

  /** Looks up what has to be looked up before they are saved. */
  async look(): Promise<void> {
    const unsure = this.all.filter((tally) => tally.isTouched && tally.mustLook);
    if (unsure.length === 0) return;
    const earliest = await earliestDue(this.#db, unsure);
    for (const tally of unsure) tally.looked(earliest.get(tally.id) ?? null);
  }

  /** Decides which campaigns stop by what happened so far, before more happens to them. They are not written yet. */
  async decide(now: number): Promise<void> {
    await this.look();
    for (const tally of this.#touched) this.#decided.set(tally.id, this.#close(tally, now));
  }

  /** Writes those that changed; answers the campaigns that stopped. They must not be used any more. */
  async save(now: number): Promise<readonly Stop[]> {
    await this.look();
    return this.saveLooked(now);
  }

  /** The same after {@link look}: what is asked of the database next, without waiting for this, sees what was written. */
  async saveLooked(now: number): Promise<readonly Stop[]> {
    const closed = this.#touched.map((tally) => ({ tally, ...this.#close(tally, now) }));
    if (closed.length === 0) return [];
    await Promise.all([write(this.#db, closed, now), writeCodes(this.#db, closed)]);
    for (const one of closed.flatMap(wakesOf)) this.#db.tell(one);
    return closed.flatMap((one) => stopsOf(one.tally.id, one));
  }

  get #touched(): readonly CampaignTally[] {
    return this.all.filter((tally) => tally.isTouched);
  }

  /** What is to be written, with what was decided before. */
  #close(tally: CampaignTally, now: number): ClosedTally {
    const closed = tally.close(now, null);
    const before = this.#decided.get(tally.id);
    if (before === undefined) return closed;
    return {
      ...closed,
      finishes: closed.finishes || before.finishes,
      pause: closed.pause ?? before.pause,
      codes: added(before.codes, closed.codes),
    };
  }
}

/** Counts of both, each state and code once. */
function added(some: readonly CodeCount[], more: readonly CodeCount[]): readonly CodeCount[] {
  const isSame = (a: CodeCount, b: CodeCount) => a.state === b.state && a.code === b.code;
  const joined = some.map((one) => {
    const other = more.find((each) => isSame(one, each));
    return other === undefined ? one : { ...one, count: one.count + other.count };
  });
  return [...joined, ...more.filter((one) => !some.some((each) => isSame(one, each)))];
}

/** What other processes are to know of it. A notification ends too often to be told of. */
function wakesOf({ tally, opens, finishes, pause }: Closed): readonly Wake[] {
  const { botId, tenantId, id } = tally;
  const hasStopped = (finishes || pause !== null) && tally.kind !== "notification";
  return [
    ...(opens ? [workIn(tally, 1)] : []),
    ...(hasStopped ? [{ kind: "moved", botId, tenantId, id } as const] : []),
  ];
}

/** That there is work of a campaign, which has so many deliveries that are due. */
export function workIn(
  { botId, tenantId, rank }: Pick<CampaignTally, "botId" | "tenantId" | "rank">,
  count: number,
): Wake {
  const urgent = isUrgent(classOfRank(rank) ?? "bulk") ? count : 0;
  return { kind: "work", botId, tenantId, urgent };
}

/** A tally's values with whose they are. */
type Closed = ClosedTally & { readonly tally: CampaignTally };

async function earliestDue(
  db: Database,
  tallies: readonly CampaignTally[],
): Promise<ReadonlyMap<CampaignId, number>> {
  const rows = await db.all<{ campaign_id: CampaignId; due_at: number }>(
    `SELECT c.campaign_id, d.due_at
     FROM unnest($1::text[], $2::text[]) AS c (tenant_id, campaign_id)
     CROSS JOIN LATERAL (
       SELECT due_at FROM deliveries WHERE tenant_id = c.tenant_id AND campaign_id = c.campaign_id AND state = 'pending'
         AND due_at < $3
       ORDER BY due_at, ordinal, recipient_key LIMIT 1) d`,
    tallies.map((tally) => tally.tenantId),
    tallies.map((tally) => tally.id),
    heldDueAt,
  );
  return new Map(rows.map((row) => [row.campaign_id, row.due_at]));
}

const counters = columnsOf({
  tenant_id: "text",
  campaign_id: "text",
  state: "text",
  finishes: "boolean",
  pending: "bigint",
  sending: "bigint",
  accepted: "bigint",
  failed: "bigint",
  skipped: "bigint",
  cancelled: "bigint",
  uncertain: "bigint",
  resent: "bigint",
  queue: "smallint",
  turn: "bigint",
  next_due_at: "bigint",
  canary_left: "bigint",
  held: "bigint",
  watched: "text",
  paused_from: "text",
  pause_cause: "text",
});

async function write(db: Database, closed: readonly Closed[], now: number): Promise<void> {
  await db.run(
    `WITH closed AS MATERIALIZED (
       SELECT s.*, f.row FROM ${counters.from(2, "s")} ${lookUp(
         "f",
         "SELECT ctid AS row FROM campaigns WHERE tenant_id = s.tenant_id AND campaign_id = s.campaign_id",
       )}
     )
     UPDATE campaigns c SET state = s.state, updated_at = $1,
       finished_at = CASE WHEN s.finishes THEN $1 ELSE c.finished_at END,
       pending = s.pending, sending = s.sending, accepted = s.accepted, failed = s.failed, skipped = s.skipped,
       cancelled = s.cancelled, uncertain = s.uncertain, resent = s.resent,
       queue = s.queue, turn = s.turn, next_due_at = s.next_due_at,
       canary_left = s.canary_left, held = s.held, watched = s.watched,
       paused_from = coalesce(s.paused_from, c.paused_from), pause_cause = coalesce(s.pause_cause, c.pause_cause)
     FROM closed s WHERE c.ctid = s.row`,
    now,
    ...counters.arrays(
      closed.map(({ tally, codes: _codes, opens: _opens, nextDueAt, guards, pause, ...values }) => {
        const [canaryLeft, held, watched] =
          guards === null ? [null, 0, null] : storedGuards(guards);
        return {
          ...values,
          tenant_id: tally.tenantId,
          campaign_id: tally.id,
          next_due_at: nextDueAt,
          canary_left: canaryLeft,
          held,
          watched,
          paused_from: pause?.from ?? null,
          pause_cause: jsonOrNull(pause?.cause ?? null),
        };
      }),
    ),
  );
}

const codeCounts = columnsOf({
  tenant_id: "text",
  campaign_id: "text",
  state: "text",
  code: "text",
  count: "bigint",
});

async function writeCodes(db: Database, closed: readonly Closed[]): Promise<void> {
  const rows = closed.flatMap(({ tally, codes }) =>
    codes.map((one) => ({ ...one, tenant_id: tally.tenantId, campaign_id: tally.id })),
  );
  if (rows.length === 0) return;
  await db.run(
    `INSERT INTO campaign_codes AS k (${codeCounts.names})
     SELECT ${codeCounts.names} FROM ${codeCounts.from(1, "s")}
     ON CONFLICT (tenant_id, campaign_id, state, code) DO UPDATE SET count = k.count + excluded.count`,
    ...codeCounts.arrays(rows),
  );
}
