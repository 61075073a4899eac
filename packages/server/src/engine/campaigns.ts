import { ProblemError } from "../domain/errors.ts";
import { campaignId, recipientKey } from "../domain/ids.ts";
import { campaignOf, moves, takeMove } from "./campaign-moves.ts";
import { pauseAttention, viewOf } from "./campaign-view.ts";
import { editCampaign, recallCampaign } from "./changes.ts";
import { checkedCanary, checkedStopWhen } from "./check-guards.ts";
import { checkedMessage, checkOptions, invalid } from "./check-request.ts";
import { withChanges } from "./delivery-changes.ts";
import type { Campaigns, CampaignView, DeliveryView, NewCampaign } from "./engine.ts";
import { type EngineParts, newCampaignRow } from "./engine-parts.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { assertKept } from "./kept-rows.ts";
import type { Campaign, Page } from "./ports/store.ts";
import { preflight } from "./preflight.ts";
import { retry } from "./retry.ts";
import { chooseScope } from "./scopes.ts";
import { leaveUncertain } from "./uncertain.ts";

/** The engine's campaigns. */
export function createCampaigns(parts: EngineParts): Campaigns {
  const { ledger } = parts.store;
  const move = (name: keyof typeof moves) => async (id: string) =>
    viewOf(parts, await takeMove(parts, id, moves[name]));
  return {
    create: (request) => create(parts, request),
    get: async (id) => viewOf(parts, await campaignOf(parts, id)),
    list: async (page) => {
      const rows = await ledger.listCampaigns({ ...page, kind: "campaign" });
      const items = [];
      for (const row of rows.items) items.push(await viewOf(parts, row));
      return { items, ...(rows.next !== undefined && { next: rows.next }) };
    },
    preflight: async (id) => preflight(parts, await campaignOf(parts, id)),
    start: move("start"),
    pause: move("pause"),
    resume: move("resume"),
    cancel: move("cancel"),
    edit: async (id, request) =>
      viewOf(parts, await editCampaign(parts, () => campaignOf(parts, id), request)),
    recall: async (id, options) =>
      viewOf(parts, await recallCampaign(parts, () => campaignOf(parts, id), options)),
    retry: async (id, options = {}) =>
      viewOf(parts, await retry(parts, () => campaignOf(parts, id), options)),
    leave: async (id, options = {}) =>
      viewOf(parts, await leaveUncertain(parts, () => campaignOf(parts, id), options)),
    stopped: () => stopped(parts),
    deliveries: async (id, page) => deliveryPage(parts, await campaignOf(parts, id), page),
    export: (id) => exportOf(parts, id),
    attempts: async (id, recipient) => {
      const { id: key } = await campaignOf(parts, id);
      await assertKept(ledger, key, "attempts");
      return ledger.attemptsOf(key, recipientKey(recipient));
    },
  };
}

async function create(parts: EngineParts, request: NewCampaign): Promise<CampaignView> {
  const { store, clock, ids } = parts;
  checkOptions(request, clock.now());
  checkedMessage(request.message);
  if (request.name.trim() === "") throw invalid("A campaign needs a name.");
  if (request.audience.include.length === 0) throw invalid("The audience includes nobody.");
  const guards = {
    canary: checkedCanary(request.canary),
    stopWhen: checkedStopWhen(request.stopWhen),
  };
  const scope = await chooseScope(store.directory, parts, request.tenantId);
  const campaign = newCampaignRow(
    parts,
    {
      tenantId: scope.tenantId,
      id: campaignId(ids.next("cmp")),
      kind: "campaign",
      name: request.name,
      state: "draft",
      message: request.message,
      audience: request.audience,
      priority: request.priority ?? "bulk",
      expansion: { part: "exclude", item: 0, after: null },
    },
    { ...request, ...guards },
  );
  const { idempotencyKey: key, ...content } = request;
  const made = await store.ledger.createCampaign({
    campaign,
    ...(key !== undefined && { idempotency: { key, fingerprint: fingerprintOf(content) } }),
  });
  if (made.result === "conflict") throw new ProblemError("IDEMPOTENCY_KEY_REUSED");
  if (made.result === "created")
    parts.log.info("campaign.created", { campaignId: made.id, kind: "campaign" });
  return viewOf(parts, await campaignOf(parts, made.id));
}

async function stopped(parts: EngineParts): ReturnType<Campaigns["stopped"]> {
  const rows = await parts.store.ledger.campaignsStopped(parts.botId, stoppedMax);
  return rows.flatMap((row) => {
    const attention = pauseAttention(row);
    return attention === null ? [] : [{ ...attention, id: row.id }];
  });
}

async function deliveryPage(
  { store: { ledger } }: EngineParts,
  campaign: Campaign,
  page: Parameters<Campaigns["deliveries"]>[1],
): Promise<Page<DeliveryView>> {
  const { items, ...rest } = await ledger.listDeliveries(campaign.id, page);
  // Behind the page: one that was read while rows were being removed is none.
  await assertKept(ledger, campaign.id);
  return { items: await withChanges(ledger, campaign, items), ...rest };
}

async function* exportOf(parts: EngineParts, id: string): AsyncGenerator<readonly DeliveryView[]> {
  const campaign = await campaignOf(parts, id);
  let cursor: string | undefined;
  do {
    const page = await deliveryPage(parts, campaign, {
      limit: exportPage,
      ...(cursor !== undefined && { cursor }),
    });
    yield page.items;
    cursor = page.next;
  } while (cursor !== undefined);
}

const exportPage = 1000;
const stoppedMax = 1000;
