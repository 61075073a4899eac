import { z } from "@hono/zod-openapi";
import { campaignKinds, priorities } from "../../domain/campaign.ts";
import { changeSchema } from "./change.ts";
import { form } from "./form.ts";
import { canaryInput, canarySchema, stopWhenInput, stopWhenSchema } from "./guards.ts";
import { instant } from "./instant.ts";
import { messageInput, messageSchema } from "./message.ts";
import { campaignStateSchema, countsSchema, reasonsSchema } from "./progress.ts";
import { endsAfterSending, sendOptions } from "./send-options.ts";
import { audienceInput, audienceSchema } from "./target.ts";
import { shortText, textOrNull } from "./text.ts";

/** `POST /v1/campaigns`. */
export const newCampaignInput = form({
  name: shortText(200, "For people; need not be unique.", "Town hall invitation"),
  message: messageInput,
  audience: audienceInput,
  ...sendOptions,
  ratePerSecond: z.number().positive().max(1_000_000).optional().openapi({
    description: "The campaign's own cap, deliveries per second, below what Teams allows anyway.",
    example: 20,
  }),
  canary: canaryInput.optional(),
  stopWhen: stopWhenInput.optional(),
})
  .superRefine(endsAfterSending)
  .openapi("NewCampaign");

export const attentionSchema = z
  .object({
    code: z.string().openapi({ example: "TEAMS_UNAUTHORIZED" }),
    detail: z.string().openapi({ description: "What was observed." }),
    next: z.string().openapi({
      description: "What to do about it, or that it goes on by itself.",
      example:
        "Check CLIENT_ID, CLIENT_SECRET (it may have expired) and TENANT_ID. It is tried again by itself.",
    }),
    since: instant("Since when."),
    retryAt: instant("When the service tries again by itself.").nullable().openapi({
      description: "When the service tries again by itself; null where somebody has to act.",
    }),
  })
  .openapi("Attention", { description: "What stands in the way of sending." });

/** The same, or null. Not `.nullable()`: the document would say that null must be an Attention. */
export const attentionOrNullSchema = z.union([attentionSchema, z.null()]);

// Not `.nullable()`, for the same reason.
const canaryOrNull = z.union([canarySchema, z.null()]);
const stopWhenOrNull = z.union([stopWhenSchema, z.null()]);

/** A campaign in a list. */
export const campaignSummarySchema = z
  .object({
    id: z.string().openapi({ example: "cmp_0mf3k9t2qa4w8x0c7v2s5e6b" }),
    kind: z.enum(campaignKinds).openapi({
      description: "`edit` and `recall` change what `changeOf` has brought.",
    }),
    changeOf: textOrNull("Of an edit or recall: the campaign or notification that it changes."),
    name: z.string(),
    state: campaignStateSchema,
    topic: z.string().nullable(),
    priority: z.enum(priorities),
    onUncertain: z.enum(["resend", "hold"]),
    counts: countsSchema,
    resent: z.int().openapi({ description: "Deliveries tried again after `uncertain`." }),
    canary: canaryOrNull,
    stopWhen: stopWhenOrNull,
    ratePerSecond: z.number().openapi({
      description:
        "Deliveries per second as measured over the last seconds; 0 while nothing moves.",
    }),
    rateCap: z.number().nullable().openapi({ description: "The campaign's own cap." }),
    etaSeconds: z.number().nullable().openapi({
      description: "Null where it is unknown, or nothing is left.",
    }),
    reasons: reasonsSchema,
    attention: attentionOrNullSchema,
    sendAt: instant("Not before.").nullable(),
    expiresAt: instant("Nothing is tried after it.").nullable(),
    recallAt: instant("When what was accepted is deleted.").nullable(),
    recalledAt: instant("When it was recalled.").nullable().openapi({
      description: "When it was recalled first: nothing of it is sent or edited any more.",
    }),
    changes: z.array(changeSchema).openapi({
      description: "Its edits and recalls, the newest first; 20 at most.",
    }),
    createdAt: instant("When it was stored."),
    updatedAt: instant("When it last changed."),
    startedAt: instant("When it was started.").nullable(),
    finishedAt: instant("When its last delivery was final.").nullable(),
  })
  .openapi("CampaignSummary", { description: "A campaign without its message and audience." });

export const campaignSchema = campaignSummarySchema
  .extend({
    message: messageSchema,
    originalMessage: z.union([messageSchema, z.null()]).openapi({
      description: "As it was before its first edit; null where there was none.",
    }),
    audience: audienceSchema,
  })
  .openapi("Campaign", { description: "A message to an audience, and how far it has come." });

export const preflightSchema = z
  .object({
    recipients: z.int().nullable().openapi({
      description: "Known recipients; null where it cannot be known before a roster is read.",
    }),
    expected: z.array(z.object({ code: z.string(), count: z.int() })).openapi({
      description: "How many of them will be skipped or fail as far as is known now, by code.",
    }),
    requests: z.int().nullable(),
    seconds: z.number().nullable().openapi({
      description: "At Teams' limits and the campaign's own cap.",
    }),
    messageBytes: z.int().openapi({ description: "By Teams' measure." }),
    messageBytesMax: z.int(),
    warnings: z.array(z.string()),
  })
  .openapi("Preflight", {
    description: "What a campaign would do, as far as is known without doing it.",
  });
