import type { CampaignState } from "../../domain/campaign.ts";
import type { BotId, CampaignId, TenantId } from "../../domain/ids.ts";
import { isToRetry } from "../../domain/retry-request.ts";
import type { RetryStore } from "../../engine/ports/retry-store.ts";
import type { CampaignTally } from "../campaign-tally.ts";
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
import { readCountsByCode } from "./campaigns.ts";
import type { Database } from "./database.ts";
import { usedKey, useKey } from "./idempotency-keys.ts";
import { loadTally, saveTally } from "./tallies.ts";

type Request = Parameters<RetryStore["requestRetry"]>[0];
type Result = Awaited<ReturnType<RetryStore["requestRetry"]>>;

/** Stores a request for retries, or carries it out at once where it means one recipient. */
export function requestRetry(db: Database, request: Request): Result {
  const campaign = readRetrying(db, request.id);
  if (campaign === null) return "refused";
  const { idempotency, now } = request;
  const owner = { tenantId: campaign.tenant_id, botId: campaign.bot_id, id: request.id };
  const used = idempotency === undefined ? null : usedKey(db, owner, idempotency);
  if (used !== null) return used.result;
  const result = ask(db, campaign, request);
  if (idempotency !== undefined && result !== "refused" && result !== "full")
    useKey(db, owner, { ...idempotency, now });
  return result;
}

/** Campaigns with requests for retries, the longest untouched first. */
export function campaignsToRetry(db: Database, limit: number): readonly CampaignId[] {
  return db
    .all<{ campaign_id: CampaignId }>(
      "SELECT campaign_id FROM campaigns WHERE retries IS NOT NULL ORDER BY updated_at LIMIT (? + 0)",
      limit,
    )
    .map((row) => row.campaign_id);
}

/** Walks the next rows of a campaign's oldest request, and makes those that are meant pending. */
export function retryRows(
  db: Database,
  id: CampaignId,
  { limit, now }: { readonly limit: number; readonly now: number },
): Awaited<ReturnType<RetryStore["retryRows"]>> {
  const [first, ...others] = walksOf(readRetrying(db, id)?.retries ?? null);
  const tally = first === undefined ? null : loadTally(db, id);
  if (first === undefined || tally === null) return { retried: 0, isDone: true };
  let retried = 0;
  let walk = first;
  let left = Math.min(limit, walkMax);
  while (left > 0 && stateAt(walk) !== undefined) {
    const rows = endedRows(db, tally, walk, left);
    for (const row of rowsToRetry(walk, rows)) {
      retryRow(db, tally, row, now);
      retried += 1;
    }
    walk = walkedOn(walk, rows, left);
    left -= rows.length;
  }
  const next = stateAt(walk) === undefined ? others : [walk, ...others];
  writeWalks(db, tally, next);
  if (next.length === 0) tally.retriesDone();
  saveTally(db, tally, now);
  return { retried, isDone: next.length === 0 };
}

// About 10 ms of work. Walking fewer than asked for is allowed: the answer says whether more is left.
const walkMax = 300;

interface RetryingRow {
  readonly tenant_id: TenantId;
  readonly campaign_id: CampaignId;
  readonly bot_id: BotId;
  readonly state: CampaignState;
  readonly retries: string | null;
  readonly retries_asked: number;
  /** 1 where it was recalled, or is a change after which another one was made. */
  readonly is_superseded: 0 | 1;
}

/** Null also where rows were removed: there is nothing to try again. */
function readRetrying(db: Database, id: CampaignId): RetryingRow | null {
  return db.get<RetryingRow>(
    `SELECT c.tenant_id, c.campaign_id, c.bot_id, c.state, c.retries, c.retries_asked,
       c.recalled_at IS NOT NULL OR coalesce(o.revision > c.revision, 0) AS is_superseded
     FROM campaigns c LEFT JOIN campaigns o ON o.tenant_id = c.tenant_id AND o.campaign_id = c.change_of
     WHERE c.campaign_id = ? AND c.recipients_forgotten_at IS NULL`,
    id,
  );
}

