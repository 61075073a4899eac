import { assert } from "../../domain/assert.ts";
import type { BotId, TenantId, WorkerId } from "../../domain/ids.ts";
import type {
  LaneHold,
  LaneHolder,
  LedgerStore,
  OpenLane,
  Scope,
  TurnRequest,
} from "../../engine/ports/store.ts";
import { waitsForInstant } from "../lane-rows.ts";
import type { Database } from "./database.ts";

type AcquireRequest = Parameters<LedgerStore["acquireLane"]>[0];

/**
 * Takes a lane that is free, the worker's own, or its holder's who took no turn since `from`; answers who holds it otherwise. A
 * lane whose row is locked is in its holder's turn, which is not waited for.
 */
export async function acquireLane(
  db: Database,
  request: AcquireRequest,
): ReturnType<LedgerStore["acquireLane"]> {
  const { scope } = request;
  const taken = await takeLane(db, request, "SKIP LOCKED");
  if (taken !== null) return taken;
  const holder = await holderOf(db, scope);
  if (holder !== null) return { holder };
  // Nobody holds it, and somebody is just taking it.
  const late = await takeLane(db, request, "");
  if (late !== null) return late;
  const quicker = await holderOf(db, scope);
  assert(quicker !== null, "a lane that cannot be taken has a holder");
  return { holder: quicker };
}

async function takeLane(
  db: Database,
  { scope, worker, leaseUntil, from }: AcquireRequest,
  wait: "SKIP LOCKED" | "",
): Promise<{ readonly hold: LaneHold; readonly leftUntil: number | null } | null> {
  const row = await db.get<{ fence: number; left_until: number | null }>(
    `WITH free AS (
       SELECT tenant_id, bot_id, CASE WHEN owner IS NULL AND fence > 0 THEN lease_until END AS left_until FROM lanes
       WHERE tenant_id = $1 AND bot_id = $2
         AND (owner IS NULL OR owner = $3 OR (owner = $5 AND fence = $6 AND turn = $7))
       FOR UPDATE ${wait}
     ), taken AS (
       UPDATE lanes l SET fence = CASE WHEN l.owner = $3 THEN l.fence ELSE l.fence + 1 END, owner = $3, lease_until = $4
       FROM free WHERE l.tenant_id = free.tenant_id AND l.bot_id = free.bot_id
       RETURNING l.fence, free.left_until
     ), made AS (
       INSERT INTO lanes (tenant_id, bot_id, owner, fence, lease_until) VALUES ($1, $2, $3, 1, $4)
       ON CONFLICT (tenant_id, bot_id) DO NOTHING RETURNING fence
     )
     SELECT fence, left_until FROM taken UNION ALL SELECT fence, NULL FROM made`,
    scope.tenantId,
    scope.botId,
    worker,
    leaseUntil,
    from?.worker ?? null,
    from?.fence ?? null,
    from?.turn ?? null,
  );
  if (row === null) return null;
  return { hold: { scope, worker, fence: row.fence }, leftUntil: row.left_until };
}

async function holderOf(db: Database, { tenantId, botId }: Scope): Promise<LaneHolder | null> {
  const row = await db.get<HolderRow>(
    "SELECT owner, fence, turn, lease_until FROM lanes WHERE tenant_id = $1 AND bot_id = $2",
    tenantId,
    botId,
  );
  return row === null ? null : holderIn(row);
}

interface HolderRow {
  readonly owner: WorkerId | null;
  readonly fence: number | null;
  readonly turn: number | null;
  readonly lease_until: number | null;
}

function holderIn({ owner, fence, turn, lease_until }: HolderRow): LaneHolder | null {
  return owner === null
    ? null
    : { worker: owner, fence: fence ?? 0, turn: turn ?? 0, leaseUntil: lease_until ?? 0 };
}

/** Gives a lane back; nothing happens when another worker holds it by now. What is left of the lease is its last requests'. */
export async function releaseLane(db: Database, hold: LaneHold, leftUntil: number): Promise<void> {
  await db.run(
    "UPDATE lanes SET owner = NULL, lease_until = $5 WHERE tenant_id = $1 AND bot_id = $2 AND owner = $3 AND fence = $4",
    ...keyOf(hold),
    leftUntil,
  );
}

/** Keeps the later of `until` and what is recorded. */
export async function quietLane(
  db: Database,
  { tenantId, botId }: Scope,
  until: number,
): Promise<void> {
  await db.run(
    `INSERT INTO lanes AS l (tenant_id, bot_id, fence, lease_until, quiet_until) VALUES ($1, $2, 0, 0, $3)
     ON CONFLICT (tenant_id, bot_id) DO UPDATE SET quiet_until = greatest(l.quiet_until, excluded.quiet_until)`,
    tenantId,
    botId,
    until,
  );
}

/** The instant of the lane's last turn; 0 where it had none. */
export async function lastTurnAt(db: Database, { tenantId, botId }: Scope): Promise<number> {
  const sql = "SELECT turned_at FROM lanes WHERE tenant_id = $1 AND bot_id = $2";
  return (await db.get<{ turned_at: number }>(sql, tenantId, botId))?.turned_at ?? 0;
}

