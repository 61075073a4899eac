import { z } from "@hono/zod-openapi";
import { changeKinds, priorities } from "../../domain/campaign.ts";
import { deliveryStateSchema } from "./delivery-state.ts";
import { form } from "./form.ts";
import { instant } from "./instant.ts";
import { messageInput } from "./message.ts";
import { campaignStateSchema, countsSchema, reasonsSchema } from "./progress.ts";
import { textOrNull } from "./text.ts";

/** `POST …/edit`. */
export const editInput = form({
  message: messageInput,
  priority: z.enum(priorities).optional().openapi({
    description: "Of the updates. Default: that of what is edited.",
  }),
}).openapi("NewEdit");

/** `POST …/recall`. */
export const recallInput = form({
  priority: z.enum(priorities).optional().openapi({
    description: "Of the deletes. Default: urgent.",
  }),
}).openapi("NewRecall");

const changeId = z.string().openapi({ example: "chg_0mf3k9t2qa4w8x0c7v2s5e6b" });
const changeKind = z.enum(changeKinds).openapi({
  description: "`edit`: the message is replaced. `recall`: it is deleted.",
});

/** An edit or recall, as what it changes lists it. */
export const changeSchema = z
  .object({
    id: changeId,
    kind: changeKind,
    state: campaignStateSchema,
    counts: countsSchema,
    reasons: reasonsSchema,
    createdAt: instant("When it was asked for."),
  })
  .openapi("Change", {
    description:
      "An edit or recall. It is a campaign itself, whose deliveries are the messages to be changed: its id works wherever a campaign's does.",
  });

/** What became of the newest change of one message; null where there is none. */
export const deliveryChangeSchema = z
  .union([
    z
      .object({
        id: changeId,
        kind: changeKind,
        state: deliveryStateSchema,
        code: textOrNull("Why it ended as it did, or waits.", "TEAMS_BLOCKED_BY_USER"),
        detail: textOrNull("The platform's words, or ours."),
      })
      .openapi("DeliveryChange"),
    z.null(),
  ])
  .openapi({
    description: "What became of the newest edit or recall of this message; null where none is.",
  });
