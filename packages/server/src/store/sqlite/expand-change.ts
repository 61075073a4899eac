import type { CampaignId, RecipientKey } from "../../domain/ids.ts";
import type { ChangeStore } from "../../engine/ports/change-store.ts";
import type { CampaignTally } from "../campaign-tally.ts";
import { gaveNoId, mayBeThere } from "../change-rows.ts";
import { atOnceDueAt } from "../due-at.ts";
import type { Database } from "./database.ts";
import { moveCursor, tallyAt } from "./expansion.ts";
import { lastTurnAt } from "./lanes.ts";
import { loadTally, saveTally } from "./tallies.ts";

type ChangeStep = Parameters<ChangeStore["expandChange"]>[0];

/** Makes deliveries of the messages in the next rows of the changed campaign, once no earlier request is under way any more. */
export function expandChange(
  db: Database,
  { id, from, limit, now, lateMs }: ChangeStep,
): Awaited<ReturnType<ChangeStore["expandChange"]>> {
  const tally = tallyAt(db, id, from);
  if (tally === null || tally.changeOf === null) return null;
  const changed = loadTally(db, tally.changeOf);
  if (changed === null) return null;
  if (isUnderWay(db, tally, changed)) return "under-way";
  const after = from.after ?? "";
  const last = lastRow(db, changed, after, Math.min(limit, chunkMax));
  if (last === null) return { added: 0, after: null };
  const walk: Walk = { after, last, ordinal: tally.total, now };
  // Rows were touched by the clock of the lane's holder: its last turn says what time it is there.
  const turnedAt = lastTurnAt(db, tally);
  const late = lateChanges(db, tally);
  const pending = insertPosted(db, tally, changed, { ...walk, late, lateMs, turnedAt });
  const failed = insertUnknown(db, tally, changed, walk);
  if (pending > 0) tally.add("pending", pending, late.length === 0 ? { dueAt: atOnceDueAt } : {});
  if (late.length > 0) tally.dueUnknown();
  if (failed > 0) tally.add("failed", failed, { code: "DELIVERY_ID_UNKNOWN" });
  moveCursor(db, tally, { ...from, after: last });
  saveTally(db, tally, now);
  return { added: pending + failed, after: last };
}

interface Walk {
  /** A recipient's key; those after it are meant. */
  readonly after: string;
  /** The last one meant. */
  readonly last: RecipientKey;
  readonly ordinal: number;
  readonly now: number;
}

interface Late {
  /** Changes of which requests may still have their effect so many ms after their rows were touched… */
  readonly late: readonly CampaignId[];
  readonly lateMs: number;
  /** …which was at this instant at the latest, whatever the clock showed that has been set back since. */
  readonly turnedAt: number;
}

// About 10 ms of work. Walking fewer rows than asked for is allowed: the answer says how far it went.
const chunkMax = 1_500;

/** Whether a request that came before the change is not over. */
function isUnderWay(
  db: Database,
  { tenantId, revision }: CampaignTally,
  changed: CampaignTally,
): boolean {
  const own =
    changed.sending > 0 &&
    db.get(
      `SELECT 1 FROM deliveries WHERE tenant_id = ? AND campaign_id = ? AND state = 'sending' AND revision < ? LIMIT 1`,
      tenantId,
      changed.id,
      revision,
    ) !== null;
  if (own) return true;
  const earlier = db.get(
    `SELECT 1 FROM campaigns WHERE tenant_id = ? AND change_of = ? AND revision < ? AND sending > 0 LIMIT 1`,
    tenantId,
    changed.id,
    revision,
  );
  return earlier !== null;
}

/** The earlier changes of which an answer was lost; the rows say which requests may still have their effect. */
function lateChanges(
  db: Database,
  { kind, changeOf, tenantId, revision }: CampaignTally,
): readonly CampaignId[] {
  // What comes late to a message that is deleted does nothing.
  if (kind === "recall") return [];
  return db
    .all<{ campaign_id: CampaignId }>(
      `SELECT campaign_id FROM campaigns WHERE tenant_id = ? AND change_of = ? AND revision < ?
         AND uncertain + resent > 0`,
      tenantId,
      changeOf,
      revision,
    )
    .map((row) => row.campaign_id);
}

/** The row at the end of the next `limit`; null where none is left. */
function lastRow(
  db: Database,
  { tenantId, id }: CampaignTally,
  after: string,
  limit: number,
): RecipientKey | null {
  const row = db.get<{ last: RecipientKey | null }>(
    `SELECT max(recipient_key) AS last FROM (
       SELECT recipient_key FROM deliveries WHERE tenant_id = ? AND campaign_id = ? AND recipient_key > ?
       ORDER BY recipient_key LIMIT (? + 0))`,
    tenantId,
    id,
    after,
    limit,
  );
  return row?.last ?? null;
}

