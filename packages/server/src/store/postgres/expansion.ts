import type { CampaignId } from "../../domain/ids.ts";
import type {
  Campaign,
  ExpansionCursor,
  LedgerStore,
  NewDelivery,
} from "../../engine/ports/store.ts";
import { type CampaignTally, type TallyRow, tallyColumns } from "../campaign-tally.ts";
import { atOnceDueAt, heldDueAt } from "../due-at.ts";
import { userKey } from "../recipient-rows.ts";
import { readCampaign } from "./campaign-rows.ts";
import { movedOf } from "./campaigns.ts";
import type { Database } from "./database.ts";
import { countNew, newColumns, newRows } from "./new-deliveries.ts";
import { Tallies } from "./tallies.ts";

type ExpandRequest = Parameters<LedgerStore["expand"]>[0];
type EveryoneRequest = Parameters<LedgerStore["expandEveryone"]>[0];

/** Adds recipients or exclusions and moves the cursor; null where the cursor is not `from` any more. */
export async function expand(db: Database, request: ExpandRequest): Promise<number | null> {
  const tallies = new Tallies(db);
  const tally = await tallyAt(db, tallies, request.id, request.from);
  if (tally === null) return null;
  const { add, now } = request;
  const added =
    add.kind === "exclusions"
      ? await exclude(db, tally, add.keys)
      : await insert(db, tally, add.deliveries, now);
  await tallies.look();
  await Promise.all([moveCursor(db, tally, request.to), tallies.saveLooked(now)]);
  return added;
}

/** The same for the next known people, in the order of their ids. */
export async function expandEveryone(
  db: Database,
  { id, from, limit, now }: EveryoneRequest,
): Promise<{ readonly added: number; readonly after: string | null } | null> {
  const tallies = new Tallies(db);
  const tally = await tallyAt(db, tallies, id, from);
  if (tally === null) return null;
  const after = from.after ?? "";
  const last = await lastPerson(db, tally, after, Math.min(limit, chunkMax));
  if (last === null) return { added: 0, after: null };
  const added =
    from.part === "exclude"
      ? await excludeRange(db, tally, { after, last })
      : await insertRange(db, tally, { after, last }, now);
  if (from.part === "include" && added > 0) {
    if (tally.holdsBack) tally.hold(added);
    else tally.add("pending", added, { dueAt: atOnceDueAt });
  }
  await tallies.look();
  await Promise.all([moveCursor(db, tally, { ...from, after: last }), tallies.saveLooked(now)]);
  return { added, after: last };
}

/** Ends the expansion; null where the campaign is not expanding. */
export async function finishExpansion(
  db: Database,
  id: CampaignId,
  now: number,
): Promise<Campaign | null> {
  const rows = await db.all<TallyRow>(
    `UPDATE campaigns SET state = 'sending', expansion_part = NULL, expansion_item = NULL, expansion_after = NULL
     WHERE campaign_id = $1 AND state = 'expanding' RETURNING ${tallyColumns}`,
    id,
  );
  if (rows.length === 0) return null;
  const tallies = new Tallies(db);
  tallies.adopt(rows, { stateChanged: true });
  tallies.get(id)?.expanded();
  await tallies.look();
  const [, campaign] = await Promise.all([tallies.saveLooked(now), readCampaign(db, id)]);
  if (campaign !== null) db.tell(movedOf(campaign));
  return campaign;
}

interface Range {
  /** A person id; those after it are meant. */
  readonly after: string;
  /** The last one meant. */
  readonly last: string;
}

// The campaign is locked as long as a chunk takes, and its lane waits. Walking fewer than asked for is allowed.
const chunkMax = 2_500;

/** The campaign's tally, where it is expanding and stands at this place. Its row stays locked. */
export async function tallyAt(
  db: Database,
  tallies: Tallies,
  id: CampaignId,
  from: ExpansionCursor,
): Promise<CampaignTally | null> {
  const rows = await db.all<TallyRow>(
    `SELECT ${tallyColumns} FROM campaigns WHERE campaign_id = $1 AND state = 'expanding' AND expansion_part = $2
       AND expansion_item = $3 AND expansion_after IS NOT DISTINCT FROM $4
     FOR UPDATE`,
    id,
    from.part,
    from.item,
    from.after,
  );
  tallies.adopt(rows);
  return tallies.get(id);
}

export async function moveCursor(
  db: Database,
  tally: CampaignTally,
  to: ExpansionCursor,
): Promise<void> {
  await db.run(
    `UPDATE campaigns SET expansion_part = $3, expansion_item = $4, expansion_after = $5
     WHERE tenant_id = $1 AND campaign_id = $2`,
    tally.tenantId,
    tally.id,
    to.part,
    to.item,
    to.after,
  );
}