/** The instant of the lane's last turn, where something waits for an instant that was written by the same clock. */
export async function laneTurnedAt(
  db: Database,
  { tenantId, botId }: Scope,
): Promise<number | null> {
  const row = await db.get<{ turned_at: number }>(
    `SELECT l.turned_at FROM lanes l WHERE l.tenant_id = $1 AND l.bot_id = $2 AND ${waitsForInstant}`,
    tenantId,
    botId,
  );
  return row?.turned_at ?? null;
}

/** Keeps the longer of `quietMs` and what waits for the lane's next turn. */
export async function quietLaneFor(
  db: Database,
  { tenantId, botId }: Scope,
  quietMs: number,
): Promise<void> {
  await db.run(
    "UPDATE lanes SET quiet_ms = greatest(quiet_ms, $3) WHERE tenant_id = $1 AND bot_id = $2",
    tenantId,
    botId,
    quietMs,
  );
}

/** Whether the lane was asked for quiet that its last turn was not the end of. */
export async function isQuiet(db: Database, { tenantId, botId }: Scope): Promise<boolean> {
  const sql = `SELECT 1 AS n FROM lanes
    WHERE tenant_id = $1 AND bot_id = $2 AND (quiet_ms IS NOT NULL OR quiet_until > turned_at)`;
  return (await db.get<{ n: number }>(sql, tenantId, botId)) !== null;
}

/** What `quietLane` recorded, or null. */
export async function laneQuietUntil(
  db: Database,
  { tenantId, botId }: Scope,
): Promise<number | null> {
  const row = await db.get<{ quiet_until: number | null }>(
    "SELECT quiet_until FROM lanes WHERE tenant_id = $1 AND bot_id = $2",
    tenantId,
    botId,
  );
  return row?.quiet_until ?? null;
}

/**
 * Whether the lane is still held so; then nobody else takes it before this transaction ends. A lease that ran out, and that
 * nobody else has taken since, still counts.
 */
export async function lockLane(db: Database, hold: LaneHold): Promise<boolean> {
  const row = await db.get<{ n: number }>(
    "SELECT 1 AS n FROM lanes WHERE tenant_id = $1 AND bot_id = $2 AND owner = $3 AND fence = $4 FOR UPDATE",
    ...keyOf(hold),
  );
  return row !== null;
}

/** What a turn hears as it begins. */
interface Renewed {
  /** The number of the lane's next turn. */
  readonly turn: number;
  readonly quiet_until: number | null;
  /** Whether other processes have asked for slots. */
  readonly has_slots: boolean;
}

/** Renews the lease; answers null when the lane is not held any more. Nobody else takes it before this transaction ends. */
export async function renewLane(
  db: Database,
  { hold, now, leaseUntil }: Pick<TurnRequest, "hold" | "now" | "leaseUntil">,
): Promise<Renewed | null> {
  return db.get<Renewed>(
    `UPDATE lanes SET lease_until = $5, turn = turn + 1, turned_at = $6, quiet_until = greatest(quiet_until, $6 + quiet_ms), quiet_ms = NULL
     WHERE tenant_id = $1 AND bot_id = $2 AND owner = $3 AND fence = $4
     RETURNING turn, quiet_until, EXISTS (SELECT 1 FROM lane_slots WHERE tenant_id = $1 AND bot_id = $2) AS has_slots`,
    ...keyOf(hold),
    leaseUntil,
    now,
  );
}

/** Lanes with campaigns that are expanding or sending, with rows in flight, or with asks for slots, and who holds them. */
export async function openLanes(db: Database, botId: BotId): Promise<readonly OpenLane[]> {
  const rows = await db.all<HolderRow & { readonly tenant_id: TenantId }>(
    `WITH RECURSIVE ${tenantsWhere("open", "state IN ('expanding', 'sending')")},
       ${tenantsWhere("in_flight", "sending > 0")}
     SELECT t.tenant_id, l.owner, l.fence, l.turn, l.lease_until
     FROM (
       SELECT tenant_id FROM open UNION SELECT tenant_id FROM in_flight
       UNION SELECT tenant_id FROM lane_slots WHERE bot_id = $1
     ) t
     LEFT JOIN lanes l ON l.tenant_id = t.tenant_id AND l.bot_id = $1
     WHERE t.tenant_id IS NOT NULL ORDER BY t.tenant_id`,
    botId,
  );
  return rows.map((row) => ({ botId, tenantId: row.tenant_id, holder: holderIn(row) }));
}

/** One probe of the index for each tenant, however many campaigns it has. */
function tenantsWhere(name: string, condition: string): string {
  const probe = `SELECT tenant_id FROM campaigns WHERE bot_id = $1 AND ${condition}`;
  return `${name} AS (
    (${probe} ORDER BY tenant_id LIMIT 1)
    UNION ALL
    SELECT (${probe} AND tenant_id > ${name}.tenant_id ORDER BY tenant_id LIMIT 1)
    FROM ${name} WHERE ${name}.tenant_id IS NOT NULL)`;
}

function keyOf({ scope, worker, fence }: LaneHold): readonly [string, string, string, number] {
  return [scope.tenantId, scope.botId, worker, fence];
}
