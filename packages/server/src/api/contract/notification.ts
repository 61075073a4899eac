import { z } from "@hono/zod-openapi";
import { changeSchema } from "./change.ts";
import { deliverySchema } from "./delivery.ts";
import { form } from "./form.ts";
import { instant } from "./instant.ts";
import { messageInput } from "./message.ts";
import { campaignStateSchema } from "./progress.ts";
import { endsAfterSending, sendOptions } from "./send-options.ts";
import { toInput } from "./target.ts";

/** `POST /v1/notifications`. */
export const newNotificationInput = form({
  to: toInput,
  message: messageInput,
  ...sendOptions,
})
  .superRefine(endsAfterSending)
  .openapi("NewNotification");

export const notificationSchema = z
  .object({
    id: z.string().openapi({ example: "ntf_0mf3k9t2qa4w8x0c7v2s5e6b" }),
    state: campaignStateSchema,
    deliveries: z.array(
      deliverySchema
        .extend({ id: z.string().openapi({ description: "Of this delivery." }) })
        .openapi("NotificationDelivery"),
    ),
    changes: z.array(changeSchema).openapi({
      description: "Its edits and recalls, the newest first; 20 at most.",
    }),
    createdAt: instant("When it was stored."),
  })
  .openapi("Notification", {
    description: "A message to named recipients, and what became of it.",
  });
