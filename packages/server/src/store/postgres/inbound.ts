import type { ActivityId, BotId, ConversationId, TenantId } from "../../domain/ids.ts";
import type { InboundStore, RawActivity } from "../../engine/ports/inbound-store.ts";
import { withoutNul } from "./client-database.ts";
import { columnsOf } from "./columns.ts";
import type { Database } from "./database.ts";
import { lookUp } from "./look-up.ts";

const activityColumns = columnsOf({
  tenant_id: "text",
  conversation_id: "text",
  activity_id: "text",
  bot_id: "text",
  received_at: "bigint",
  body: "text",
});

/** Stores the activities that were not stored before, and answers which ones that were. */
export async function recordActivities(
  db: Database,
  activities: readonly RawActivity[],
): Promise<readonly ("new" | "duplicate")[]> {
  const added = await db.all<ActivityKey>(
    `INSERT INTO inbound_activities (${activityColumns.names})
     SELECT ${activityColumns.names} FROM ${activityColumns.from(1, "s")} ORDER BY position
     ON CONFLICT (tenant_id, conversation_id, activity_id) DO NOTHING
     RETURNING tenant_id, conversation_id, activity_id`,
    ...activityColumns.arrays(
      activities.map((one) => ({
        ...keyRow(one),
        bot_id: one.botId,
        received_at: one.receivedAt,
        body: one.body,
      })),
    ),
  );
  const isNew = new Set(added.map(textOf));
  // Of the same one several times, the first is new.
  return activities.map((one) => (isNew.delete(textOf(keyRow(one))) ? "new" : "duplicate"));
}

/** Activities that were not processed yet, in the order in which they were stored. */
export async function unprocessed(
  db: Database,
  botId: BotId,
  limit: number,
): Promise<readonly RawActivity[]> {
  const rows = await db.all<ActivityRow>(
    `SELECT tenant_id, conversation_id, activity_id, received_at, body FROM inbound_activities
     WHERE bot_id = $1 AND processed_at IS NULL ORDER BY entry LIMIT $2`,
    botId,
    limit,
  );
  return rows.map((row) => ({
    botId,
    tenantId: row.tenant_id,
    conversationId: row.conversation_id,
    activityId: row.activity_id,
    receivedAt: row.received_at,
    body: row.body,
  }));
}

const keyColumns = columnsOf({ tenant_id: "text", conversation_id: "text", activity_id: "text" });

/** Marks activities as processed; unknown ones are passed over. */
export async function markProcessed(
  db: Database,
  activities: Parameters<InboundStore["markProcessed"]>[0],
  now: number,
): Promise<void> {
  await db.run(
    `WITH found AS MATERIALIZED (
       SELECT f.row FROM ${keyColumns.from(2, "s")} ${lookUp(
         "f",
         `SELECT ctid AS row FROM inbound_activities WHERE tenant_id = s.tenant_id AND activity_id = s.activity_id
            AND conversation_id = s.conversation_id FOR UPDATE`,
       )}
     )
     UPDATE inbound_activities a SET processed_at = $1 FROM found WHERE a.ctid = found.row`,
    now,
    ...keyColumns.arrays(activities.map(keyRow)),
  );
}

/** Forgets processed activities, the oldest first. */
export function forgetProcessed(db: Database, before: number, limit: number): Promise<number> {
  return db.run(
    `DELETE FROM inbound_activities WHERE ctid = ANY (ARRAY (
       SELECT ctid FROM inbound_activities
       WHERE processed_at IS NOT NULL AND received_at < $1 ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED))`,
    before,
    limit,
  );
}

interface ActivityKey {
  readonly tenant_id: TenantId;
  readonly conversation_id: ConversationId;
  readonly activity_id: ActivityId;
}

interface ActivityRow extends ActivityKey {
  readonly received_at: number;
  readonly body: string;
}

function keyRow(one: Pick<RawActivity, "tenantId" | "conversationId" | "activityId">): ActivityKey {
  return {
    tenant_id: one.tenantId,
    conversation_id: one.conversationId,
    activity_id: one.activityId,
  };
}

function textOf({ tenant_id, conversation_id, activity_id }: ActivityKey): string {
  return JSON.stringify([tenant_id, conversation_id, activity_id].map(withoutNul));
}
