import type { CampaignId, RecipientKey } from "../../domain/ids.ts";
import type { ChangeStore } from "../../engine/ports/change-store.ts";
import { CampaignTally, type TallyRow, tallyColumns } from "../campaign-tally.ts";
import { gaveNoId, mayBeThere } from "../change-rows.ts";
import { atOnceDueAt } from "../due-at.ts";
import type { Database } from "./database.ts";
import { moveCursor, tallyAt } from "./expansion.ts";
import { lastTurnAt } from "./lanes.ts";
import { lookUp, lookUpIfAny } from "./look-up.ts";
import { Tallies } from "./tallies.ts";

type ChangeStep = Parameters<ChangeStore["expandChange"]>[0];

/**
 * Makes deliveries of the messages in the next rows of the changed campaign, once no earlier request is under way any more. It
 * locks the change alone: of the rows that it reads, those that were claimed before it was made do not change any more.
 */
export async function expandChange(
  db: Database,
  { id, from, limit, now, lateMs }: ChangeStep,
): ReturnType<ChangeStore["expandChange"]> {
  const tallies = new Tallies(db);
  const tally = await tallyAt(db, tallies, id, from);
  if (tally === null || tally.changeOf === null) return null;
  const changed = await unlocked(db, tally.changeOf);
  if (changed === null) return null;
  if (await isUnderWay(db, tally, changed)) return "under-way";
  const after = from.after ?? "";
  const last = await lastRow(db, changed, after, Math.min(limit, chunkMax));
  if (last === null) return { added: 0, after: null };
  const walk: Walk = { after, last, ordinal: tally.total, now };
  // Rows were touched by the clock of the lane's holder: its last turn says what time it is there.
  const turnedAt = await lastTurnAt(db, tally);
  const late = await lateChanges(db, tally);
  const pending = await insertPosted(db, tally, changed, { ...walk, late, lateMs, turnedAt });
  const failed = await insertUnknown(db, tally, changed, walk);
  if (pending > 0) tally.add("pending", pending, late.length === 0 ? { dueAt: atOnceDueAt } : {});
  if (late.length > 0) tally.dueUnknown();
  if (failed > 0) tally.add("failed", failed, { code: "DELIVERY_ID_UNKNOWN" });
  await tallies.look();
  await Promise.all([moveCursor(db, tally, { ...from, after: last }), tallies.saveLooked(now)]);
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

// The change is locked as long as a chunk takes, and its lane waits. Walking fewer than asked for is allowed.
const chunkMax = 2_500;

/** A campaign as it is, which may change at any time. */
async function unlocked(db: Database, id: CampaignId): Promise<CampaignTally | null> {
  const sql = `SELECT ${tallyColumns} FROM campaigns WHERE campaign_id = $1`;
  const row = await db.get<TallyRow>(sql, id);
  return row === null ? null : new CampaignTally(row, false);
}

/** Whether a request that came before the change is not over. Once none is, none will be: rows are claimed for a later revision. */
async function isUnderWay(
  db: Database,
  { tenantId, revision }: CampaignTally,
  changed: CampaignTally,
): Promise<boolean> {
  const [own, earlier] = await Promise.all([
    changed.sending === 0
      ? null
      : db.get(
          `SELECT 1 FROM deliveries WHERE tenant_id = $1 AND campaign_id = $2 AND state = 'sending' AND revision < $3 LIMIT 1`,
          tenantId,
          changed.id,
          revision,
        ),
    db.get(
      `SELECT 1 FROM campaigns WHERE tenant_id = $1 AND change_of = $2 AND revision < $3 AND sending > 0 LIMIT 1`,
      tenantId,
      changed.id,
      revision,
    ),
  ]);
  return own !== null || earlier !== null;
}

/** The earlier changes of which an answer was lost; the rows say which requests may still have their effect. */
async function lateChanges(
  db: Database,
  { kind, changeOf, tenantId, revision }: CampaignTally,
): Promise<readonly CampaignId[]> {
  // What comes late to a message that is deleted does nothing.
  if (kind === "recall") return [];
  const rows = await db.all<{ campaign_id: CampaignId }>(
    `SELECT campaign_id FROM campaigns WHERE tenant_id = $1 AND change_of = $2 AND revision < $3
       AND uncertain + resent > 0`,
    tenantId,
    changeOf,
    revision,
  );
  return rows.map((row) => row.campaign_id);
}

/** The row at the end of the next `limit`; null where none is left. */
async function lastRow(
  db: Database,
  { tenantId, id }: CampaignTally,
  after: string,
  limit: number,
): Promise<RecipientKey | null> {
  const row = await db.get<{ last: RecipientKey | null }>(
    `SELECT max(recipient_key) AS last FROM (
       SELECT recipient_key FROM deliveries WHERE tenant_id = $1 AND campaign_id = $2 AND recipient_key > $3
       ORDER BY recipient_key LIMIT $4) AS next`,
    tenantId,
    id,
    after,
    limit,
  );
  return row?.last ?? null;
}

const insert = `INSERT INTO deliveries (tenant_id, campaign_id, recipient_key, state, ordinal, due_at, updated_at, code, detail,
  conversation_id, activity_id, recipient, fields)`;
const hasIds = "m.activity_id IS NOT NULL AND m.conversation_id IS NOT NULL";
const walked = `SELECT * FROM deliveries
  WHERE tenant_id = $1 AND campaign_id = $3 AND recipient_key > $4 AND recipient_key <= $5 AND revision < $6
  ORDER BY recipient_key`;

/** Messages whose ids are known. */
async function insertPosted(
  db: Database,
  change: CampaignTally,
  { id, tenantId }: CampaignTally,
  { after, last, ordinal, now, late, lateMs, turnedAt }: Walk & Late,
): Promise<number> {
  return db.run(
    `WITH m AS MATERIALIZED (${walked})
     ${insert}
     SELECT m.tenant_id, $2, m.recipient_key, 'pending', $7, greatest($12, CASE WHEN x.touched_at IS NOT NULL THEN least(x.touched_at, $13) + $9 END), $8, NULL, NULL,
       m.conversation_id, m.activity_id, m.recipient, m.fields
     FROM m ${lookUpIfAny("x", touched)} ${lookUpIfAny("g", deleted)}
     WHERE m.state = 'accepted' AND ${hasIds} AND g.is_deleted IS NULL
     ORDER BY m.recipient_key
     ON CONFLICT (tenant_id, campaign_id, recipient_key) DO NOTHING`,
    tenantId,
    change.id,
    id,
    after,
    last,
    change.revision,
    ordinal,
    now,
    lateMs,
    late,
    await earlierRecalls(db, change, id),
    atOnceDueAt,
    turnedAt,
  );
}

/** When one of the changes that lost an answer about the same message was touched last. */
const touched = `SELECT max(d.updated_at) AS touched_at FROM unnest($10::text[]) AS l (id) ${lookUp(
  "d",
  `SELECT updated_at, state, resent FROM deliveries
   WHERE tenant_id = $1 AND campaign_id = l.id AND recipient_key = m.recipient_key`,
)}
  WHERE d.state = 'uncertain' OR d.resent > 0`;

/** Whether an earlier recall has deleted the message. */
const deleted = `SELECT true AS is_deleted FROM unnest($11::text[]) AS r (id) ${lookUp(
  "d",
  `SELECT state FROM deliveries
   WHERE tenant_id = $1 AND campaign_id = r.id AND recipient_key = m.recipient_key`,
)}
  WHERE d.state = 'accepted' LIMIT 1`;

/** The recalls before this one, where this one is a recall. */
async function earlierRecalls(
  db: Database,
  { kind, tenantId, revision }: CampaignTally,
  changed: CampaignId,
): Promise<readonly CampaignId[]> {
  if (kind !== "recall") return [];
  const rows = await db.all<{ campaign_id: CampaignId }>(
    `SELECT campaign_id FROM campaigns WHERE tenant_id = $1 AND change_of = $2 AND revision < $3 AND kind = 'recall'`,
    tenantId,
    changed,
    revision,
  );
  return rows.map((row) => row.campaign_id);
}

/** Messages that are or may be there, and that nobody can name. */
function insertUnknown(
  db: Database,
  change: CampaignTally,
  { id, tenantId, state }: CampaignTally,
  { after, last, ordinal, now }: Walk,
): Promise<number> {
  // What is pending in a campaign that goes on will be sent in its new edition.
  const goesOn = state !== "finished" && state !== "cancelled";
  return db.run(
    `WITH m AS MATERIALIZED (${walked})
     ${insert}
     SELECT m.tenant_id, $2, m.recipient_key, 'failed', $7, $8, $8, 'DELIVERY_ID_UNKNOWN',
       CASE m.state WHEN 'accepted' THEN $9 ELSE $10 END, m.conversation_id, NULL, m.recipient, NULL
     FROM m
     WHERE CASE m.state WHEN 'accepted' THEN NOT (${hasIds}) WHEN 'uncertain' THEN true
       WHEN 'pending' THEN m.resent > 0 AND NOT $11 ELSE m.resent > 0 END
     ORDER BY m.recipient_key
     ON CONFLICT (tenant_id, campaign_id, recipient_key) DO NOTHING`,
    tenantId,
    change.id,
    id,
    after,
    last,
    change.revision,
    ordinal,
    now,
    gaveNoId,
    mayBeThere,
    goesOn,
  );
}