function ask(db: Database, campaign: RetryingRow, request: Request): Result {
  const { id, from, retry, recipient, now } = request;
  if (!from.includes(campaign.state) || campaign.is_superseded === 1) return "refused";
  if (recipient !== undefined) return retryOne(db, campaign, { ...request, recipient });
  const codes = readCountsByCode(db, id);
  const number = campaign.retries_asked + 1;
  const walks = withRetry(walksOf(campaign.retries), retry, { codes, number });
  if (typeof walks === "string") return walks;
  writeWalks(db, { tenantId: campaign.tenant_id, id, retriesAsked: number }, walks);
  const tally = reopened(db, campaign);
  if (tally !== null) saveTally(db, tally, now);
  return "asked";
}

function retryOne(
  db: Database,
  campaign: RetryingRow,
  { retry, recipient, now }: Pick<Request, "retry" | "now"> & Required<Pick<Request, "recipient">>,
): Result {
  const row = db.get<WalkedRow>(
    `SELECT recipient_key, state, code, retries_before FROM deliveries
     WHERE tenant_id = ? AND campaign_id = ? AND recipient_key = ?`,
    campaign.tenant_id,
    campaign.campaign_id,
    recipient,
  );
  if (row === null || !isToRetry(retry, { ...row, recipient })) return "nothing";
  const tally = reopened(db, campaign);
  if (tally === null) return "nothing";
  retryRow(db, tally, row, now);
  saveTally(db, tally, now);
  return "asked";
}

/** The campaign's tally, with a finished one sending again; whoever asks for that has seen what had failed. */
function reopened(db: Database, { tenant_id, campaign_id }: RetryingRow): CampaignTally | null {
  db.run(
    `UPDATE campaigns SET state = 'sending', finished_at = NULL, watched = NULL, kept = 2
     WHERE tenant_id = ? AND campaign_id = ? AND +state = 'finished'`,
    tenant_id,
    campaign_id,
  );
  return loadTally(db, campaign_id);
}

/** The next rows of the state that the walk is at. */
function endedRows(
  db: Database,
  { tenantId, id }: CampaignTally,
  walk: RetryWalk,
  limit: number,
): readonly WalkedRow[] {
  const state = stateAt(walk);
  if (state === undefined) return [];
  return db.all<WalkedRow>(
    `SELECT recipient_key, state, code, retries_before FROM deliveries INDEXED BY deliveries_coded
     WHERE tenant_id = ? AND campaign_id = ? AND state = ? AND code IS NOT NULL AND recipient_key > ?
     ORDER BY recipient_key LIMIT (? + 0)`,
    tenantId,
    id,
    state,
    walk.after,
    limit,
  );
}

function retryRow(db: Database, tally: CampaignTally, row: WalkedRow, now: number): void {
  tally.retry(row.state, row.code);
  db.run(
    `UPDATE deliveries SET state = 'pending', code = NULL, detail = NULL, due_at = ?, first_attempt_at = NULL,
       resent = resent + ?, retried_at = ?, updated_at = ?
     WHERE tenant_id = ? AND campaign_id = ? AND recipient_key = ?`,
    atOnceDueAt,
    row.state === "uncertain" ? 1 : 0,
    now,
    now,
    tally.tenantId,
    tally.id,
    row.recipient_key,
  );
}

function writeWalks(
  db: Database,
  { tenantId, id, retriesAsked }: Pick<CampaignTally, "tenantId" | "id" | "retriesAsked">,
  walks: readonly RetryWalk[],
): void {
  db.run(
    "UPDATE campaigns SET retries = ?, retries_asked = ? WHERE tenant_id = ? AND campaign_id = ?",
    storedWalks(walks),
    retriesAsked,
    tenantId,
    id,
  );
}
