import { z } from "@hono/zod-openapi";
import { form } from "./form.ts";
import { instant } from "./instant.ts";
import { pageQuery } from "./page.ts";
import { textOrNull } from "./text.ts";

const tenantId = z.string().min(1).max(200).optional().openapi({
  description: "For a bot in several tenants: whose directory is meant.",
});

export const peopleQuery = form({
  ...pageQuery,
  search: z.string().trim().min(1).max(200).optional().openapi({
    description: "The start of a name, UPN or e-mail address, without regard to case.",
    example: "ana",
  }),
  tenantId,
});
export const teamsQuery = form({ ...pageQuery, tenantId });

const installSchema = z.enum(["installed", "removed", "unknown"]).openapi("InstallState", {
  description: "Whether the app is present, as far as Teams told us.",
});

export const personSchema = z
  .object({
    id: z.string().openapi({
      description: "The Entra object id, or the `29:` id where Teams gave no object id.",
      example: "0d1f8a52-3f2b-4a57-9a0e-6a1c2f9b7e11",
    }),
    tenantId: z.string(),
    aadObjectId: z.string().nullable(),
    teamsId: textOrNull("The `29:` id, valid for this bot only."),
    userPrincipalName: z.string().nullable(),
    email: z.string().nullable(),
    name: z.string().nullable(),
    givenName: z.string().nullable(),
    surname: z.string().nullable(),
    locale: z.string().nullable(),
    timezone: z.string().nullable(),
    userRole: z.string().nullable(),
    install: installSchema,
    blockedAt: instant("Since when the person blocks the bot.").nullable(),
    conversationId: textOrNull("Their chat with the bot, once it is known."),
    serviceUrl: textOrNull("Where Teams wants to be spoken to for them."),
    updatedAt: instant("When this was last learnt."),
  })
  .openapi("Person", { description: "A person as the directory knows them." });

export const teamSchema = z
  .object({
    id: z.string().openapi({
      description: "The `19:` id, which is also that of the General channel.",
      example: "19:4f0a@thread.tacv2",
    }),
    tenantId: z.string(),
    aadGroupId: z.string().nullable(),
    name: z.string().nullable(),
    serviceUrl: z.string(),
    install: installSchema,
    archived: z.boolean(),
    updatedAt: instant("When this was last learnt."),
  })
  .openapi("Team", { description: "A team that the bot is or was in." });

export const channelSchema = z
  .object({
    id: z.string().openapi({ example: "19:9c2d@thread.tacv2" }),
    teamId: z.string(),
    name: textOrNull("General has no name of its own."),
    type: z.string().nullable(),
    deleted: z.boolean(),
  })
  .openapi("Channel");
