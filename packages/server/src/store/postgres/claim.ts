import { classOfRank, classRank, trafficClasses } from "../../domain/campaign.ts";
import type { CampaignId, RecipientKey } from "../../domain/ids.ts";
import type { Recipient } from "../../domain/target.ts";
import { baseConversationId } from "../../domain/teams-id.ts";
import type { ClaimedDelivery, LaneHold, TurnRequest } from "../../engine/ports/store.ts";
import type { CampaignTally, TallyRow } from "../campaign-tally.ts";
import { tallyColumns } from "../campaign-tally.ts";
import { type PostedRow, postedOf } from "../change-rows.ts";
import { claimMaxOfClass, joinedPlace, servedPlace, sharesOf } from "../claim-shares.ts";
import { destinationOf } from "../destinations.ts";
import type { Places } from "../directory-tables.ts";
import { atOnceDueAt, heldDueAt } from "../due-at.ts";
import { type PersonRow, personColumns, personOf } from "../people-rows.ts";
import { fieldsOf, recipientOf, userKey } from "../recipient-rows.ts";
import type { Database } from "./database.ts";
import { DirectoryDraft } from "./directory-draft.ts";
import { lookUp, lookUpIfAny } from "./look-up.ts";
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

const ranks: readonly number[] = trafficClasses.map(classRank);

/**
 * Loads, and locks, the campaigns that a turn settles and those that it may claim from: as many of those that have due rows
 * as it may need, and those whose first due row has become due since the last turn.
 */
export async function loadForTurn(
  db: Database,
  tallies: Tallies,
  request: Omit<ClaimRequest, "turn">,
  settled: readonly CampaignId[],
): Promise<void> {
  const { hold, now, held } = request;
  const { tenantId, botId } = hold.scope;
  const most = claimMaxOfClass(request);
  const rows = await db.all<TallyRow>(
    `WITH ids AS MATERIALIZED (
       SELECT id FROM (
         SELECT unnest($3::text[]) AS id
         UNION SELECT r.campaign_id FROM unnest($7::smallint[]) AS p (priority) CROSS JOIN LATERAL (
           SELECT campaign_id FROM campaigns
           WHERE tenant_id = $1 AND bot_id = $2 AND queue = 1 AND priority = p.priority
           ORDER BY turn, entry LIMIT $5) r
         UNION SELECT w.campaign_id FROM unnest($7::smallint[]) AS p (priority) CROSS JOIN LATERAL (
           (${firstDue("next_due_at = $8")}) UNION ALL (${firstDue("next_due_at > $8 AND next_due_at <= $4")})) w) AS u
       ORDER BY id COLLATE "C"
     )
     SELECT c.* FROM ids ${lookUp(
       "c",
       `SELECT ${tallyColumns} FROM campaigns
        WHERE tenant_id = $1 AND campaign_id = ids.id AND bot_id = $2 FOR UPDATE`,
     )}`,
    tenantId,
    botId,
    [...new Set(settled)],
    now,
    most === 0 ? 0 : most + held.length,
    most === 0 ? 0 : Math.max(admitMax, most),
    ranks,
    atOnceDueAt,
  );
  tallies.adopt(rows);
}

/** The campaigns that became due first: those without an instant and those with one by themselves, so that neither keep the others out. */
function firstDue(isDue: string): string {
  return `SELECT campaign_id FROM campaigns
    WHERE tenant_id = $1 AND bot_id = $2 AND queue = 0 AND priority = p.priority AND ${isDue}
    ORDER BY next_due_at, entry LIMIT $6`;
}

// What is not admitted now is in the next turn, a moment later.
const admitMax = 200;

/**
 * Marks up to `claim` due rows of the lane as `sending`, and `atLeast` so many of a class that has them: the most urgent class
 * first; within a class in turns among the campaigns that have due rows, oldest first within a campaign. Of two campaigns that became due in
 * one turn, the one that was stored first goes first. The tallies are left to
 * be saved.
 */
