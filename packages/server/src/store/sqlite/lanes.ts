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

/** Takes a lane that is free, the worker's own, or its holder's who took no turn since `from`; answers who holds it otherwise. */
export function acquireLane(
  db: Database,
  { scope, worker, leaseUntil, from }: AcquireRequest,
): Awaited<ReturnType<LedgerStore["acquireLane"]>> {
  const { tenantId, botId } = scope;
  const left = db.get<{ lease_until: number }>(
    "SELECT lease_until FROM lanes WHERE tenant_id = ? AND bot_id = ? AND owner IS NULL AND fence > 0",
    tenantId,
    botId,
  );
  const row = db.get<{ fence: number }>(
    `INSERT INTO lanes (tenant_id, bot_id, owner, fence, lease_until) VALUES (?, ?, ?, 1, ?)
     ON CONFLICT (tenant_id, bot_id) DO UPDATE SET
       fence = CASE WHEN owner IS excluded.owner THEN fence ELSE fence + 1 END,
       owner = excluded.owner, lease_until = excluded.lease_until
     WHERE owner IS NULL OR owner = excluded.owner OR (owner = ? AND fence = ? AND turn = ?)
     RETURNING fence`,
    tenantId,
    botId,
    worker,
    leaseUntil,
    from?.worker ?? null,
    from?.fence ?? null,
    from?.turn ?? null,
  );
  if (row !== null)
    return { hold: { scope, worker, fence: row.fence }, leftUntil: left?.lease_until ?? null };
  const holder = holderOf(db, scope);
  assert(holder !== null, "a lane that cannot be taken has a holder");
  return { holder };
}

/** Gives a lane back; nothing happens when another worker holds it by now. What is left of the lease is its last requests'. */
export function releaseLane(db: Database, hold: LaneHold, leftUntil: number): void {
  db.run(
    "UPDATE lanes SET owner = NULL, lease_until = ? WHERE tenant_id = ? AND bot_id = ? AND owner = ? AND fence = ?",
    leftUntil,
    hold.scope.tenantId,
    hold.scope.botId,
    hold.worker,
    hold.fence,
  );
}

/** Keeps the later of `until` and what is recorded. */
export function quietLane(db: Database, { tenantId, botId }: Scope, until: number): void {
  db.run(
    `INSERT INTO lanes (tenant_id, bot_id, fence, lease_until, quiet_until) VALUES (?, ?, 0, 0, ?)
     ON CONFLICT (tenant_id, bot_id) DO UPDATE SET
       quiet_until = max(coalesce(quiet_until, 0), excluded.quiet_until)`,
    tenantId,
    botId,
    until,
  );
}

/** Keeps the longer of `quietMs` and what waits for the lane's next turn. */
export function quietLaneFor(db: Database, { tenantId, botId }: Scope, quietMs: number): void {
  db.run(
    "UPDATE lanes SET quiet_ms = max(coalesce(quiet_ms, 0), ?) WHERE tenant_id = ? AND bot_id = ?",
    quietMs,
    tenantId,
    botId,
  );
}

/** Whether the lane was asked for quiet that its last turn was not the end of. */
export function isQuiet(db: Database, { tenantId, botId }: Scope): boolean {
  const sql = `SELECT 1 AS n FROM lanes
    WHERE tenant_id = ? AND bot_id = ? AND (quiet_ms IS NOT NULL OR quiet_until > turned_at)`;
  return db.get<{ n: number }>(sql, tenantId, botId) !== null;
}

/** What `quietLane` recorded, or null. */
export function laneQuietUntil(db: Database, { tenantId, botId }: Scope): number | null {
  const row = db.get<{ quiet_until: number | null }>(
    "SELECT quiet_until FROM lanes WHERE tenant_id = ? AND bot_id = ?",
    tenantId,
    botId,
  );
  return row?.quiet_until ?? null;
}

/** The instant of the lane's last turn; 0 where it had none. */
export function lastTurnAt(db: Database, { tenantId, botId }: Scope): number {
  const sql = "SELECT turned_at FROM lanes WHERE tenant_id = ? AND bot_id = ?";
  return db.get<{ turned_at: number }>(sql, tenantId, botId)?.turned_at ?? 0;
}

