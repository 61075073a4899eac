import type { CampaignId } from "../../domain/ids.ts";
import type { LedgerStore } from "../../engine/ports/store.ts";
import type { CampaignTally, ClosedTally } from "../campaign-tally.ts";
import { firstDueAt } from "../due-at.ts";
import { insertCampaigns, newTally } from "./campaign-rows.ts";
import { withoutNul } from "./client-database.ts";
import { columnsOf } from "./columns.ts";
import type { Database } from "./database.ts";
import { lookUp } from "./look-up.ts";
import { countNew, type NewRow, newColumns, newRows } from "./new-deliveries.ts";
import { workIn } from "./tallies.ts";

export type CreateRequest = Parameters<LedgerStore["createCampaign"]>[0];
export type CreateResult = Awaited<ReturnType<LedgerStore["createCampaign"]>>;

/** Stores campaigns with the deliveries known already, but for those whose idempotency key was used before. */
export async function createCampaigns(
  db: Database,
  requests: readonly CreateRequest[],
): Promise<readonly CreateResult[]> {
  const earlier = await useKeys(db, requests);
  const created = requests.filter((request) => !earlier.has(request)).map(prepared);
  for (const { tally, closed } of created) if (closed.opens) db.tell(workIn(tally, closed.pending));
  if (created.length > 0)
    await Promise.all([
      insertCampaigns(db, created),
      insertDeliveries(
        db,
        created.flatMap(({ rows }) => rows),
      ),
      insertCodes(db, created),
    ]);
  return requests.map(
    (request) => earlier.get(request) ?? { result: "created", id: request.campaign.id },
  );
}

interface Prepared extends Pick<CreateRequest, "campaign"> {
  readonly tally: CampaignTally;
  readonly closed: ClosedTally;
  readonly rows: readonly NewRow[];
}

function prepared({ campaign, deliveries = [] }: CreateRequest): Prepared {
  const tally = newTally(campaign);
  const now = campaign.createdAt;
  const rows = newRows(tally, deliveries, { ordinal: 0, dueAt: firstDueAt(campaign), now });
  countNew(tally, rows);
  return { campaign, tally, closed: tally.close(now, null), rows };
}

async function insertDeliveries(db: Database, rows: readonly NewRow[]): Promise<void> {
  if (rows.length === 0) return;
  await db.run(
    `INSERT INTO deliveries (${newColumns.names}) SELECT ${newColumns.names} FROM ${newColumns.from(1, "s")}`,
    ...newColumns.arrays(rows),
  );
}

const codeColumns = columnsOf({
  tenant_id: "text",
  campaign_id: "text",
  state: "text",
  code: "text",
  count: "bigint",
});

async function insertCodes(db: Database, created: readonly Prepared[]): Promise<void> {
  const rows = created.flatMap(({ campaign, closed }) =>
    closed.codes.map((one) => ({
      ...one,
      tenant_id: campaign.tenantId,
      campaign_id: campaign.id,
    })),
  );
  if (rows.length === 0) return;
  await db.run(
    `INSERT INTO campaign_codes (${codeColumns.names})
     SELECT ${codeColumns.names} FROM ${codeColumns.from(1, "s")}`,
    ...codeColumns.arrays(rows),
  );
}

const keyColumns = columnsOf({
  tenant_id: "text",
  bot_id: "text",
  idempotency_key: "text",
  fingerprint: "text",
  campaign_id: "text",
  created_at: "bigint",
});

/**
 * Stores the requests' keys. Answers, for the requests whose key was used before, what became of the first one: also where that
 * one stands before them in this list, or is just being stored by somebody else, whom this waits for.
 */
async function useKeys(
  db: Database,
  requests: readonly CreateRequest[],
): Promise<ReadonlyMap<CreateRequest, CreateResult>> {
  const wanted = requests.flatMap((request) =>
    request.idempotency === undefined
      ? []
      : [{ request, key: keyRow(request, request.idempotency) }],
  );
  if (wanted.length === 0) return new Map();
  const rows = wanted.map(({ key }) => key);
  const [stored, known] = await Promise.all([
    db.all<StoredKey>(
      `INSERT INTO idempotency_keys (${keyColumns.names})
       SELECT ${keyColumns.names} FROM ${keyColumns.from(1, "s")} ORDER BY tenant_id, bot_id, idempotency_key, position
       ON CONFLICT (tenant_id, bot_id, idempotency_key) DO NOTHING RETURNING ${keyOfRow}`,
      ...keyColumns.arrays(rows),
    ),
    db.all<StoredKey>(
      `SELECT k.* FROM unnest($1::text[], $2::text[], $3::text[]) AS s (tenant, bot, key) ${lookUp(
        "k",
        `SELECT ${keyOfRow} FROM idempotency_keys
         WHERE tenant_id = s.tenant AND bot_id = s.bot AND idempotency_key = s.key`,
      )}`,
      rows.map((row) => row.tenant_id),
      rows.map((row) => row.bot_id),
      rows.map((row) => row.idempotency_key),
    ),
  ]);
  const ours = new Set(stored.map(textOf));
  const first = new Map(known.map((row) => [textOf(row), row]));
  const earlier = new Map<CreateRequest, CreateResult>();
  for (const { request, key } of wanted) {
    const used = first.get(textOf(key));
    if (used === undefined) continue;
    // The first of our own with this key stored it; whoever comes after, in this list too, repeats it.
    if (ours.delete(textOf(key)) && used.campaign_id === key.campaign_id) continue;
    const result = used.fingerprint === key.fingerprint ? "repeated" : "conflict";
    earlier.set(request, { result, id: used.campaign_id });
  }
  return earlier;
}

interface StoredKey {
  readonly tenant_id: string;
  readonly bot_id: string;
  readonly idempotency_key: string;
  readonly fingerprint: string;
  readonly campaign_id: CampaignId;
}

const keyOfRow = "tenant_id, bot_id, idempotency_key, fingerprint, campaign_id";

function keyRow(
  { campaign }: CreateRequest,
  { key, fingerprint }: { readonly key: string; readonly fingerprint: string },
): StoredKey & { readonly created_at: number } {
  return {
    tenant_id: campaign.tenantId,
    bot_id: campaign.botId,
    idempotency_key: key,
    fingerprint,
    campaign_id: campaign.id,
    created_at: campaign.createdAt,
  };
}

function textOf({ tenant_id, bot_id, idempotency_key }: StoredKey): string {
  return JSON.stringify([tenant_id, bot_id, idempotency_key].map(withoutNul));
}