/** The person at the end of the next `limit`; null where nobody is left. */
async function lastPerson(
  db: Database,
  { tenantId, botId }: CampaignTally,
  after: string,
  limit: number,
): Promise<string | null> {
  const row = await db.get<{ last: string | null }>(
    `SELECT max(person_id) AS last FROM (
       SELECT person_id FROM people WHERE tenant_id = $1 AND bot_id = $2 AND person_id > $3
       ORDER BY person_id LIMIT $4) AS next`,
    tenantId,
    botId,
    after,
    limit,
  );
  return row?.last ?? null;
}

/** Adds recipients but for those who are excluded, or are people who have a delivery under an earlier id. */
async function insert(
  db: Database,
  tally: CampaignTally,
  deliveries: readonly NewDelivery[],
  now: number,
): Promise<number> {
  if (deliveries.length === 0) return 0;
  const rows = newRows(tally, deliveries, { ordinal: 0, dueAt: atOnceDueAt, now });
  const added = await db.all<{ position: number }>(
    `WITH given AS (
       SELECT s.*, CASE WHEN starts_with(s.recipient_key, '${userKey}') THEN (
           SELECT '${userKey}' || p.former_id FROM people p
           WHERE p.tenant_id = s.tenant_id AND p.bot_id = $1 AND p.person_id = substr(s.recipient_key, ${userKey.length + 1}))
         END AS former_key
       FROM ${newColumns.from(3, "s")}
     ), added AS (
       INSERT INTO deliveries (${newColumns.names})
       SELECT ${newColumns.names.replace("ordinal", "$2::bigint + row_number() OVER (ORDER BY position) - 1")} FROM given g
       WHERE NOT ${isExcluded("g.recipient_key")} AND NOT ${hasDelivery("g.recipient_key")}
         AND (g.former_key IS NULL OR NOT ${isExcluded("g.former_key")} AND NOT ${hasDelivery("g.former_key")})
       ON CONFLICT (tenant_id, campaign_id, recipient_key) DO NOTHING
       RETURNING recipient_key
     )
     SELECT position FROM given WHERE recipient_key IN (SELECT recipient_key FROM added)`,
    tally.botId,
    tally.total,
    ...newColumns.arrays(rows),
  );
  countNew(
    tally,
    added.flatMap(({ position }) => rows[position - 1] ?? []),
  );
  return added.length;
}

function isExcluded(key: string): string {
  return `EXISTS (SELECT 1 FROM exclusions e
    WHERE e.tenant_id = g.tenant_id AND e.campaign_id = g.campaign_id AND e.recipient_key = ${key})`;
}

function hasDelivery(key: string): string {
  return `EXISTS (SELECT 1 FROM deliveries d
    WHERE d.tenant_id = g.tenant_id AND d.campaign_id = g.campaign_id AND d.recipient_key = ${key})`;
}

function insertRange(
  db: Database,
  tally: CampaignTally,
  { after, last }: Range,
  now: number,
): Promise<number> {
  return db.run(
    `INSERT INTO deliveries (tenant_id, campaign_id, recipient_key, state, ordinal, due_at, updated_at)
     SELECT g.tenant_id, g.campaign_id, g.recipient_key, 'pending', $6, $8, $7 FROM (
       SELECT tenant_id, $2::text AS campaign_id, '${userKey}' || person_id AS recipient_key,
         '${userKey}' || former_id AS former_key
       FROM people WHERE tenant_id = $1 AND bot_id = $3 AND person_id > $4 AND person_id <= $5) AS g
     WHERE NOT ${isExcluded("g.recipient_key")}
       AND (g.former_key IS NULL OR NOT ${isExcluded("g.former_key")} AND NOT ${hasDelivery("g.former_key")})
     ORDER BY g.recipient_key
     ON CONFLICT (tenant_id, campaign_id, recipient_key) DO NOTHING`,
    tally.tenantId,
    tally.id,
    tally.botId,
    after,
    last,
    tally.total,
    now,
    tally.holdsBack ? heldDueAt : atOnceDueAt,
  );
}

function excludeRange(db: Database, tally: CampaignTally, { after, last }: Range): Promise<number> {
  return db.run(
    `INSERT INTO exclusions (tenant_id, campaign_id, recipient_key)
     SELECT tenant_id, $2, '${userKey}' || person_id FROM people
     WHERE tenant_id = $1 AND bot_id = $3 AND person_id > $4 AND person_id <= $5
     ON CONFLICT (tenant_id, campaign_id, recipient_key) DO NOTHING`,
    tally.tenantId,
    tally.id,
    tally.botId,
    after,
    last,
  );
}

function exclude(db: Database, tally: CampaignTally, keys: readonly string[]): Promise<number> {
  return db.run(
    `INSERT INTO exclusions (tenant_id, campaign_id, recipient_key)
     SELECT DISTINCT $1, $2, key FROM unnest($3::text[]) AS s (key)
     ON CONFLICT (tenant_id, campaign_id, recipient_key) DO NOTHING`,
    tally.tenantId,
    tally.id,
    keys,
  );
}