/** The instant of the lane's last turn, where something waits for an instant that was written by the same clock. */
export function laneTurnedAt(db: Database, { tenantId, botId }: Scope): number | null {
  const row = db.get<{ turned_at: number }>(
    `SELECT l.turned_at FROM lanes l WHERE l.tenant_id = ? AND l.bot_id = ? AND ${waitsForInstant}`,
    tenantId,
    botId,
  );
  return row?.turned_at ?? null;
}

/** Whether the lane is still held so. A lease that ran out, and that nobody else has taken since, still counts. */
export function isHeld(db: Database, hold: LaneHold): boolean {
  const row = db.get<{ n: number }>(
    "SELECT 1 AS n FROM lanes WHERE tenant_id = ? AND bot_id = ? AND owner = ? AND fence = ?",
    hold.scope.tenantId,
    hold.scope.botId,
    hold.worker,
    hold.fence,
  );
  return row !== null;
}

/** Renews the lease; answers the number of the lane's next turn and its quiet, or null when the lane is not held any more. */
export function renewLane(
  db: Database,
  { hold, now, leaseUntil }: Pick<TurnRequest, "hold" | "now" | "leaseUntil">,
): { readonly turn: number; readonly quiet_until: number | null } | null {
  return db.get<{ turn: number; quiet_until: number | null }>(
    `UPDATE lanes SET lease_until = ?, turn = turn + 1, turned_at = ?, quiet_ms = NULL,
       quiet_until = CASE WHEN quiet_ms IS NULL THEN quiet_until ELSE max(coalesce(quiet_until, 0), ? + quiet_ms) END
     WHERE tenant_id = ? AND bot_id = ? AND owner = ? AND fence = ? RETURNING turn, quiet_until`,
    leaseUntil,
    now,
    now,
    hold.scope.tenantId,
    hold.scope.botId,
    hold.worker,
    hold.fence,
  );
}

/** Lanes with campaigns that are expanding or sending, with rows in flight, or with asks for slots. */
export function openLanes(db: Database, botId: BotId): readonly OpenLane[] {
  const open = tenantsBy(
    db,
    botId,
    `SELECT tenant_id FROM campaigns WHERE bot_id = ? AND state IN ('expanding', 'sending') AND tenant_id > ?
     ORDER BY tenant_id LIMIT 1`,
  );
  const inFlight = tenantsBy(
    db,
    botId,
    "SELECT tenant_id FROM campaigns WHERE bot_id = ? AND sending > 0 AND tenant_id > ? ORDER BY tenant_id LIMIT 1",
  );
  const asked = tenantsBy(
    db,
    botId,
    "SELECT tenant_id FROM lane_slots WHERE bot_id = ? AND tenant_id > ? ORDER BY tenant_id LIMIT 1",
  );
  return [...new Set([...open, ...inFlight, ...asked])]
    .sort()
    .map((tenantId) => ({ botId, tenantId, holder: holderOf(db, { botId, tenantId }) }));
}

function holderOf(db: Database, { tenantId, botId }: Scope): LaneHolder | null {
  const row = db.get<{ owner: WorkerId | null; fence: number; turn: number; lease_until: number }>(
    "SELECT owner, fence, turn, lease_until FROM lanes WHERE tenant_id = ? AND bot_id = ?",
    tenantId,
    botId,
  );
  return row === null || row.owner === null
    ? null
    : { worker: row.owner, fence: row.fence, turn: row.turn, leaseUntil: row.lease_until };
}

/** One probe of the index for each tenant, however many campaigns it has. */
function tenantsBy(db: Database, botId: BotId, sql: string): readonly TenantId[] {
  const tenants: TenantId[] = [];
  for (;;) {
    const row = db.get<{ tenant_id: TenantId }>(sql, botId, tenants.at(-1) ?? "");
    if (row === null) return tenants;
    tenants.push(row.tenant_id);
  }
}