export async function claim(
  db: Database,
  tallies: Tallies,
  request: ClaimRequest,
): Promise<readonly ClaimedDelivery[]> {
  const isHeld = new Set(request.held);
  const { turn, now } = request;
  let open = tallies.all.filter((tally) => isOf(tally, request.hold) && tally.isDue(now));
  for (const tally of open) tally.admit(joinedPlace(turn));
  open = open.filter((tally) => !isHeld.has(tally.id)).sort(byPlace);
  const claimed: ReadRow[] = [];
  // One round, unless a campaign has fewer due rows than pending ones.
  while (open.length > 0) {
    const before = claimed.length;
    const round = await claimRound(db, request, open, byRank(tallies, claimed));
    const more: CampaignTally[] = [];
    for (const tally of open) {
      const rows = round.get(tally.id);
      if (rows === undefined) {
        // It had no share, because others have more pending rows than turned out to be due.
        more.push(tally);
        continue;
      }
      claimed.push(...rows.filter((row) => row.is_claimed));
      if (noteClaimed(tally, rows, servedPlace(turn, claimed.length)) && tally.isDue(now))
        more.push(tally);
    }
    if (claimed.length === before) break;
    // Those that were served stand behind those that were not.
    open = more.sort(byPlace);
  }
  return withDestinations(db, tallies, request.hold, claimed);
}

/**
 * When the next pending row of the lane's open campaigns is due; at or before `now` when more is due already; null when there
 * is none.
 */
export async function nextDueAt(db: Database, { scope }: LaneHold): Promise<number | null> {
  const row = await db.get<{ next_due_at: number | null }>(
    `SELECT least(
       (SELECT next_due_at FROM campaigns WHERE tenant_id = $1 AND bot_id = $2 AND queue = 1
        ORDER BY priority, turn, entry LIMIT 1),
       (SELECT min(w.next_due_at) FROM unnest($3::smallint[]) AS p (priority) CROSS JOIN LATERAL (
          SELECT next_due_at FROM campaigns
          WHERE tenant_id = $1 AND bot_id = $2 AND queue = 0 AND priority = p.priority
          ORDER BY next_due_at LIMIT 1) w)) AS next_due_at`,
    scope.tenantId,
    scope.botId,
    ranks,
  );
  return row?.next_due_at ?? null;
}

function isOf({ botId, tenantId }: CampaignTally, { scope }: LaneHold): boolean {
  return botId === scope.botId && tenantId === scope.tenantId;
}

function byPlace(a: CampaignTally, b: CampaignTally): number {
  return a.rank - b.rank || a.place - b.place || a.entry - b.entry;
}

/** How many of the rows are of each rank. */
function byRank(tallies: Tallies, rows: readonly ReadRow[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { campaign_id: id } of rows) {
    const rank = tallies.get(id)?.rank;
    if (rank !== undefined) counts.set(rank, (counts.get(rank) ?? 0) + 1);
  }
  return counts;
}

/** Answers whether something was claimed from it. */
function noteClaimed(tally: CampaignTally, rows: readonly ReadRow[], place: number): boolean {
  const claimed = rows.filter((row) => row.is_claimed);
  if (claimed.length > 0) {
    tally.step("pending", "sending", claimed.length);
    tally.letThrough(claimed.filter((row) => row.due_at === heldDueAt).length);
    tally.served(place);
  }
  // One row more than may be claimed is read, to know when the next one is due.
  const next = rows.find((row) => !row.is_claimed && row.due_at < heldDueAt);
  tally.looked(next?.due_at ?? null);
  return claimed.length > 0;
}

interface ReadRow extends PersonRow, PostedRow {
  readonly campaign_id: CampaignId;
  readonly recipient_key: RecipientKey;
  readonly due_at: number;
  readonly is_claimed: boolean;
  readonly attempts: number;
  readonly resent: number;
  readonly first_attempt_at: number | null;
  readonly recipient: string | null;
  readonly fields: string | null;
}

/** The rows of each campaign that were claimed, and the one after them. */
async function claimRound(
  db: Database,
  request: ClaimRequest,
  open: readonly CampaignTally[],
  before: ReadonlyMap<number, number>,
): Promise<ReadonlyMap<CampaignId, readonly ReadRow[]>> {
  const candidates = open.map(({ id, rank, claimableMax: rowsMax }) => ({ id, rank, rowsMax }));
  const heldRoom = new Map(open.map((tally) => [tally.id, tally.heldRoom]));
  const revisions = new Map(open.map(({ id, revision }) => [id, revision]));
  const shares = [...sharesOf(candidates, request, before)];
  if (shares.length === 0) return new Map();
  const { hold, now } = request;
  const rows = await db.all<ReadRow>(
    claimShares,
    hold.scope.tenantId,
    hold.scope.botId,
    hold.fence,
    now,
    shares.map(([id]) => id),
    shares.map(([, share]) => share),
    shares.map(([id, share]) => Math.min(heldRoom.get(id) ?? 0, share)),
    heldDueAt,
    shares.map(([id]) => revisions.get(id) ?? 0),
  );
  const byCampaign = new Map<CampaignId, ReadRow[]>();
  for (const row of rows) {
    const known = byCampaign.get(row.campaign_id);
    if (known === undefined) byCampaign.set(row.campaign_id, [row]);
    else known.push(row);
  }
  return byCampaign;
}