const insert = `INSERT INTO deliveries (tenant_id, campaign_id, recipient_key, state, ordinal, due_at, updated_at, code, detail,
  conversation_id, activity_id, recipient, fields)`;
const hasIds = "activity_id IS NOT NULL AND conversation_id IS NOT NULL";

/** Messages whose ids are known. */
function insertPosted(
  db: Database,
  change: CampaignTally,
  { id, tenantId }: CampaignTally,
  { after, last, ordinal, now, late, lateMs, turnedAt }: Walk & Late,
): number {
  return db.run(
    `${insert}
     SELECT tenant_id, ?, recipient_key, 'pending', ?, max(?, coalesce(min((${touched}), ?) + ?, 0)), ?, NULL, NULL,
       conversation_id, activity_id, recipient, fields
     FROM deliveries
     WHERE tenant_id = ? AND campaign_id = ? AND recipient_key > ? AND recipient_key <= ? AND +state = 'accepted'
       AND ${hasIds} AND revision < ? AND recipient_key NOT IN (${deleted})
     ORDER BY recipient_key
     ON CONFLICT (tenant_id, campaign_id, recipient_key) DO NOTHING`,
    change.id,
    ordinal,
    atOnceDueAt,
    JSON.stringify(late),
    turnedAt,
    lateMs,
    now,
    tenantId,
    id,
    after,
    last,
    change.revision,
    ...earlierRecalls(db, change, id),
    after,
    last,
  );
}

/**
 * When one of the given changes that lost an answer about the same message was touched last. `CROSS JOIN`, because SQLite takes the
 * list for the longer side, and would walk a tenant's deliveries in search of its members.
 */
const touched = `SELECT max(x.updated_at) FROM json_each(?)
  CROSS JOIN deliveries x ON x.tenant_id = deliveries.tenant_id AND x.campaign_id = json_each.value
    AND x.recipient_key = deliveries.recipient_key
  WHERE x.state = 'uncertain' OR x.resent > 0`;

/** Messages that are or may be there, and that nobody can name. */
function insertUnknown(
  db: Database,
  change: CampaignTally,
  { id, tenantId, state }: CampaignTally,
  { after, last, ordinal, now }: Walk,
): number {
  // What is pending in a campaign that goes on will be sent in its new edition.
  const goesOn = state !== "finished" && state !== "cancelled";
  return db.run(
    `${insert}
     SELECT tenant_id, ?, recipient_key, 'failed', ?, ?, ?, 'DELIVERY_ID_UNKNOWN',
       CASE state WHEN 'accepted' THEN ? ELSE ? END, conversation_id, NULL, recipient, NULL
     FROM deliveries
     WHERE tenant_id = ? AND campaign_id = ? AND recipient_key > ? AND recipient_key <= ? AND revision < ?
       AND CASE +state WHEN 'accepted' THEN NOT (${hasIds}) WHEN 'uncertain' THEN 1 WHEN 'pending' THEN resent > 0 AND NOT ?
         ELSE resent > 0 END
     ORDER BY recipient_key
     ON CONFLICT (tenant_id, campaign_id, recipient_key) DO NOTHING`,
    change.id,
    ordinal,
    now,
    now,
    gaveNoId,
    mayBeThere,
    tenantId,
    id,
    after,
    last,
    change.revision,
    goesOn ? 1 : 0,
  );
}

/** Recipients of a part of the walk whose message an earlier recall has deleted. */
const deleted = `SELECT x.recipient_key FROM json_each(?)
  CROSS JOIN deliveries x ON x.tenant_id = ? AND x.campaign_id = json_each.value AND x.recipient_key > ? AND x.recipient_key <= ?
  WHERE x.state = 'accepted'`;

/** The first values of {@link deleted}: the recalls of the changed campaign before this one, where this one is a recall. */
function earlierRecalls(
  db: Database,
  { kind, tenantId, revision }: CampaignTally,
  changed: CampaignId,
): readonly [string, string] {
  if (kind !== "recall") return ["[]", tenantId];
  const recalls = db.all<{ campaign_id: CampaignId }>(
    `SELECT campaign_id FROM campaigns WHERE tenant_id = ? AND change_of = ? AND revision < ? AND kind = 'recall'`,
    tenantId,
    changed,
    revision,
  );
  return [JSON.stringify(recalls.map((row) => row.campaign_id)), tenantId];
}
