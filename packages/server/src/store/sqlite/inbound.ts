import type { ActivityId, BotId, ConversationId, TenantId } from "../../domain/ids.ts";
import type { InboundStore, RawActivity } from "../../engine/ports/inbound-store.ts";
import type { Database } from "./database.ts";

/** Stores an activity unless it was stored before. */
export function recordActivity(db: Database, activity: RawActivity): "new" | "duplicate" {
  const added = db.run(
    `INSERT INTO inbound_activities (tenant_id, conversation_id, activity_id, bot_id, received_at, body)
     VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (tenant_id, conversation_id, activity_id) DO NOTHING`,
    activity.tenantId,
    activity.conversationId,
    activity.activityId,
    activity.botId,
    activity.receivedAt,
    activity.body,
  );
  return added > 0 ? "new" : "duplicate";
}

/** Activities that were not processed yet, in the order in which they were stored. */
export function unprocessed(db: Database, botId: BotId, limit: number): readonly RawActivity[] {
  return db
    .all<ActivityRow>(
      `SELECT tenant_id, conversation_id, activity_id, received_at, body FROM inbound_activities
       WHERE bot_id = ? AND processed_at IS NULL ORDER BY entry LIMIT (? + 0)`,
      botId,
      limit,
    )
    .map((row) => ({
      botId,
      tenantId: row.tenant_id,
      conversationId: row.conversation_id,
      activityId: row.activity_id,
      receivedAt: row.received_at,
      body: row.body,
    }));
}

/** Marks activities as processed; unknown ones are passed over. */
export function markProcessed(
  db: Database,
  activities: Parameters<InboundStore["markProcessed"]>[0],
  now: number,
): void {
  for (const { tenantId, conversationId, activityId } of activities)
    db.run(
      `UPDATE inbound_activities SET processed_at = ?
       WHERE tenant_id = ? AND conversation_id = ? AND activity_id = ?`,
      now,
      tenantId,
      conversationId,
      activityId,
    );
}

/** Forgets processed activities, the oldest first. */
export function forgetProcessed(db: Database, before: number, limit: number): number {
  return db.run(
    `DELETE FROM inbound_activities WHERE entry IN (
       SELECT entry FROM inbound_activities WHERE processed_at IS NOT NULL AND received_at < ?
       ORDER BY received_at LIMIT (? + 0))`,
    before,
    limit,
  );
}

interface ActivityRow {
  readonly tenant_id: TenantId;
  readonly conversation_id: ConversationId;
  readonly activity_id: ActivityId;
  readonly received_at: number;
  readonly body: string;
}
