import { type CampaignId, personId, recipientKey } from "../../domain/ids.ts";
import type { Campaign, ExpansionCursor, LedgerStore } from "../../engine/ports/store.ts";
import type { CampaignTally } from "../campaign-tally.ts";
import { atOnceDueAt, heldDueAt } from "../due-at.ts";
import { userKey } from "../recipient-rows.ts";
import { readCampaign } from "./campaign-rows.ts";
import type { Database } from "./database.ts";
import { insertDelivery } from "./delivery-rows.ts";
import { loadTally, saveTally } from "./tallies.ts";

type ExpandRequest = Parameters<LedgerStore["expand"]>[0];
type EveryoneRequest = Parameters<LedgerStore["expandEveryone"]>[0];

/** Adds recipients or exclusions and moves the cursor; null where the cursor is not `from` any more. */
export function expand(db: Database, request: ExpandRequest): number | null {
  const tally = tallyAt(db, request.id, request.from);
  if (tally === null) return null;
  const { add, now } = request;
  let added = 0;
  if (add.kind === "exclusions") {
    for (const key of add.keys) added += exclude(db, tally, key);
  } else {
    let ordinal = tally.total;
    for (const delivery of add.deliveries) {
      if (isTaken(db, tally, delivery.recipient.key)) continue;
      if (insertDelivery(db, tally, delivery, { ordinal, dueAt: atOnceDueAt, now })) {
        ordinal += 1;
        added += 1;
      }
    }
  }
  moveCursor(db, tally, request.to);
  saveTally(db, tally, now);
  return added;
}

/** The same for the next known people, in the order of their ids. */
export function expandEveryone(
  db: Database,
  { id, from, limit, now }: EveryoneRequest,
): { readonly added: number; readonly after: string | null } | null {
  const tally = tallyAt(db, id, from);
  if (tally === null) return null;
  const after = from.after ?? "";
  const last = lastPerson(db, tally, after, Math.min(limit, chunkMax));
  if (last === null) return { added: 0, after: null };
  const range: Range = { after, last };
  const added =
    from.part === "exclude"
      ? excludeRange(db, tally, range)
      : insertRange(db, tally, range, { ordinal: tally.total, now });
  if (from.part === "include" && added > 0) {
    if (tally.holdsBack) tally.hold(added);
    else tally.add("pending", added, { dueAt: atOnceDueAt });
  }
  moveCursor(db, tally, { ...from, after: last });
  saveTally(db, tally, now);
  return { added, after: last };
}

/** Ends the expansion; null where the campaign is not expanding. */
export function finishExpansion(db: Database, id: CampaignId, now: number): Campaign | null {
  const moved = db.run(
    `UPDATE campaigns SET state = 'sending', expansion_part = NULL, expansion_item = NULL, expansion_after = NULL
     WHERE campaign_id = ? AND +state = 'expanding'`,
    id,
  );
  if (moved === 0) return null;
  const tally = loadTally(db, id, { stateChanged: true });
  tally?.expanded();
  if (tally !== null) saveTally(db, tally, now);
  return readCampaign(db, id);
}

interface Range {
  /** A person id; those after it are meant. */
  readonly after: string;
  /** The last one meant. */
  readonly last: string;
}

// About 10 ms of work. Walking fewer people than asked for is allowed: the answer says how far it went.
const chunkMax = 2_500;

/** The tally of a campaign whose expansion stands at `from`; null where it does not. */
export function tallyAt(db: Database, id: CampaignId, from: ExpansionCursor): CampaignTally | null {
  const row = db.get<{ n: number }>(
    `SELECT 1 AS n FROM campaigns WHERE campaign_id = ? AND +state = 'expanding' AND expansion_part = ?
       AND expansion_item = ? AND expansion_after IS ?`,
    id,
    from.part,
    from.item,
    from.after,
  );
  return row === null ? null : loadTally(db, id);
}

/** Writes where a campaign's expansion stands. */
export function moveCursor(db: Database, tally: CampaignTally, to: ExpansionCursor): void {
  db.run(
    `UPDATE campaigns SET expansion_part = ?, expansion_item = ?, expansion_after = ?
     WHERE tenant_id = ? AND campaign_id = ?`,
    to.part,
    to.item,
    to.after,
    tally.tenantId,
    tally.id,
  );
}

/** The person at the end of the next `limit`; null where nobody is left. */
function lastPerson(
  db: Database,
  { tenantId, botId }: CampaignTally,
  after: string,
  limit: number,
): string | null {
  const row = db.get<{ last: string | null }>(
    `SELECT max(person_id) AS last FROM (
       SELECT person_id FROM people WHERE tenant_id = ? AND bot_id = ? AND person_id > ?
       ORDER BY person_id LIMIT (? + 0))`,
    tenantId,
    botId,
    after,
    limit,
  );
  return row?.last ?? null;
}

