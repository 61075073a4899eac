import type { ChangeKind } from "../../domain/campaign.ts";
import type { CampaignId, RecipientKey, TenantId } from "../../domain/ids.ts";
import type {
  CampaignChange,
  ChangeStore,
  DeliveryChange,
} from "../../engine/ports/change-store.ts";
import type { Campaign } from "../../engine/ports/store.ts";
import { type CampaignRow, campaignOf, selectCampaigns } from "../campaign-rows.ts";
import {
  type ChangedRow,
  type ChangeRow,
  changeColumns,
  changeOf,
  changeTo,
} from "../change-rows.ts";
import { insertCampaign, readCampaign } from "./campaign-rows.ts";
import { moveCampaign } from "./campaigns.ts";
import type { Database } from "./database.ts";
import { useKey } from "./idempotency-keys.ts";
import { forgottenAt } from "./retention.ts";
import { loadTally, saveTally } from "./tallies.ts";

type ChangeRequest = Parameters<ChangeStore["createChange"]>[0];

/** Stores a change and makes way for it; null where the changed campaign is not as expected. */
export function createChange(
  db: Database,
  { change, state, idempotency }: ChangeRequest,
): Awaited<ReturnType<ChangeStore["createChange"]>> {
  const before = readCampaign(db, change.changeOf);
  const isExpected = before?.state === state && before.revision === change.revision - 1;
  if (before === null || !isExpected || forgottenAt(db, before.id).recipients !== null) return null;
  if (idempotency !== undefined) {
    const earlier = useKey(db, change, { ...idempotency, now: change.createdAt });
    if (earlier !== null) return { result: earlier.result };
  }
  const superseded = openChanges(db, before).map((id) => cancel(db, id, change.createdAt));
  makeWay(db, before, change);
  insertCampaign(db, change);
  const tally = loadTally(db, change.id);
  if (tally !== null) saveTally(db, tally, change.createdAt);
  return {
    result: "created",
    change: stored(db, change.id),
    changed: stored(db, before.id),
    superseded,
  };
}

/** The newest first. */
export function changesOf(db: Database, id: CampaignId, limit: number): readonly CampaignChange[] {
  return db
    .all<ChangeRow>(
      `SELECT ${changeColumns}
       FROM campaigns p JOIN campaigns c ON c.tenant_id = p.tenant_id AND c.change_of = p.campaign_id
       WHERE p.campaign_id = ? ORDER BY c.revision DESC LIMIT (? + 0)`,
      id,
      limit,
    )
    .map(changeOf);
}

/** What became of the newest change of each recipient's message. */
export function changesTo(
  db: Database,
  id: CampaignId,
  recipients: readonly RecipientKey[],
): readonly DeliveryChange[] {
  const changes = db.all<{ tenant_id: TenantId; campaign_id: CampaignId; kind: ChangeKind }>(
    `SELECT c.tenant_id, c.campaign_id, c.kind
     FROM campaigns p JOIN campaigns c ON c.tenant_id = p.tenant_id AND c.change_of = p.campaign_id
     WHERE p.campaign_id = ? ORDER BY c.revision DESC`,
    id,
  );
  const open = new Set(recipients);
  const found: DeliveryChange[] = [];
  for (const { tenant_id: tenantId, campaign_id: change, kind } of changes) {
    if (open.size === 0) break;
    const rows = db.all<Omit<ChangedRow, "campaign_id" | "kind">>(
      `SELECT d.recipient_key, d.state, d.code, d.detail FROM json_each(?)
       CROSS JOIN deliveries d ON d.tenant_id = ? AND d.campaign_id = ? AND d.recipient_key = json_each.value`,
      JSON.stringify([...open]),
      tenantId,
      change,
    );
    for (const row of rows) {
      open.delete(row.recipient_key);
      found.push(changeTo({ ...row, campaign_id: change, kind }));
    }
  }
  return found;
}

/** Campaigns whose time to be recalled has come. */
export function campaignsToRecall(db: Database, now: number, limit: number): readonly Campaign[] {
  return db
    .all<CampaignRow>(
      `${selectCampaigns} WHERE c.recall_at IS NOT NULL AND c.recall_at <= ? AND c.recalled_at IS NULL
         AND c.state <> 'draft'
       ORDER BY c.recall_at LIMIT (? + 0)`,
      now,
      limit,
    )
    .map(campaignOf);
}

const open = ["draft", "scheduled", "expanding", "sending", "paused"] as const;

/** The changes of a campaign that are not over, the oldest first. */
function openChanges(db: Database, { tenantId, id }: Campaign): readonly CampaignId[] {
  return db
    .all<{ campaign_id: CampaignId }>(
      `SELECT campaign_id FROM campaigns WHERE tenant_id = ? AND change_of = ?
         AND state NOT IN ('finished', 'cancelled') ORDER BY revision`,
      tenantId,
      id,
    )
    .map((row) => row.campaign_id);
}

function cancel(db: Database, id: CampaignId, now: number): Campaign {
  moveCampaign(db, { id, from: open, to: "cancelled", patch: { finishedAt: now }, now });
  return stored(db, id);
}

/** The changed campaign comes to the change's revision, with its message, or recalled. */
function makeWay(db: Database, { tenantId, id }: Campaign, change: Campaign): void {
  const now = change.createdAt;
  db.run(
    `UPDATE campaigns SET revision = ?, recalled_at = CASE WHEN ? THEN coalesce(recalled_at, ?) ELSE recalled_at END,
       updated_at = ?
     WHERE tenant_id = ? AND campaign_id = ?`,
    change.revision,
    change.kind === "recall" ? 1 : 0,
    now,
    now,
    tenantId,
    id,
  );
  if (change.kind === "recall") cancel(db, id, now);
  else
    db.run(
      `UPDATE campaign_contents SET original = coalesce(original, message), message = ?
       WHERE tenant_id = ? AND campaign_id = ?`,
      JSON.stringify(change.message),
      tenantId,
      id,
    );
}

function stored(db: Database, id: CampaignId): Campaign {
  const campaign = readCampaign(db, id);
  if (campaign === null) throw new Error(`campaign ${id} vanished while a change was stored`);
  return campaign;
}
