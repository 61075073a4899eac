import { classRank } from "../../domain/campaign.ts";
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
export async function askSlot(
  db: Database,
  { tenantId, botId }: Scope,
  ask: SlotAsk,
): Promise<void> {
  await db.run(
    `INSERT INTO lane_slots (tenant_id, bot_id, slot_id, thread_use, conversation, priority, asked_at)
     VALUES ($1, $2, $3, $4, $5, $6, coalesce((SELECT turned_at FROM lanes WHERE tenant_id = $1 AND bot_id = $2), 0))
     ON CONFLICT (tenant_id, bot_id, slot_id) DO NOTHING`,
    tenantId,
    botId,
    ask.id,
    ask.use,
    ask.conversation,
    classRank(ask.trafficClass),
  );
}

/** How an ask stands. */
export async function slotOf(
  db: Database,
  scope: Scope,
  id: string,
): ReturnType<SlotStore["slotOf"]> {
  const row = await db.get<{ granted: number }>(
    "SELECT granted FROM lane_slots WHERE tenant_id = $1 AND bot_id = $2 AND slot_id = $3",
    scope.tenantId,
    scope.botId,
    id,
  );
  if (row === null) return null;
  return { isGranted: row.granted !== 0, isQuiet: await isQuiet(db, scope) };
}

/** Forgets an ask that is over, and keeps what its answer asked for. */
export async function endSlot(
  db: Database,
  scope: Scope,
  { id, quietMs }: { readonly id: string; readonly quietMs: number | null },
): Promise<void> {
  await forget(db, scope, [id]);
  if (quietMs !== null) await quietLaneFor(db, scope, quietMs);
}

/** What a turn tells and hears; part of its transaction. Asks nothing where nobody asked for slots, as in most turns. */
export async function exchangeSlots(
  db: Database,
  { scope }: LaneHold,
  {
    grants,
    quiet,
    now,
    hasSlots,
  }: TurnSlots & { readonly now: number; readonly hasSlots: boolean },
): Promise<Pick<TurnNews, "asks" | "lent">> {
  const { tenantId, botId } = scope;
  if (grants.length > 0)
    await db.run(
      "UPDATE lane_slots SET granted = 1 WHERE tenant_id = $1 AND bot_id = $2 AND slot_id = ANY($3)",
      tenantId,
      botId,
      grants,
    );
  if (quiet.length > 0) await keepQuiet(db, scope, { quiet, now });
  if (!hasSlots) return { asks: [], lent: 0 };
  const rows = await db.all<SlotRow>(
    `SELECT ${slotColumns} FROM lane_slots WHERE tenant_id = $1 AND bot_id = $2 ORDER BY asked_at, slot_id LIMIT ${slotsMax}`,
    tenantId,
    botId,
  );
  const { stale, ...news } = slotNews(rows, now);
  if (stale.length > 0) await forget(db, scope, stale);
  return news;
}

/** What the next holder of the lane has to know. */
export async function laneMemory(
  db: Database,
  { tenantId, botId }: Scope,
  now: number,
): ReturnType<SlotStore["laneMemory"]> {
  const quiet = await db.all<QuietRow>(
    "SELECT thread_use, conversation, quiet_until FROM quiet_places WHERE tenant_id = $1 AND bot_id = $2 AND quiet_until > $3",
    tenantId,
    botId,
    now,
  );
  const postponed = await db.all<PostponedRow>(selectPostponed, tenantId, botId, now);
  return {
    quiet: quiet.map(quietPlaceOf),
    postponed: postponedOf(postponed),
  };
}

const selectPostponed = `
SELECT p.campaign_id, p.priority, p.entry, p.recipient_key, p.recipient, p.due_at
FROM generate_series(-1, 2) AS rank
CROSS JOIN LATERAL (
  SELECT c.campaign_id, c.priority, c.entry, d.recipient_key, d.recipient, d.due_at
  FROM campaigns c
  JOIN deliveries d ON d.tenant_id = c.tenant_id AND d.campaign_id = c.campaign_id
  WHERE c.tenant_id = $1 AND c.bot_id = $2 AND c.priority = rank AND c.queue = 0 AND c.next_due_at > $3
    AND d.state = 'pending' AND d.due_at > $3 AND d.due_at < 9007199254740991 AND d.attempts = 0
  ORDER BY c.next_due_at LIMIT 1000
) p`;

async function keepQuiet(
  db: Database,
  { tenantId, botId }: Scope,
  { quiet, now }: Pick<TurnSlots, "quiet"> & { readonly now: number },
): Promise<void> {
  await db.run(
    "DELETE FROM quiet_places WHERE tenant_id = $1 AND bot_id = $2 AND quiet_until <= $3",
    tenantId,
    botId,
    now,
  );
  for (const { use, conversation, until } of quiet)
    await db.run(
      `INSERT INTO quiet_places AS q (tenant_id, bot_id, thread_use, conversation, quiet_until) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (tenant_id, bot_id, thread_use, conversation) DO UPDATE SET
         quiet_until = greatest(q.quiet_until, excluded.quiet_until)`,
      tenantId,
      botId,
      use,
      conversation,
      until,
    );
}

async function forget(
  db: Database,
  { tenantId, botId }: Scope,
  ids: readonly string[],
): Promise<void> {
  await db.run(
    "DELETE FROM lane_slots WHERE tenant_id = $1 AND bot_id = $2 AND slot_id = ANY($3)",
    tenantId,
    botId,
    ids,
  );
}
