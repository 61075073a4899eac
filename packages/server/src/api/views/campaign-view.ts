import type { z } from "@hono/zod-openapi";
import { attentionWords } from "../../domain/attention-words.ts";
import type { Attention, CampaignView } from "../../engine/engine.ts";
import type {
  attentionSchema,
  campaignSchema,
  campaignSummarySchema,
} from "../contract/campaign.ts";
import { iso, isoOrNull } from "../contract/instant.ts";
import { changeView } from "./change-view.ts";
import { audienceJson, messageJson } from "./content-view.ts";

/** A campaign as the API shows it. */
export function campaignView(view: CampaignView): z.infer<typeof campaignSchema> {
  return {
    ...campaignSummaryView(view),
    message: messageJson(view.message),
    originalMessage: view.originalMessage === null ? null : messageJson(view.originalMessage),
    audience: audienceJson(view.audience),
  };
}

/** A campaign as lists show it. */
export function campaignSummaryView(view: CampaignView): z.infer<typeof campaignSummarySchema> {
  return {
    id: view.id,
    kind: view.kind,
    changeOf: view.changeOf,
    name: view.name,
    state: view.state,
    topic: view.topic,
    priority: view.priority,
    onUncertain: view.onUncertain,
    counts: view.counts,
    resent: view.resent,
    canary: view.canary,
    stopWhen: view.stopWhen,
    ratePerSecond: view.ratePerSecond,
    rateCap: view.rateCap,
    etaSeconds: view.etaSeconds,
    reasons: [...view.reasons],
    attention: view.attention === null ? null : attentionView(view.attention),
    sendAt: isoOrNull(view.sendAt),
    expiresAt: isoOrNull(view.expiresAt),
    recallAt: isoOrNull(view.recallAt),
    recalledAt: isoOrNull(view.recalledAt),
    changes: view.changes.map(changeView),
    createdAt: iso(view.createdAt),
    updatedAt: iso(view.updatedAt),
    startedAt: isoOrNull(view.startedAt),
    finishedAt: isoOrNull(view.finishedAt),
  };
}

/** What stands in the way. */
export function attentionView(attention: Attention): z.infer<typeof attentionSchema> {
  const { code, detail, since, retryAt } = attention;
  const { next } = attentionWords(code);
  return { code, detail, next, since: iso(since), retryAt: isoOrNull(retryAt) };
}
