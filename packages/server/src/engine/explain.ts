import { isChange } from "../domain/campaign.ts";
import { ProblemError } from "../domain/errors.ts";
import { explainCampaign, reasonWords } from "../domain/explain-campaign.ts";
import { explainDelivery } from "../domain/explain-delivery.ts";
import { explainPerson, hostOf, nameOf } from "../domain/explain-person.ts";
import { campaignId, personId, type RecipientKey } from "../domain/ids.ts";
import { viewOf } from "./campaign-view.ts";
import { withChanges } from "./delivery-changes.ts";
import { historyOf } from "./delivery-history.ts";
import { findPerson } from "./directory.ts";
import type {
  CampaignExplanation,
  CampaignView,
  DeliveryExplanation,
  DeliveryView,
  Explanations,
  PersonExplanation,
} from "./engine.ts";
import type { EngineParts } from "./engine-parts.ts";
import { assertKept } from "./kept-rows.ts";
import type { Campaign, Delivery } from "./ports/store.ts";
import { deliveryTo, keysOf } from "./recipients.ts";

/** The engine's explanations: from stored facts alone, the same after a restart. */
export function createExplanations(parts: EngineParts): Explanations {
  return {
    person: (id) => ofPerson(parts, id),
    campaign: async (id) => ofCampaign(parts, await anyCampaign(parts, id)),
    delivery: async (id, recipient) => ofDelivery(parts, await anyCampaign(parts, id), recipient),
  };
}

async function ofPerson(parts: EngineParts, id: string): Promise<PersonExplanation> {
  const person = await findPerson(parts, id);
  const { botId, tenantId } = person;
  const past = await parts.store.ledger.deliveriesTo({
    scope: { botId, tenantId },
    recipients: keysOf(person),
    limit: pastMax,
    campaignsMax,
  });
  return {
    ...explainPerson(person),
    person,
    serviceHost: hostOf(person.serviceUrl),
    deliveriesKeptMs: parts.keeping.recipientsMs,
    deliveries: past.map(({ campaign, delivery }) => ({
      campaign,
      delivery,
      line: lineOf(campaign, delivery, nameOf(person)).line,
    })),
  };
}

async function ofCampaign(parts: EngineParts, row: Campaign): Promise<CampaignExplanation> {
  const campaign = await viewOf(parts, row);
  const name = nameIn(campaign);
  return {
    ...explainCampaign({ ...campaign, name }),
    campaign,
    reasons: campaign.reasons.map(reasonWords),
  };
}

function nameIn({ kind, id, changeOf, name }: CampaignView): string {
  if (isChange(kind)) return `The ${kind} ${id} of ${changeOf}`;
  return kind === "notification" ? `The notification ${id}` : name;
}

async function ofDelivery(
  parts: EngineParts,
  row: Campaign,
  recipient: string,
): Promise<DeliveryExplanation> {
  const { directory, ledger } = parts.store;
  const found = await findKept(parts, row, recipient);
  const [delivery = { ...found, change: null }] = await withChanges(ledger, row, [found]);
  const recorded = await ledger.attemptsOf(row.id, delivery.recipient);
  const { attempts: attemptsForgottenAt } = await ledger.forgottenAt(row.id);
  const isWhole = attemptsForgottenAt === null;
  const id = personOf(delivery.recipient);
  const person = id === null ? null : await directory.findPerson(row, { id });
  const who = person === null ? String(delivery.recipient) : nameOf(person);
  const { id: campaign, kind, name, state, createdAt } = row;
  return {
    ...lineOf(row, delivery, who),
    campaign: { id: campaign, kind, name, state, createdAt },
    person,
    delivery,
    history: isWhole ? historyOf(delivery, recorded, row.kind) : recorded,
    attemptsForgottenAt,
  };
}

async function findKept(
  { store }: EngineParts,
  row: Campaign,
  recipient: string,
): Promise<Delivery> {
  try {
    return await deliveryTo(store, row, recipient);
  } finally {
    // Behind the look: what is being removed is not unknown.
    await assertKept(store.ledger, row.id);
  }
}

function lineOf(
  { kind, state: campaignState }: Pick<Campaign, "kind" | "state">,
  delivery: Delivery & Partial<Pick<DeliveryView, "change">>,
  who: string,
) {
  return explainDelivery({ ...delivery, kind, campaignState, who });
}

function personOf(recipient: RecipientKey) {
  return recipient.startsWith("user:") ? personId(recipient.slice("user:".length)) : null;
}

/** A campaign or a notification. Throws CAMPAIGN_UNKNOWN. */
export async function anyCampaign(parts: EngineParts, id: string): Promise<Campaign> {
  const row = await parts.store.ledger.getCampaign(campaignId(id));
  if (row !== null) return row;
  throw new ProblemError("CAMPAIGN_UNKNOWN", {
    detail: `There is no campaign or notification ${id}.`,
  });
}

/** So many of a person's last deliveries are told, of those in so many of the newest campaigns and notifications. */
const pastMax = 10;
const campaignsMax = 1000;
