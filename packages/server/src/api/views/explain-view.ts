import type { z } from "@hono/zod-openapi";
import type {
  CampaignExplanation,
  DeliveryExplanation,
  PersonExplanation,
} from "../../engine/engine.ts";
import type { PastDelivery } from "../../engine/ports/store.ts";
import type {
  campaignExplanationSchema,
  deliveryDetailSchema,
  deliveryExplanationSchema,
  personExplanationSchema,
} from "../contract/explain.ts";
import { iso, isoOrNull } from "../contract/instant.ts";
import type { uncertainSchema } from "../contract/uncertain.ts";
import { campaignSummaryView } from "./campaign-view.ts";
import { attemptView, bareDeliveryView, deliveryView } from "./delivery-view.ts";
import { personView } from "./directory-view.ts";

/** A delivery with its requests as the API shows it. */
export function deliveryDetailView({
  delivery,
  history,
  attemptsForgottenAt,
}: Pick<DeliveryExplanation, "delivery" | "history" | "attemptsForgottenAt">): z.infer<
  typeof deliveryDetailSchema
> {
  return {
    ...deliveryView(delivery),
    firstAttemptAt: isoOrNull(delivery.firstAttemptAt),
    retriedAt: isoOrNull(delivery.retriedAt),
    history: history.map(attemptView),
    attemptsForgottenAt: isoOrNull(attemptsForgottenAt),
  };
}

/** A delivery's explanation as the API shows it. */
export function deliveryExplanationView(
  told: DeliveryExplanation,
): z.infer<typeof deliveryExplanationSchema> {
  return {
    line: told.line,
    next: told.next,
    campaign: referenceView(told.campaign),
    person: told.person === null ? null : personView(told.person),
    delivery: deliveryDetailView(told),
  };
}

/** A delivery with whose it is. */
export function pastDeliveryView({
  campaign,
  delivery,
}: PastDelivery): z.infer<typeof uncertainSchema> {
  return { campaign: referenceView(campaign), delivery: bareDeliveryView(delivery) };
}

/** A person's explanation as the API shows it. */
export function personExplanationView(
  told: PersonExplanation,
): z.infer<typeof personExplanationSchema> {
  return {
    line: told.line,
    next: told.next,
    person: personView(told.person),
    serviceHost: told.serviceHost,
    deliveries: told.deliveries.map(({ line, campaign, delivery }) => ({
      line,
      campaign: referenceView(campaign),
      delivery: bareDeliveryView(delivery),
    })),
    deliveriesKeptDays:
      told.deliveriesKeptMs === null ? null : Math.floor(told.deliveriesKeptMs / dayMs),
  };
}

/** A campaign's explanation as the API shows it. */
export function campaignExplanationView(
  told: CampaignExplanation,
): z.infer<typeof campaignExplanationSchema> {
  const { line, next, campaign, reasons } = told;
  return { line, next, campaign: campaignSummaryView(campaign), reasons: [...reasons] };
}

function referenceView({ createdAt, ...campaign }: PastDelivery["campaign"]) {
  return { ...campaign, createdAt: iso(createdAt) };
}

const dayMs = 24 * 60 * 60 * 1000;
