import {
  classOfRank,
  classRank,
  type TrafficClass,
  trafficClasses,
} from "../../domain/campaign.ts";
import type { CampaignId, RecipientKey } from "../../domain/ids.ts";
import type { ClaimedDelivery, LaneHold, TurnRequest } from "../../engine/ports/store.ts";
import { type PostedRow, postedOf } from "../change-rows.ts";
import { claimMaxOfClass, joinedPlace, servedPlace } from "../claim-shares.ts";
import { destinationOf } from "../destinations.ts";
import type { Places } from "../directory-tables.ts";
import { atOnceDueAt, heldDueAt } from "../due-at.ts";
import { type PersonRow, personColumns, personOf } from "../people-rows.ts";
import { fieldsOf, recipientOf, userKey } from "../recipient-rows.ts";
import type { Database } from "./database.ts";
import { directoryTables } from "./directory-tables.ts";
import type { Tallies } from "./tallies.ts";

/** What one turn may claim. */
export interface ClaimRequest {
  readonly hold: LaneHold;
  readonly now: number;
  /** The number of this turn in the lane, growing with each. */
  readonly turn: number;
  readonly claim: number;
  readonly atLeast: TurnRequest["atLeast"];
  readonly held: readonly CampaignId[];
}

/**
 * Marks up to `claim` due rows of the lane as `sending`, and `atLeast` so many of a class that has them: the most urgent class
 * first; within a class in turns among the campaigns that have due rows, oldest first within a campaign. Of two campaigns that became due in
 * one turn, the one that was stored first goes first. The tallies are left to
 * be saved.
 */
export function claim(
  db: Database,
  tallies: Tallies,
  request: ClaimRequest,
): readonly ClaimedDelivery[] {
  const claimed: ClaimedDelivery[] = [];
  if (request.claim === 0) return claimed;
  for (const rank of ranks) admitDue(db, request, rank);
  let left = request.claim;
  for (const rank of ranks) {
    const room = Math.max(left, request.atLeast[classOf(rank)] ?? 0);
    const rows = room > 0 ? claimRank(db, tallies, request, { rank, room }) : [];
    claimed.push(...rows);
    left = Math.max(0, left - rows.length);
  }
  return claimed;
}

const ranks: readonly number[] = trafficClasses.map(classRank);

function classOf(rank: number): TrafficClass {
  return classOfRank(rank) ?? "bulk";
}

/**
 * When the next pending row of the lane's open campaigns is due; at or before `now` when more is due already; null when there
 * is none.
 */
export function nextDueAt(db: Database, { scope }: LaneHold): number | null {
  let soonest: number | null = null;
  for (const rank of ranks)
    for (const sql of [firstReady, firstWaiting]) {
      const row = db.get<{ next_due_at: number }>(sql, scope.tenantId, scope.botId, rank);
      if (row !== null && (soonest === null || row.next_due_at < soonest))
        soonest = row.next_due_at;
    }
  return soonest;
}

const firstReady = `SELECT next_due_at FROM campaigns
  WHERE tenant_id = ? AND bot_id = ? AND priority = ? AND queue = 1 ORDER BY turn LIMIT 1`;
const firstWaiting = `SELECT next_due_at FROM campaigns
  WHERE tenant_id = ? AND bot_id = ? AND priority = ? AND queue = 0 ORDER BY next_due_at, entry LIMIT 1`;

interface Rank {
  readonly rank: number;
  readonly room: number;
}

function claimRank(
  db: Database,
  tallies: Tallies,
  request: ClaimRequest,
  { rank, room }: Rank,
): readonly ClaimedDelivery[] {
  let ready = readyCampaigns(db, request, { rank, room });
  const claimed: ClaimedDelivery[] = [];
  // Each round gives every campaign the same share; what some leave is shared by the others in the next.
  while (ready.length > 0 && claimed.length < room) {
    const share = Math.max(1, Math.floor((room - claimed.length) / ready.length));
    const more: CampaignId[] = [];
    for (const id of ready) {
      if (claimed.length === room) break;
      const rows = claimFrom(db, tallies, request, { id, rank, share });
      claimed.push(...rows);
      tallies.get(id)?.served(servedPlace(request.turn, claimed.length));
      if (rows.length === share) more.push(id);
    }
    ready = more;
  }
  return claimed;
}

