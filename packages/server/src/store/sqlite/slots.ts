import { classRank, trafficClasses } from "../../domain/campaign.ts";
import type { SlotAsk, SlotStore, TurnNews, TurnSlots } from "../../engine/ports/slot-store.ts";
import type { LaneHold, Scope } from "../../engine/ports/store.ts";
import {
  type PostponedRow,
  postponedOf,
  type QuietRow,
  quietPlaceOf,
  type SlotRow,
  slotColumns,
  slotNews,
  slotsMax,
} from "../slot-rows.ts";
import type { Database } from "./database.ts";
import { isQuiet, quietLaneFor } from "./lanes.ts";

/** Asks the lane's holder for one request. */
export function askSlot(db: Database, { tenantId, botId }: Scope, ask: SlotAsk): void {
  db.run(
    `INSERT INTO lane_slots (tenant_id, bot_id, slot_id, thread_use, conversation, priority, asked_at)
     VALUES (?, ?, ?, ?, ?, ?, coalesce((SELECT turned_at FROM lanes WHERE tenant_id = ? AND bot_id = ?), 0))
     ON CONFLICT (tenant_id, bot_id, slot_id) DO NOTHING`,
    tenantId,
    botId,
    ask.id,
    ask.use,
    ask.conversation,
    classRank(ask.trafficClass),
    tenantId,
    botId,
  );
}

/** How an ask stands. */
export function slotOf(
  db: Database,
  scope: Scope,
  id: string,
): Awaited<ReturnType<SlotStore["slotOf"]>> {
  const row = db.get<{ granted: number }>(
    "SELECT granted FROM lane_slots WHERE tenant_id = ? AND bot_id = ? AND slot_id = ?",
    scope.tenantId,
    scope.botId,
    id,
  );
  return row === null ? null : { isGranted: row.granted !== 0, isQuiet: isQuiet(db, scope) };
}

/** Forgets an ask that is over, and keeps what its answer asked for. */
export function endSlot(
  db: Database,
  scope: Scope,
  { id, quietMs }: { readonly id: string; readonly quietMs: number | null },
): void {
  forget(db, scope, id);
  if (quietMs !== null) quietLaneFor(db, scope, quietMs);
}

/** What a turn tells and hears; part of its transaction. */
export function exchangeSlots(
  db: Database,
  { scope }: LaneHold,
  { grants, quiet, now }: TurnSlots & { readonly now: number },
): Pick<TurnNews, "asks" | "lent"> {
  const { tenantId, botId } = scope;
  for (const id of grants)
    db.run(
      "UPDATE lane_slots SET granted = 1 WHERE tenant_id = ? AND bot_id = ? AND slot_id = ?",
      tenantId,
      botId,
      id,
    );
  if (quiet.length > 0) keepQuiet(db, scope, { quiet, now });
  const rows = db.all<SlotRow>(
    `SELECT ${slotColumns} FROM lane_slots WHERE tenant_id = ? AND bot_id = ? ORDER BY asked_at, slot_id LIMIT (? + 0)`,
    tenantId,
    botId,
    slotsMax,
  );
  const { stale, ...news } = slotNews(rows, now);
  for (const id of stale) forget(db, scope, id);
  return news;
}

/** What the next holder of the lane has to know. */
export function laneMemory(
  db: Database,
  { tenantId, botId }: Scope,
  now: number,
): Awaited<ReturnType<SlotStore["laneMemory"]>> {
  const quiet = db.all<QuietRow>(
    "SELECT thread_use, conversation, quiet_until FROM quiet_places WHERE tenant_id = ? AND bot_id = ? AND quiet_until > ?",
    tenantId,
    botId,
    now,
  );
  const postponed = trafficClasses
    .map(classRank)
    .flatMap((rank) => db.all<PostponedRow>(selectPostponed, tenantId, botId, rank, now, now));
  return {
    quiet: quiet.map(quietPlaceOf),
    postponed: postponedOf(postponed),
  };
}

const selectPostponed = `
SELECT c.campaign_id, c.priority, c.entry, d.recipient_key, d.recipient, d.due_at
FROM campaigns c
CROSS JOIN deliveries d ON d.tenant_id = c.tenant_id AND d.campaign_id = c.campaign_id
WHERE c.tenant_id = ? AND c.bot_id = ? AND c.priority = ? AND c.queue = 0 AND c.next_due_at > ?
  AND d.state = 'pending' AND d.due_at > ? AND d.due_at < 9007199254740991 AND d.attempts = 0
ORDER BY c.next_due_at LIMIT 1000`;

function keepQuiet(
  db: Database,
  { tenantId, botId }: Scope,
  { quiet, now }: Pick<TurnSlots, "quiet"> & { readonly now: number },
): void {
  db.run(
    "DELETE FROM quiet_places WHERE tenant_id = ? AND bot_id = ? AND quiet_until <= ?",
    tenantId,
    botId,
    now,
  );
  for (const { use, conversation, until } of quiet)
    db.run(
      `INSERT INTO quiet_places (tenant_id, bot_id, thread_use, conversation, quiet_until) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (tenant_id, bot_id, thread_use, conversation) DO UPDATE SET
         quiet_until = max(quiet_until, excluded.quiet_until)`,
      tenantId,
      botId,
      use,
      conversation,
      until,
    );
}

function forget(db: Database, { tenantId, botId }: Scope, id: string): void {
  db.run(
    "DELETE FROM lane_slots WHERE tenant_id = ? AND bot_id = ? AND slot_id = ?",
    tenantId,
    botId,
    id,
  );
}
