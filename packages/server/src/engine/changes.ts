import { type ChangeKind, isChange, isOver, type TrafficClass } from "../domain/campaign.ts";
import { ProblemError } from "../domain/errors.ts";
import { type CampaignId, campaignId } from "../domain/ids.ts";
import type { Message } from "../domain/message.ts";
import { hearOf } from "./campaign-moves.ts";
import { checkedMessage } from "./check-request.ts";
import type { NewEdit, RecallOptions } from "./engine.ts";
import { type EngineParts, newCampaignRow } from "./engine-parts.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { assertKept } from "./kept-rows.ts";
import type { CampaignChange, ChangeStore } from "./ports/change-store.ts";
import type { Campaign } from "./ports/store.ts";

/** A change as it is stored. */
type ChangeRow = Campaign & { readonly changeOf: Campaign["id"] };

/** Reads the campaign or notification that is to be changed, each time anew. Throws where there is none. */
type Find = () => Promise<Campaign>;

/**
 * Puts another message in place of one that is being sent or was: what is not sent yet goes out with the new one, and what was
 * accepted is updated. Answers the campaign after it. Throws MESSAGE_…, CAMPAIGN_RECALLED, CAMPAIGN_STATE_CONFLICT,
 * IDEMPOTENCY_KEY_REUSED.
 */
export function editCampaign(parts: EngineParts, find: Find, request: NewEdit): Promise<Campaign> {
  const { idempotencyKey: key, ...content } = request;
  const { message, priority } = content;
  checkedMessage(message);
  const decide = async (row: Campaign) => {
    refuseChange(row);
    if (row.recalledAt !== null)
      throw new ProblemError("CAMPAIGN_RECALLED", {
        detail: `${row.id} was recalled, so its messages are deleted and cannot be edited. Send a new message.`,
      });
    const { ratePerSecond } = row;
    return changeRow(parts, row, {
      kind: "edit",
      message,
      priority: priority ?? row.priority,
      ratePerSecond,
    });
  };
  return change(parts, find, decide, (row) =>
    key === undefined ? undefined : { key, fingerprint: fingerprintOf({ edit: row.id, content }) },
  );
}

/**
 * Deletes what was accepted, after it has cancelled what is left. Asking again while it runs changes nothing; afterwards it tries
 * again what could not be deleted. Answers the campaign after it. Throws CAMPAIGN_STATE_CONFLICT for a draft.
 */
export function recallCampaign(
  parts: EngineParts,
  find: Find,
  { priority = "urgent" }: RecallOptions = {},
): Promise<Campaign> {
  const decide = async (row: Campaign) => {
    refuseChange(row);
    if (row.state === "draft")
      throw conflict(row, "It is a draft, so nothing of it was sent. Cancel it instead.");
    if (row.recalledAt !== null && !(await isAnythingLeft(parts, row))) return null;
    const { message } = row;
    return changeRow(parts, row, { kind: "recall", message, priority, ratePerSecond: null });
  };
  return change(parts, find, decide, () => undefined);
}

/** Makes the recall of a campaign whose time has come. Does nothing where it was made, or the campaign moved just now. */
export async function recallDue(parts: EngineParts, id: CampaignId): Promise<void> {
  const row = await parts.store.ledger.getCampaign(id);
  if (row === null || row.recalledAt !== null || row.state === "draft") return;
  const { message, priority, ratePerSecond, state } = row;
  const wanted = changeRow(parts, row, { kind: "recall", message, priority, ratePerSecond });
  const made = await parts.store.ledger.createChange({ change: wanted, state });
  if (made?.result === "created") begin(parts, row, made);
}

