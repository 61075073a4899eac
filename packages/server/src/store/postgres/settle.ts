import type { CampaignId, RecipientKey } from "../../domain/ids.ts";
import type { LaneHold, Settlement } from "../../engine/ports/store.ts";
import type { CampaignTally } from "../campaign-tally.ts";
import { countEnd, endOf } from "../settled-rows.ts";
import { attemptColumns, attemptRow } from "./attempts.ts";
import { columnsOf } from "./columns.ts";
import type { Database } from "./database.ts";
import { lookUp } from "./look-up.ts";
import type { Tallies } from "./tallies.ts";

interface SettleRequest {
  readonly hold: LaneHold;
  readonly settlements: readonly Settlement[];
  readonly now: number;
}

/**
 * Writes what became of claimed rows, all by one statement; answers how many settlements were of rows that this hold has not
 * claimed. The tallies of their campaigns are loaded.
 */
export async function settle(
  db: Database,
  tallies: Tallies,
  request: SettleRequest,
): Promise<number> {
  const ends = endsOf(tallies, request);
  if (ends.length === 0) return request.settlements.length;
  const attempts = ends.flatMap(({ tally, settlement }) =>
    settlement.attempts.map((attempt) => attemptRow(tally, settlement.recipient, attempt)),
  );
  const written = await db.all<{ position: number }>(
    attempts.length === 0 ? `${update} SELECT position FROM settled` : updateAndRecord,
    request.hold.scope.tenantId,
    request.hold.fence,
    request.now,
    ...endColumns.arrays(ends.map(rowOf)),
    ...(attempts.length === 0 ? [] : attemptColumns.arrays(attempts)),
  );
  for (const { position } of written) {
    const end = ends[position - 1];
    if (end !== undefined) countEnd(end.tally, end.to);
  }
  return request.settlements.length - written.length;
}

interface End {
  readonly tally: CampaignTally;
  readonly settlement: Settlement;
  readonly to: Settlement["to"];
}

/** The first settlement of each row in this lane: after it the row is not claimed any more. */
function endsOf(tallies: Tallies, { hold, settlements }: SettleRequest): readonly End[] {
  const ends = new Map<string, End>();
  for (const settlement of settlements) {
    const tally = tallies.get(settlement.campaignId);
    const key = rowKey(settlement.campaignId, settlement.recipient);
    if (tally === null || tally.botId !== hold.scope.botId || ends.has(key)) continue;
    ends.set(key, { tally, settlement, to: endOf(tally, settlement) });
  }
  return [...ends.values()];
}

function rowKey(id: CampaignId, recipient: RecipientKey): string {
  return `${id} ${recipient}`;
}

const endColumns = columnsOf({
  campaign_id: "text",
  recipient_key: "text",
  state: "text",
  code: "text",
  detail: "text",
  due_at: "bigint",
  resent: "integer",
  conversation_id: "text",
  activity_id: "text",
  status: "integer",
  latency_ms: "bigint",
  request_id: "text",
  requests: "integer",
  first_attempt_at: "bigint",
  retries_before: "integer",
});

function rowOf({ tally, settlement, to }: End) {
  return {
    campaign_id: settlement.campaignId,
    recipient_key: settlement.recipient,
    state: to.state,
    code: to.state === "accepted" ? null : to.code,
    detail: to.detail ?? null,
    due_at: to.state === "pending" ? to.dueAt : null,
    resent: to.state === "pending" && to.resend ? 1 : 0,
    conversation_id: to.state === "accepted" ? to.conversationId : null,
    activity_id: to.state === "accepted" ? to.activityId : null,
    status: to.state === "accepted" ? to.status : null,
    latency_ms: to.state === "accepted" ? to.latencyMs : null,
    request_id: to.state === "accepted" ? to.requestId : null,
    requests: settlement.requests,
    first_attempt_at: settlement.firstAttemptAt,
    retries_before: tally.retriesAsked,
  };
}

// Finds the row by its key and the claim alone: a condition on `state` would make the small index of rows in flight look
// cheaper than it is.
const update = `WITH ended AS MATERIALIZED (
  SELECT s.*, f.row FROM ${endColumns.from(4, "s")} ${lookUp(
    "f",
    `SELECT ctid AS row FROM deliveries
     WHERE tenant_id = $1 AND campaign_id = s.campaign_id AND recipient_key = s.recipient_key AND claimed_fence = $2`,
  )}
), settled AS (
  UPDATE deliveries d SET state = s.state, claimed_fence = NULL, code = s.code, detail = s.detail,
    due_at = coalesce(s.due_at, d.due_at), resent = d.resent + s.resent, attempts = d.attempts + s.requests,
    first_attempt_at = coalesce(d.first_attempt_at, s.first_attempt_at), updated_at = $3,
    retries_before = s.retries_before,
    conversation_id = CASE s.state WHEN 'accepted' THEN s.conversation_id ELSE d.conversation_id END,
    activity_id = CASE s.state WHEN 'accepted' THEN s.activity_id ELSE d.activity_id END,
    status = CASE s.state WHEN 'accepted' THEN s.status ELSE d.status END,
    latency_ms = CASE s.state WHEN 'accepted' THEN s.latency_ms ELSE d.latency_ms END,
    request_id = CASE s.state WHEN 'accepted' THEN s.request_id ELSE d.request_id END
  FROM ended s WHERE d.ctid = s.row
  RETURNING d.campaign_id, d.recipient_key, s.position)`;
const updateAndRecord = `${update}, recorded AS (
  INSERT INTO attempts (${attemptColumns.names})
  SELECT ${attemptColumns.names} FROM ${attemptColumns.from(19, "a")}
  WHERE EXISTS (
    SELECT 1 FROM settled WHERE settled.campaign_id = a.campaign_id AND settled.recipient_key = a.recipient_key)
  ORDER BY a.position)
SELECT position FROM settled`;
