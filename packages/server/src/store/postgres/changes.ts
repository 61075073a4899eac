import type { CampaignId, RecipientKey } from "../../domain/ids.ts";
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
import { insertCampaigns, newTally, readCampaign } from "./campaign-rows.ts";
import { moveCampaign, movedOf } from "./campaigns.ts";
import type { Database } from "./database.ts";
import { useKey } from "./idempotency-keys.ts";
import { lookUp } from "./look-up.ts";
import { forgottenAt } from "./retention.ts";
import { Tallies } from "./tallies.ts";

type ChangeRequest = Parameters<ChangeStore["createChange"]>[0];

/** Stores a change and makes way for it; null where the changed campaign is not as expected. */
export async function createChange(
  db: Database,
  { change, state, idempotency }: ChangeRequest,
): ReturnType<ChangeStore["createChange"]> {
  const now = change.createdAt;
  const open = await lockChanges(db, change);
  const before = await readCampaign(db, change.changeOf);
  const isExpected = before?.state === state && before.revision === change.revision - 1;
  if (before === null || !isExpected) return null;
  if ((await forgottenAt(db, before.id)).recipients !== null) return null;
  if (idempotency !== undefined) {
    const earlier = await useKey(db, change, { ...idempotency, now });
    if (earlier !== null) return { result: earlier.result };
  }
  const superseded: Campaign[] = [];
  for (const id of open) superseded.push(await cancel(db, id, now));
  await makeWay(db, before, change);
  await insertCampaigns(db, [{ campaign: change, closed: newTally(change).close(now, null) }]);
  db.tell(movedOf(change));
  db.tell(movedOf(before));
  return {
    result: "created",
    change: await stored(db, change.id),
    changed: await stored(db, before.id),
    superseded,
  };
}

/** The newest first. */
export async function changesOf(
  db: Database,
  id: CampaignId,
  limit: number,
): Promise<readonly CampaignChange[]> {
  const rows = await db.all<ChangeRow>(
    `SELECT ${changeColumns} FROM (${changed}) AS p ${lookUp("c", changesOfP)} ORDER BY c.revision DESC LIMIT $2`,
    id,
    limit,
  );
  return rows.map(changeOf);
}

/** What became of the newest change of each recipient's message. */
export async function changesTo(
  db: Database,
  id: CampaignId,
  recipients: readonly RecipientKey[],
): Promise<readonly DeliveryChange[]> {
  const rows = await db.all<ChangedRow>(
    `WITH changes AS MATERIALIZED (
       SELECT c.tenant_id, c.campaign_id, c.kind, c.revision FROM (${changed}) AS p ${lookUp("c", changesOfP)}
     )
     SELECT d.* FROM unnest($2::text[]) AS s (key) ${lookUp(
       "d",
       `SELECT c.campaign_id, c.kind, f.recipient_key, f.state, f.code, f.detail FROM changes c ${lookUp(
         "f",
         `SELECT recipient_key, state, code, detail FROM deliveries
          WHERE tenant_id = c.tenant_id AND campaign_id = c.campaign_id AND recipient_key = s.key`,
       )}
        ORDER BY c.revision DESC LIMIT 1`,
     )}`,
    id,
    recipients,
  );
  return rows.map(changeTo);
}

const changed = "SELECT tenant_id, campaign_id FROM campaigns WHERE campaign_id = $1";
const changesOfP =
  "SELECT * FROM campaigns WHERE tenant_id = p.tenant_id AND change_of = p.campaign_id";

/** Campaigns whose time to be recalled has come. */
export async function campaignsToRecall(
  db: Database,
  now: number,
  limit: number,
): Promise<readonly Campaign[]> {
  const rows = await db.all<CampaignRow>(
    `${selectCampaigns} WHERE c.recall_at IS NOT NULL AND c.recall_at <= $1 AND c.recalled_at IS NULL AND c.state <> 'draft'
     ORDER BY c.recall_at LIMIT $2`,
    now,
    limit,
  );
  return rows.map(campaignOf);
}

/**
 * Locks the changed campaign with those of its changes that may be under way, and answers these, the oldest first. The newest one
 * is locked although it is over: a retry may be opening it again.
 */
async function lockChanges(
  db: Database,
  change: ChangeRequest["change"],
): Promise<readonly CampaignId[]> {
  const rows = await db.all<{ campaign_id: CampaignId }>(
    `SELECT campaign_id FROM campaigns WHERE tenant_id = $1 AND change_of = $2
       AND (state NOT IN ('finished', 'cancelled') OR revision = $3) ORDER BY revision`,
    change.tenantId,
    change.changeOf,
    change.revision - 1,
  );
  const tallies = new Tallies(db);
  const ids = rows.map((row) => row.campaign_id);
  await tallies.load([...ids, change.changeOf]);
  return ids.filter((id) => isOpen(tallies.get(id)?.state));
}

const open = ["draft", "scheduled", "expanding", "sending", "paused"] as const;

function isOpen(state: Campaign["state"] | undefined): boolean {
  return open.some((one) => one === state);
}

async function cancel(db: Database, id: CampaignId, now: number): Promise<Campaign> {
  await moveCampaign(db, { id, from: open, to: "cancelled", patch: { finishedAt: now }, now });
  return stored(db, id);
}

/** The changed campaign comes to the change's revision, with its message, or recalled. */
async function makeWay(
  db: Database,
  { tenantId, id }: Campaign,
  change: ChangeRequest["change"],
): Promise<void> {
  const now = change.createdAt;
  await db.run(
    `UPDATE campaigns SET revision = $3, recalled_at = CASE WHEN $4 THEN coalesce(recalled_at, $5) ELSE recalled_at END,
       updated_at = $5
     WHERE tenant_id = $1 AND campaign_id = $2`,
    tenantId,
    id,
    change.revision,
    change.kind === "recall",
    now,
  );
  if (change.kind === "recall") await cancel(db, id, now);
  else
    await db.run(
      `UPDATE campaign_contents SET original = coalesce(original, message), message = $3
       WHERE tenant_id = $1 AND campaign_id = $2`,
      tenantId,
      id,
      JSON.stringify(change.message),
    );
}

async function stored(db: Database, id: CampaignId): Promise<Campaign> {
  const campaign = await readCampaign(db, id);
  if (campaign === null) throw new Error(`campaign ${id} vanished while a change was stored`);
  return campaign;
}
