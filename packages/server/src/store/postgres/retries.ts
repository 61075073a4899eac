import type { CampaignId } from "../../domain/ids.ts";
import { isToRetry } from "../../domain/retry-request.ts";
import type { RetryStore } from "../../engine/ports/retry-store.ts";
import { type CampaignTally, type TallyRow, tallyColumns } from "../campaign-tally.ts";
import { atOnceDueAt } from "../due-at.ts";
import {
  type RetryWalk,
  rowsToRetry,
  stateAt,
  storedWalks,
  type WalkedRow,
  walkedOn,
  walksOf,
  withRetry,
} from "../retry-walk.ts";
import { movedOf, readCountsByCode } from "./campaigns.ts";
import type { Database } from "./database.ts";
import { forgetKey, useKey } from "./idempotency-keys.ts";
import { lookUp } from "./look-up.ts";
import { Tallies } from "./tallies.ts";

type Request = Parameters<RetryStore["requestRetry"]>[0];
type Result = Awaited<ReturnType<RetryStore["requestRetry"]>>;

/** Stores a request for retries, or carries it out at once where it means one recipient. */
export async function requestRetry(db: Database, request: Request): Promise<Result> {
  const campaign = await readRetrying(db, request.id);
  if (campaign === null) return "refused";
  const { idempotency, now } = request;
  const owner = { tenantId: campaign.tenant_id, botId: campaign.bot_id, id: request.id };
  if (idempotency !== undefined) {
    const used = await useKey(db, owner, { ...idempotency, now });
    if (used !== null) return used.result;
  }
  const result = await ask(db, campaign, request);
  if (result === "asked") db.tell(movedOf(owner));
  if (idempotency !== undefined && (result === "refused" || result === "full"))
    await forgetKey(db, owner, idempotency.key);
  return result;
}

/** Campaigns with requests for retries, the longest untouched first. */
export async function campaignsToRetry(
  db: Database,
  limit: number,
): Promise<readonly CampaignId[]> {
  const rows = await db.all<{ campaign_id: CampaignId }>(
    "SELECT campaign_id FROM campaigns WHERE retries IS NOT NULL ORDER BY updated_at LIMIT $1",
    limit,
  );
  return rows.map((row) => row.campaign_id);
}

/** Walks the next rows of a campaign's oldest request, and makes those that are meant pending. */
export async function retryRows(
  db: Database,
  id: CampaignId,
  { limit, now }: { readonly limit: number; readonly now: number },
): ReturnType<RetryStore["retryRows"]> {
  const campaign = await readRetrying(db, id);
  const [first, ...others] = walksOf(campaign?.retries ?? null);
  if (campaign === null || first === undefined) return { retried: 0, isDone: true };
  const tallies = new Tallies(db);
  tallies.adopt([campaign]);
  const tally = tallies.get(id);
  if (tally === null) return { retried: 0, isDone: true };
  let retried = 0;
  let walk = first;
  let left = Math.min(limit, walkMax);
  while (left > 0 && stateAt(walk) !== undefined) {
    const rows = await endedRows(db, tally, walk, left);
    const meant = rowsToRetry(walk, rows);
    await retry(db, tally, meant, now);
    retried += meant.length;
    walk = walkedOn(walk, rows, left);
    left -= rows.length;
  }
  const next = stateAt(walk) === undefined ? others : [walk, ...others];
  if (next.length === 0) tally.retriesDone();
  await tallies.look();
  await Promise.all([writeWalks(db, tally, next), tallies.saveLooked(now)]);
  return { retried, isDone: next.length === 0 };
}

// Walking fewer than asked for is allowed: the answer says whether more is left.
const walkMax = 2_000;

/** A campaign as far as retries need it, locked. */
type RetryingRow = TallyRow & { readonly recalled_at: number | null };

/** Null also where rows were removed: there is nothing to try again. */
function readRetrying(db: Database, id: CampaignId): Promise<RetryingRow | null> {
  const sql = `SELECT ${tallyColumns}, recalled_at FROM campaigns
    WHERE campaign_id = $1 AND recipients_forgotten_at IS NULL FOR UPDATE`;
  return db.get<RetryingRow>(sql, id);
}

