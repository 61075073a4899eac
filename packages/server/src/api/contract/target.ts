import { z } from "@hono/zod-openapi";
import type { Audience, Target } from "../../domain/target.ts";
import { parseTarget } from "../../domain/target-parse.ts";
import { describedAs } from "./described-as.ts";
import { exact, form } from "./form.ts";

const account = z.object({
  id: z.string(),
  aadObjectId: z.string().optional(),
  name: z.string().optional(),
});

/** A conversation reference, for the description. */
const referenceSchema = z
  .object({
    serviceUrl: z.string(),
    channelId: z.string().optional(),
    activityId: z.string().optional(),
    conversation: z.object({
      id: z.string(),
      conversationType: z.string().optional(),
      tenantId: z.string().optional(),
      isGroup: z.boolean().optional(),
      name: z.string().optional(),
    }),
    user: account.optional(),
    bot: account.omit({ aadObjectId: true }).optional(),
    agent: account.omit({ aadObjectId: true }).optional(),
  })
  .openapi("ConversationReference", {
    description: "A conversation reference as Microsoft's SDKs write it.",
  });

/** What a target may be, for the description; requests are read by {@link targetInput}. */
export const targetSchema = z
  .union([
    z.strictObject({ user: z.string() }).openapi({
      description: "A person, in their own chat: Entra object id, UPN, or `29:` id.",
      example: { user: "ana@contoso.example" },
    }),
    z.strictObject({ conversation: z.string() }).openapi({
      description: "A stored conversation, by its id.",
      example: { conversation: "a:1a2b3c" },
    }),
    z.strictObject({ reference: referenceSchema }).openapi({
      description: "A conversation reference from somewhere else.",
    }),
    z.strictObject({ channel: z.string() }).openapi({
      description: "A new thread in a channel.",
      example: { channel: "19:4f0a@thread.tacv2" },
    }),
    z
      .strictObject({ thread: z.strictObject({ channel: z.string(), rootId: z.string() }) })
      .openapi({
        description: "A reply in a channel's thread.",
        example: { thread: { channel: "19:4f0a@thread.tacv2", rootId: "1776390257332" } },
      }),
    z.strictObject({ team: z.string(), as: z.enum(["members", "general"]) }).openapi({
      description:
        "`members`: each member in their own chat. `general`: a new thread in the General channel.",
      example: { team: "19:4f0a@thread.tacv2", as: "members" },
    }),
    z.strictObject({ chat: z.string() }).openapi({
      description: "A group chat that the bot is in.",
      example: { chat: "19:77c1@thread.v2" },
    }),
    z.strictObject({ everyone: z.literal(true) }).openapi({
      description: "Everyone the directory knows.",
      example: { everyone: true },
    }),
  ])
  .openapi("Target", { description: "Whom a message is for." });

/** The audience of a campaign, for the description and for the answers. */
export const audienceSchema = z
  .object({ include: z.array(targetSchema).min(1), exclude: z.array(targetSchema).optional() })
  .openapi("Audience", {
    description:
      "Everyone in `include`, less everyone in `exclude`. Who is named in two ways is one recipient.",
  });

/** One target of a request, recognised by the domain's own rule, so that a refusal carries the platform's reason. */
const targetInput = z
  .unknown()
  .transform((value, context): Target => parsed(value, [], context))
  .openapi(describedAs("Target"));

/** The `to` of a notification: one target, or a list of up to 1,000. */
export const toInput = z
  .unknown()
  .transform((value, context): Target | Target[] => {
    if (!Array.isArray(value)) return parsed(value, [], context);
    if (value.length === 0 || value.length > toMax)
      context.addIssue({
        code: "custom",
        message: `It must have 1 to ${toMax} targets, and has ${value.length}. For more recipients, use a campaign.`,
      });
    return value.slice(0, toMax).map((one, index) => parsed(one, [index], context));
  })
  .openapi({
    anyOf: [
      { $ref: "#/components/schemas/Target" },
      {
        type: "array",
        items: { $ref: "#/components/schemas/Target" },
        minItems: 1,
        maxItems: 1000,
      },
    ],
    description:
      "One target, or a list of up to 1,000. `everyone` and the members of a team need a campaign.",
  });

const givenAudience = form({
  include: z.array(targetInput).min(1),
  exclude: z.array(targetInput).optional(),
}).transform((given): Audience => exact(given));

/** The audience of a request. */
export const audienceInput = z.unknown().pipe(givenAudience).openapi(describedAs("Audience"));

/** The most targets that one notification may name. */
export const toMax = 1000;

function parsed(
  value: unknown,
  path: readonly (string | number)[],
  context: z.RefinementCtx<unknown>,
): Target {
  const result = parseTarget(value);
  if (result.ok) return result.target;
  context.addIssue({
    code: "custom",
    message: value === undefined ? "It is missing." : result.reason,
    path: [...path],
    params: { code: result.code },
  });
  return z.NEVER;
}
