import type { ActivityId, BotId, ConversationId, TenantId } from "../../domain/ids.ts";

/** Raw inbound activities: stored first, answered, then processed. */
export interface InboundStore {
  /** Durable when it resolves. `duplicate` when (conversation, activity id) was stored before. Callers share commits. */
  recordActivity(activity: RawActivity): Promise<"new" | "duplicate">;
  unprocessed(botId: BotId, limit: number): Promise<readonly RawActivity[]>;
  markProcessed(
    activities: readonly Pick<RawActivity, "tenantId" | "conversationId" | "activityId">[],
    now: number,
  ): Promise<void>;
  /** Forgets up to `limit` processed activities received before `before`; answers how many. */
  forgetProcessed(before: number, limit: number): Promise<number>;
}
export interface RawActivity {
  readonly botId: BotId;
  readonly tenantId: TenantId;
  readonly conversationId: ConversationId;
  readonly activityId: ActivityId;
  readonly receivedAt: number;
  /** The body as received. */
  readonly body: string;
}