async function ask(db: Database, campaign: RetryingRow, request: Request): Promise<Result> {
  const { id, from, retry: retried, recipient, now } = request;
  if (!from.includes(campaign.state) || (await isSuperseded(db, campaign))) return "refused";
  if (recipient !== undefined) return retryOne(db, campaign, { ...request, recipient });
  const codes = await readCountsByCode(db, id);
  const number = campaign.retries_asked + 1;
  const walks = withRetry(walksOf(campaign.retries), retried, { codes, number });
  if (typeof walks === "string") return walks;
  await writeWalks(db, { tenantId: campaign.tenant_id, id, retriesAsked: number }, walks);
  const tallies = await reopened(db, campaign);
  tallies.get(id)?.touch();
  await tallies.save(now);
  return "asked";
}

/**
 * Whether it was recalled, or is a change after which another one was made. Asked once it is locked, which whoever makes the other
 * one does first.
 */
async function isSuperseded(
  db: Database,
  { recalled_at, tenant_id, change_of, revision }: RetryingRow,
): Promise<boolean> {
  if (recalled_at !== null || change_of === null) return recalled_at !== null;
  const changed = await db.get<{ revision: number }>(
    "SELECT revision FROM campaigns WHERE tenant_id = $1 AND campaign_id = $2",
    tenant_id,
    change_of,
  );
  return changed !== null && changed.revision > revision;
}

async function retryOne(
  db: Database,
  campaign: RetryingRow,
  {
    retry: retried,
    recipient,
    now,
  }: Pick<Request, "retry" | "now"> & Required<Pick<Request, "recipient">>,
): Promise<Result> {
  const row = await db.get<WalkedRow>(
    `SELECT recipient_key, state, code, retries_before FROM deliveries
     WHERE tenant_id = $1 AND campaign_id = $2 AND recipient_key = $3`,
    campaign.tenant_id,
    campaign.campaign_id,
    recipient,
  );
  if (row === null || !isToRetry(retried, { ...row, recipient })) return "nothing";
  const tallies = await reopened(db, campaign);
  const tally = tallies.get(campaign.campaign_id);
  if (tally === null) return "nothing";
  await retry(db, tally, [row], now);
  await tallies.save(now);
  return "asked";
}

/** The campaign's tally, with a finished one sending again; whoever asks for that has seen what had failed. */
async function reopened(db: Database, { tenant_id, campaign_id }: RetryingRow): Promise<Tallies> {
  await db.run(
    `UPDATE campaigns SET state = 'sending', finished_at = NULL, watched = NULL, kept = 2
     WHERE tenant_id = $1 AND campaign_id = $2 AND state = 'finished'`,
    tenant_id,
    campaign_id,
  );
  const tallies = new Tallies(db);
  await tallies.load([campaign_id]);
  return tallies;
}

/** The next rows of the state that the walk is at. */
async function endedRows(
  db: Database,
  { tenantId, id }: CampaignTally,
  walk: RetryWalk,
  limit: number,
): Promise<readonly WalkedRow[]> {
  const state = stateAt(walk);
  if (state === undefined) return [];
  return db.all<WalkedRow>(
    `SELECT recipient_key, state, code, retries_before FROM deliveries
     WHERE tenant_id = $1 AND campaign_id = $2 AND state = $3 AND code IS NOT NULL AND recipient_key > $4
     ORDER BY recipient_key LIMIT $5`,
    tenantId,
    id,
    state,
    walk.after,
    limit,
  );
}

/** Makes rows pending that ended. */
async function retry(
  db: Database,
  tally: CampaignTally,
  rows: readonly WalkedRow[],
  now: number,
): Promise<void> {
  if (rows.length === 0) return;
  for (const row of rows) tally.retry(row.state, row.code);
  await db.run(
    `UPDATE deliveries SET state = 'pending', code = NULL, detail = NULL, due_at = $5, first_attempt_at = NULL,
       resent = resent + CASE state WHEN 'uncertain' THEN 1 ELSE 0 END, retried_at = $4, updated_at = $4
     WHERE ctid = ANY (ARRAY (
       SELECT f.row FROM unnest($3::text[]) AS s (key) ${lookUp(
         "f",
         `SELECT ctid AS row FROM deliveries
          WHERE tenant_id = $1 AND campaign_id = $2 AND recipient_key = s.key`,
       )}))`,
    tally.tenantId,
    tally.id,
    rows.map((row) => row.recipient_key),
    now,
    atOnceDueAt,
  );
}

async function writeWalks(
  db: Database,
  { tenantId, id, retriesAsked }: Pick<CampaignTally, "tenantId" | "id" | "retriesAsked">,
  walks: readonly RetryWalk[],
): Promise<void> {
  await db.run(
    "UPDATE campaigns SET retries = $3, retries_asked = $4 WHERE tenant_id = $1 AND campaign_id = $2",
    tenantId,
    id,
    storedWalks(walks),
    retriesAsked,
  );
}