// Who reads rows here has locked their campaigns, so that nobody else changes them. Of each campaign come the rows that are due,
// as many as its share and one more, and where those do not fill it, rows that waited for its canary.
const claimShares = `WITH pending AS MATERIALIZED (
  SELECT c.campaign_id, c.share, c.revision, c.position, d.*, d.due_at <= $4 OR d.due_at = $8 AS is_ready
  FROM unnest($5::text[], $6::integer[], $7::bigint[], $9::integer[]) WITH ORDINALITY
    AS c (campaign_id, share, held_room, revision, position)
  CROSS JOIN LATERAL (
    (${selectPending("due_at < $8")} LIMIT c.share + 1)
    UNION ALL (${selectPending("due_at = $8")} LIMIT least(c.share, c.held_room))) d
), due AS MATERIALIZED (
  SELECT *, is_ready AND share >= row_number() OVER (
    PARTITION BY position, is_ready ORDER BY due_at, ordinal, recipient_key) AS is_claimed
  FROM pending
), claimed AS (
  UPDATE deliveries d SET state = 'sending', claimed_fence = $3, revision = due.revision, updated_at = $4
  FROM due WHERE d.ctid = due.row AND due.is_claimed
)
SELECT due.campaign_id, due.recipient_key, due.due_at, due.is_claimed, due.attempts, due.resent, due.first_attempt_at,
  due.recipient, due.fields, due.conversation_id AS posted_in, due.activity_id AS posted_id, p.*
FROM due ${lookUpIfAny(
  "p",
  `SELECT ${personColumns} FROM people p
   WHERE p.tenant_id = $1 AND p.bot_id = $2 AND p.person_id = substr(due.recipient_key, ${userKey.length + 1})`,
)}
ORDER BY due.position, due.due_at, due.ordinal, due.recipient_key`;

function selectPending(isMeant: string): string {
  return `SELECT ctid AS row, recipient_key, due_at, ordinal, attempts, resent, first_attempt_at, recipient, fields,
      conversation_id, activity_id
    FROM deliveries
    WHERE tenant_id = $1 AND campaign_id = c.campaign_id AND state = 'pending' AND ${isMeant}
    ORDER BY due_at, ordinal, recipient_key`;
}

async function withDestinations(
  db: Database,
  tallies: Tallies,
  { scope }: LaneHold,
  rows: readonly ReadRow[],
): Promise<readonly ClaimedDelivery[]> {
  const claimed = rows.map((row) => ({
    row,
    recipient: recipientOf(row.recipient_key, row.recipient),
    person: personOf(scope, row),
  }));
  const others = claimed.filter(({ recipient, person }) => !isFound(recipient, person));
  const places =
    others.length === 0
      ? nowhere
      : await DirectoryDraft.read(db, scope, keysOf(others.map(({ recipient }) => recipient)));
  return claimed.map(({ row, recipient, person }) => ({
    campaignId: row.campaign_id,
    entry: tallies.get(row.campaign_id)?.entry ?? 0,
    revision: tallies.get(row.campaign_id)?.revision ?? 0,
    recipient,
    priority: classOfRank(tallies.get(row.campaign_id)?.rank ?? classRank("bulk")) ?? "bulk",
    posted: postedOf(row),
    attempts: row.attempts,
    resent: row.resent,
    firstAttemptAt: row.first_attempt_at,
    data: fieldsOf(row.fields),
    ...destinationOf(places, { recipient, person }),
  }));
}

function isFound(recipient: Recipient, person: unknown): boolean {
  return recipient.kind === "person" && person !== null;
}

/** What the directory has to be asked for: chats and channels, and people under an id of old. */
function keysOf(recipients: readonly Recipient[]) {
  const ids = recipients.flatMap((one) => (one.kind === "person" ? [one.personId] : []));
  const chats = recipients.flatMap((one) => {
    if (one.kind === "person") return [];
    const id = one.kind === "channel" ? one.channelId : one.conversationId;
    return [id, baseConversationId(id)];
  });
  return { ids, formerIds: ids, teamsIds: [], chats, conversations: chats, places: chats };
}

/** For claims of people alone, who are all known. */
const nowhere: Places = {
  findPerson: () => null,
  findConversation: () => null,
  findTeam: () => null,
  findChannel: () => null,
};
