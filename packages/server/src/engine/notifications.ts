import { isOver, isUrgent } from "../domain/campaign.ts";
import { isFinal } from "../domain/delivery.ts";
import { ProblemError } from "../domain/errors.ts";
import { campaignId } from "../domain/ids.ts";
import type { Recipient, Target } from "../domain/target.ts";
import { changesOf } from "./campaign-view.ts";
import { editCampaign, recallCampaign } from "./changes.ts";
import { checkedMessage, checkOptions, invalid } from "./check-request.ts";
import { withChanges } from "./delivery-changes.ts";
import type { NewNotification, Notifications, NotificationView } from "./engine.ts";
import { type EngineParts, newCampaignRow } from "./engine-parts.ts";
import { isSingle } from "./expansion.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { Campaign, Scope } from "./ports/store.ts";
import { type Resolver, resolveTarget } from "./resolve.ts";
import { retry } from "./retry.ts";
import { chooseScope } from "./scopes.ts";
import { StopSignal } from "./stop-signal.ts";
import { leaveUncertain } from "./uncertain.ts";

/** The engine's notifications. */
export function createNotifications(parts: EngineParts): Notifications {
  return {
    create: (request) => create(parts, request),
    get: (id) => view(parts, id),
    edit: async (id, request) => {
      await editCampaign(parts, () => notificationOf(parts, id), request);
      return view(parts, id);
    },
    recall: async (id, options) => {
      await recallCampaign(parts, () => notificationOf(parts, id), options);
      return view(parts, id);
    },
    retry: async (id, options = {}) => {
      await retry(parts, () => notificationOf(parts, id), options);
      return view(parts, id);
    },
    leave: async (id, options = {}) => {
      await leaveUncertain(parts, () => notificationOf(parts, id), options);
      return view(parts, id);
    },
    settled: (id, options) => settled(parts, id, options?.timeoutMs ?? Number.POSITIVE_INFINITY),
  };
}

async function create(parts: EngineParts, request: NewNotification): Promise<NotificationView> {
  const { store, clock, ids } = parts;
  const targets = targetsOf(request);
  checkOptions(request, clock.now());
  checkedMessage(request.message);
  const scope = await chooseScope(store.directory, parts, request.tenantId);
  const recipients = await recipientsOf(parts, scope, targets);
  const isLater = (request.sendAt ?? 0) > clock.now();
  const campaign = newCampaignRow(
    parts,
    {
      tenantId: scope.tenantId,
      id: campaignId(ids.next("ntf")),
      kind: "notification",
      name: "",
      state: isLater ? "scheduled" : "sending",
      message: request.message,
      audience: { include: targets },
      priority: request.isReply ? "interactive" : (request.priority ?? "normal"),
      expansion: null,
    },
    request,
  );
  const { idempotencyKey: key, ...content } = request;
  const made = await store.ledger.createCampaign({
    campaign,
    deliveries: recipients.map((recipient) => ({ recipient })),
    ...(key !== undefined && { idempotency: { key, fingerprint: fingerprintOf(content) } }),
  });
  if (made.result === "conflict") throw new ProblemError("IDEMPOTENCY_KEY_REUSED");
  if (made.result === "created") begin(parts, campaign, recipients.length);
  return view(parts, made.id);
}

function begin(parts: EngineParts, campaign: Campaign, recipients: number): void {
  parts.campaigns.put(campaign, parts.clock.now());
  const { id, tenantId, priority } = campaign;
  parts.log.info("campaign.created", { campaignId: id, kind: "notification", recipients });
  if (campaign.state === "scheduled") parts.planner.wake();
  else parts.lanes.wake(tenantId, isUrgent(priority) ? recipients : 0);
}

function targetsOf({ to }: NewNotification): readonly Target[] {
  // `Array.isArray` does not narrow a readonly array.
  const targets = Array.isArray(to) ? (to as readonly Target[]) : [to as Target];
  if (targets.length === 0) throw invalid("`to` names nobody.");
  if (targets.length > targetsMax)
    throw invalid(
      `A notification takes at most ${targetsMax} recipients; use a campaign for more.`,
    );
  if (!targets.every(isSingle))
    throw invalid(
      'A notification names its recipients one by one: use a campaign for {"everyone": true} and for the members of a team.',
    );
  return targets;
}

/** Everyone named, once each; refuses the whole notification where somebody is not known. */
async function recipientsOf(
  parts: EngineParts,
  scope: Scope,
  targets: readonly Target[],
): Promise<readonly Recipient[]> {
  const resolver: Resolver = {
    ...parts.expansionParts(scope.tenantId),
    lookupsLeft: lookupsMax,
    graphLookupsLeft: graphLookupsMax,
    unseen: targets.length === 1 ? "take as it is" : "ask while lookups are left",
  };
  const recipients = new Map<string, Recipient>();
  for (const target of targets) {
    if (!isSingle(target)) continue;
    const resolved = await resolveTarget(resolver, target);
    if (!resolved.ok) {
      const code = resolved.isPassing ? "SERVICE_UNAVAILABLE" : resolved.code;
      throw new ProblemError(code, { detail: resolved.detail });
    }
    recipients.set(resolved.recipient.key, resolved.recipient);
  }
  return [...recipients.values()];
}

async function notificationOf(parts: EngineParts, id: string): Promise<Campaign> {
  const campaign = await parts.store.ledger.getCampaign(campaignId(id));
  if (campaign === null || campaign.kind !== "notification") throw unknown(id);
  return campaign;
}

function unknown(id: string): ProblemError {
  return new ProblemError("NOTIFICATION_UNKNOWN", { detail: `There is no notification ${id}.` });
}

async function view(parts: EngineParts, id: string): Promise<NotificationView> {
  const { ledger } = parts.store;
  const campaign = await notificationOf(parts, id);
  const page = await ledger.listDeliveries(campaign.id, { limit: targetsMax });
  // It goes as a whole, and is as good as gone from the first row on.
  if ((await ledger.forgottenAt(campaign.id)).recipients !== null) throw unknown(id);
  const deliveries = await withChanges(ledger, campaign, page.items);
  return {
    id: campaign.id,
    state: campaign.state,
    deliveries: deliveries.map((delivery) => ({
      ...delivery,
      id: `${campaign.id}/${delivery.recipient}`,
    })),
    changes: await changesOf(parts, campaign),
    createdAt: campaign.createdAt,
  };
}

async function settled(
  parts: EngineParts,
  id: string,
  timeoutMs: number,
): Promise<NotificationView> {
  const { clock, progress } = parts;
  const until = clock.now() + timeoutMs;
  for (;;) {
    const moved = new StopSignal();
    const stop = progress.subscribe((event) => {
      if (event.type === "campaign" && event.id === id) moved.abort();
    });
    try {
      const now = await view(parts, id);
      const isDone = now.deliveries.every(({ state }) => isFinal(state)) && isOver(now.state);
      if (isDone || clock.now() >= until) return now;
      await clock.sleep(Math.min(lookAgainMs, until - clock.now()), moved);
    } finally {
      stop();
    }
  }
}

const targetsMax = 1000;
const lookupsMax = 20;
const graphLookupsMax = 200;
/** Should a change be missed, because another process made it. */
const lookAgainMs = 1000;