/** Lets campaigns whose next row has become due take their place in the turns. */
function admitDue(db: Database, request: ClaimRequest, rank: number): void {
  const { hold, now, turn } = request;
  const { tenantId, botId } = hold.scope;
  const first = db.get<{ next_due_at: number }>(firstWaiting, tenantId, botId, rank);
  if (first === null || first.next_due_at > now) return;
  const most = Math.max(admitMax, claimMaxOfClass(request));
  db.run(
    `UPDATE campaigns SET queue = 1, turn = CASE turn WHEN 0 THEN ? ELSE turn END
     WHERE tenant_id = ? AND campaign_id IN (
       SELECT campaign_id FROM (${firstDue("next_due_at = ?")}) UNION ALL
       SELECT campaign_id FROM (${firstDue("next_due_at > ? AND next_due_at <= ?")}))`,
    joinedPlace(turn),
    tenantId,
    ...[tenantId, botId, rank, atOnceDueAt, most],
    ...[tenantId, botId, rank, atOnceDueAt, now, most],
  );
}

/** The campaigns that became due first: those without an instant and those with one by themselves, so that neither keep the others out. */
function firstDue(isDue: string): string {
  return `SELECT campaign_id FROM campaigns
    WHERE tenant_id = ? AND bot_id = ? AND priority = ? AND queue = 0 AND ${isDue} ORDER BY next_due_at, entry LIMIT (? + 0)`;
}

// What is not admitted now is in the next turn, a moment later.
const admitMax = 200;

function readyCampaigns(
  db: Database,
  { hold, held }: ClaimRequest,
  { rank, room }: Rank,
): readonly CampaignId[] {
  const isHeld = new Set(held);
  return db
    .all<{ campaign_id: CampaignId }>(
      `SELECT campaign_id FROM campaigns WHERE tenant_id = ? AND bot_id = ? AND priority = ? AND queue = 1
       ORDER BY turn, entry LIMIT (? + 0)`,
      hold.scope.tenantId,
      hold.scope.botId,
      rank,
      room + held.length,
    )
    .map((row) => row.campaign_id)
    .filter((id) => !isHeld.has(id))
    .slice(0, room);
}

interface ClaimedRow extends PersonRow, PostedRow {
  readonly recipient_key: RecipientKey;
  readonly attempts: number;
  readonly resent: number;
  readonly first_attempt_at: number | null;
  readonly recipient: string | null;
  readonly fields: string | null;
}

const selectDue = `
SELECT d.recipient_key, d.attempts, d.resent, d.first_attempt_at, d.recipient, d.fields, d.conversation_id AS posted_in,
  d.activity_id AS posted_id, ${personColumns}
FROM deliveries d
LEFT JOIN people p ON p.tenant_id = d.tenant_id AND p.bot_id = ? AND p.person_id = substr(d.recipient_key, ${userKey.length + 1})
WHERE d.tenant_id = ? AND d.campaign_id = ? AND d.state = 'pending' AND d.due_at BETWEEN ? AND ?
ORDER BY d.due_at, d.ordinal, d.recipient_key LIMIT (? + 0)`;
const markClaimed = `UPDATE deliveries SET state = 'sending', claimed_fence = ?, revision = ?, updated_at = ?
WHERE tenant_id = ? AND campaign_id = ? AND recipient_key = ?`;

function claimFrom(
  db: Database,
  tallies: Tallies,
  { hold, now }: ClaimRequest,
  { id, rank, share }: { readonly id: CampaignId; readonly rank: number; readonly share: number },
): readonly ClaimedDelivery[] {
  const { tenantId, botId } = hold.scope;
  const tally = tallies.get(id);
  const due = (from: number, until: number, most: number) =>
    db.all<ClaimedRow>(selectDue, botId, tenantId, id, from, until, most);
  const dated = due(0, now, share);
  const heldMax = Math.min(share - dated.length, tally?.heldRoom ?? 0);
  const held = heldMax > 0 ? due(heldDueAt, heldDueAt, heldMax) : [];
  const rows = [...dated, ...held];
  const revision = tally?.revision ?? 0;
  for (const row of rows)
    db.run(markClaimed, hold.fence, revision, now, tenantId, id, row.recipient_key);
  tally?.step("pending", "sending", rows.length);
  tally?.letThrough(held.length);
  const places = directoryTables(db, hold.scope);
  const entry = tally?.entry ?? 0;
  return rows.map((row) => claimedOf(places, hold, { id, entry, revision, rank, row }));
}

interface ClaimedFrom {
  readonly id: CampaignId;
  readonly entry: number;
  readonly revision: number;
  readonly rank: number;
  readonly row: ClaimedRow;
}

function claimedOf(
  places: Places,
  { scope }: LaneHold,
  { id, entry, revision, rank, row }: ClaimedFrom,
): ClaimedDelivery {
  const recipient = recipientOf(row.recipient_key, row.recipient);
  const joined = row.person_id === null ? null : personOf(scope, row);
  return {
    campaignId: id,
    entry,
    revision,
    recipient,
    priority: classOf(rank),
    posted: postedOf(row),
    attempts: row.attempts,
    resent: row.resent,
    firstAttemptAt: row.first_attempt_at,
    data: fieldsOf(row.fields),
    ...destinationOf(places, { recipient, person: joined }),
  };
}