function insertRange(
  db: Database,
  tally: CampaignTally,
  { after, last }: Range,
  { ordinal, now }: { readonly ordinal: number; readonly now: number },
): number {
  return db.run(
    `INSERT INTO deliveries (tenant_id, campaign_id, recipient_key, state, ordinal, due_at, updated_at)
     SELECT p.tenant_id, ?, '${userKey}' || p.person_id, 'pending', ?, ?, ? FROM people p
     WHERE p.tenant_id = ? AND p.bot_id = ? AND p.person_id > ? AND p.person_id <= ?
       AND p.person_id NOT IN (SELECT value FROM json_each(?))
       AND NOT EXISTS (
         SELECT 1 FROM exclusions e WHERE e.tenant_id = p.tenant_id AND e.campaign_id = ?
           AND e.recipient_key = '${userKey}' || p.person_id)
     ORDER BY p.person_id
     ON CONFLICT (tenant_id, campaign_id, recipient_key) DO NOTHING`,
    tally.id,
    ordinal,
    tally.holdsBack ? heldDueAt : atOnceDueAt,
    now,
    tally.tenantId,
    tally.botId,
    after,
    last,
    JSON.stringify(takenByFormerId(db, tally, { after, last })),
    tally.id,
  );
}

function excludeRange(db: Database, tally: CampaignTally, { after, last }: Range): number {
  return db.run(
    `INSERT INTO exclusions (tenant_id, campaign_id, recipient_key)
     SELECT p.tenant_id, ?, '${userKey}' || p.person_id FROM people p
     WHERE p.tenant_id = ? AND p.bot_id = ? AND p.person_id > ? AND p.person_id <= ?
     ON CONFLICT (tenant_id, campaign_id, recipient_key) DO NOTHING`,
    tally.id,
    tally.tenantId,
    tally.botId,
    after,
    last,
  );
}

function exclude(db: Database, tally: CampaignTally, key: string): number {
  return db.run(
    `INSERT INTO exclusions (tenant_id, campaign_id, recipient_key) VALUES (?, ?, ?)
     ON CONFLICT (tenant_id, campaign_id, recipient_key) DO NOTHING`,
    tally.tenantId,
    tally.id,
    key,
  );
}

/** The people of a range whom the campaign knows, or excludes, by the id they had before. */
function takenByFormerId(
  db: Database,
  tally: CampaignTally,
  { after, last }: Range,
): readonly string[] {
  return db
    .all<{ person_id: string; former_id: string }>(
      `SELECT person_id, former_id FROM people WHERE tenant_id = ? AND bot_id = ? AND person_id > ? AND person_id <= ?
         AND former_id IS NOT NULL`,
      tally.tenantId,
      tally.botId,
      after,
      last,
    )
    .filter((row) => {
      const key = `${userKey}${row.former_id}`;
      return isExcluded(db, tally, key) || hasDelivery(db, tally, key);
    })
    .map((row) => row.person_id);
}

/** Whether a recipient is excluded, or is a person who has a delivery under an earlier id. */
function isTaken(db: Database, tally: CampaignTally, key: string): boolean {
  if (isExcluded(db, tally, key)) return true;
  if (!key.startsWith(userKey)) return false;
  const person = db.get<{ former_id: string | null }>(
    "SELECT former_id FROM people WHERE tenant_id = ? AND bot_id = ? AND person_id = ?",
    tally.tenantId,
    tally.botId,
    personId(key.slice(userKey.length)),
  );
  if (person === null || person.former_id === null) return false;
  const former = recipientKey(`${userKey}${person.former_id}`);
  return isExcluded(db, tally, former) || hasDelivery(db, tally, former);
}

function isExcluded(db: Database, tally: CampaignTally, key: string): boolean {
  const sql =
    "SELECT 1 AS n FROM exclusions WHERE tenant_id = ? AND campaign_id = ? AND recipient_key = ?";
  return db.get<{ n: number }>(sql, tally.tenantId, tally.id, key) !== null;
}

function hasDelivery(db: Database, tally: CampaignTally, key: string): boolean {
  const sql =
    "SELECT 1 AS n FROM deliveries WHERE tenant_id = ? AND campaign_id = ? AND recipient_key = ?";
  return db.get<{ n: number }>(sql, tally.tenantId, tally.id, key) !== null;
}