async function change(
  parts: EngineParts,
  find: Find,
  decide: (row: Campaign) => Promise<ChangeRow | null>,
  idempotencyOf: (row: Campaign) => Parameters<ChangeStore["createChange"]>[0]["idempotency"],
): Promise<Campaign> {
  for (let round = 0; round < roundsMax; round += 1) {
    const row = await find();
    await assertKept(parts.store.ledger, row.id);
    const wanted = await decide(row);
    if (wanted === null) return heard(parts, row);
    const idempotency = idempotencyOf(row);
    const made = await parts.store.ledger.createChange({
      change: wanted,
      state: row.state,
      ...(idempotency !== undefined && { idempotency }),
    });
    if (made === null) continue;
    if (made.result !== "created") {
      if (made.result === "conflict") throw new ProblemError("IDEMPOTENCY_KEY_REUSED");
      return heard(parts, row);
    }
    begin(parts, row, made);
    return made.changed;
  }
  throw new ProblemError("SERVICE_UNAVAILABLE", {
    detail: "The campaign is being moved or changed by others at the same time. Try again.",
  });
}

/** The row, of which this process has heard: what another one was asked for holds here, too. */
async function heard(parts: EngineParts, row: Campaign): Promise<Campaign> {
  await hearOf(parts, row);
  return row;
}

type Made = Extract<
  Awaited<ReturnType<ChangeStore["createChange"]>>,
  { readonly result: "created" }
>;

/** Lets lanes, planner and followers know. */
function begin(parts: EngineParts, before: Campaign, { change: made, changed, superseded }: Made) {
  const { log } = parts;
  const by = made.id;
  for (const row of superseded) {
    log.info("campaign.cancelled", { campaignId: row.id, by });
    parts.moved(row);
  }
  if (changed.state === before.state) {
    parts.campaigns.put(changed, parts.clock.now());
    // What waits in memory goes back, to be sent in its new edition.
    parts.lanes.release(changed.tenantId, changed.id);
  } else {
    log.info("campaign.cancelled", { campaignId: changed.id, from: before.state, by });
    parts.moved(changed);
  }
  const { id: campaignId, kind, changeOf } = made;
  log.info("campaign.created", { campaignId, kind, changeOf });
  parts.moved(made);
}

function changeRow(
  parts: EngineParts,
  row: Campaign,
  made: {
    readonly kind: ChangeKind;
    readonly message: Message;
    readonly priority: TrafficClass;
    readonly ratePerSecond: number | null;
  },
): ChangeRow {
  const { tenantId, name } = row;
  const { kind, message, priority, ratePerSecond } = made;
  const campaign = newCampaignRow(
    parts,
    {
      tenantId,
      id: campaignId(parts.ids.next("chg")),
      kind,
      name,
      state: "expanding",
      message,
      audience: { include: [] },
      priority,
      expansion: { part: "changed", item: 0, after: null },
    },
    { ...(row.topic !== null && { topic: row.topic }) },
  );
  return { ...campaign, changeOf: row.id, revision: row.revision + 1, ratePerSecond };
}

/** Whether a campaign that was recalled needs another recall: none runs, and the last one left something that it may yet reach. */
async function isAnythingLeft({ store }: EngineParts, { id }: Campaign): Promise<boolean> {
  const [last] = await store.ledger.changesOf(id, 1);
  if (last === undefined || last.state === "cancelled") return true;
  if (!isOver(last.state)) return false;
  const { counts } = last;
  return counts.total > counts.accepted + (await withoutId(store.ledger, last));
}

async function withoutId(
  ledger: EngineParts["store"]["ledger"],
  { id }: CampaignChange,
): Promise<number> {
  const reasons = await ledger.countsByCode(id);
  return reasons.find(({ code }) => code === "DELIVERY_ID_UNKNOWN")?.count ?? 0;
}

function refuseChange(row: Campaign): void {
  if (!isChange(row.kind)) return;
  throw conflict(row, `It is itself a change: edit or recall ${row.changeOf} instead.`);
}

function conflict({ id, state }: Campaign, detail: string): ProblemError {
  return new ProblemError("CAMPAIGN_STATE_CONFLICT", {
    detail: `${id} cannot be changed. ${detail}`,
    extra: { state },
  });
}

const roundsMax = 10;
