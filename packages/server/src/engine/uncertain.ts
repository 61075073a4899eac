import { ProblemError } from "../domain/errors.ts";
import type { RecipientKey } from "../domain/ids.ts";
import type { LeaveOptions } from "./engine.ts";
import type { EngineParts } from "./engine-parts.ts";
import { assertKept } from "./kept-rows.ts";
import type { Campaign, Page, PageRequest, PastDelivery } from "./ports/store.ts";
import { deliveryTo } from "./recipients.ts";

/** Uncertain deliveries about which nobody has decided, of campaigns, notifications and changes. */
export function listUncertain(
  { store, botId }: EngineParts,
  page: PageRequest,
): Promise<Page<PastDelivery>> {
  return store.ledger.listUncertain({ ...page, botId });
}

/**
 * Decides that uncertain deliveries stay as they are. Answers the campaign or notification as it is then. Throws what `find` does,
 * DELIVERY_UNKNOWN, DELIVERY_NOT_UNCERTAIN, CAMPAIGN_ROWS_FORGOTTEN.
 */
export async function leaveUncertain(
  parts: EngineParts,
  find: () => Promise<Campaign>,
  options: LeaveOptions,
): Promise<Campaign> {
  const { store, log } = parts;
  const row = await find();
  await assertKept(store.ledger, row.id);
  const recipient = await recipientOf(parts, row, options);
  const left =
    recipient === null ? await leaveAll(parts, row) : await leaveOne(parts, row, recipient);
  if (left > 0) log.info("campaign.left", { campaignId: row.id, deliveries: left });
  return find();
}

async function leaveOne(
  { store, clock }: EngineParts,
  { id }: Campaign,
  recipient: RecipientKey,
): Promise<number> {
  const now = clock.now();
  return (await store.ledger.leaveUncertain({ id, which: { recipient }, now })).left;
}

/** Those that there are when it comes to them, part by part. */
async function leaveAll({ store, clock }: EngineParts, { id }: Campaign): Promise<number> {
  let left = 0;
  let after: string | null = "";
  while (after !== null) {
    const now = clock.now();
    const part = await store.ledger.leaveUncertain({ id, which: { after, limit: rowsMax }, now });
    left += part.left;
    ({ after } = part);
    if (after !== null) await clock.sleep(yieldMs);
  }
  return left;
}

/** Whom the request means alone, or null. */
async function recipientOf(
  { store }: EngineParts,
  row: Campaign,
  { recipient }: LeaveOptions,
): Promise<RecipientKey | null> {
  if (recipient === undefined) return null;
  const delivery = await deliveryTo(store, row, recipient);
  if (delivery.state === "uncertain") return delivery.recipient;
  throw new ProblemError("DELIVERY_NOT_UNCERTAIN", {
    detail: `The delivery to ${delivery.recipient} is ${delivery.state}, so there is nothing to decide about it.`,
    extra: { state: delivery.state },
  });
}

const rowsMax = 2000;
/** Lets timers and sockets have their turn. */
const yieldMs = 1;
