import { z } from "@hono/zod-openapi";
import { priorities } from "../../domain/campaign.ts";
import { instantInput } from "./instant.ts";
import { shortText } from "./text.ts";

/** What notifications and campaigns have in common. */
export const sendOptions = {
  topic: shortText(
    100,
    "What it is about, for people who choose what they receive.",
    "shifts",
  ).optional(),
  priority: z.enum(priorities).optional().openapi({
    description:
      "Urgent ones overtake the others. Default: normal for notifications, bulk for campaigns.",
  }),
  sendAt: instantInput("Not before this instant.").optional(),
  expiresAt: instantInput(
    "Nothing is tried after this instant. What was accepted by then stays where it is.",
  ).optional(),
  recallAt: instantInput(
    "What was accepted is deleted at this instant, as by a recall; and nothing is tried after it.",
  ).optional(),
  onUncertain: z.enum(["resend", "hold"]).optional().openapi({
    description:
      "Where it cannot be known whether a message arrived: send it again, so that it may arrive twice (default), or leave it.",
  }),
  tenantId: shortText(
    200,
    "For a bot in several tenants: whose people are meant.",
    "8f5b1b0e-9d0b-4a4e-9a57-2f5cf6a4c0de",
  ).optional(),
};

/** Refuses an expiry, and a recall, that comes before the sending. */
export function endsAfterSending(
  options: {
    readonly sendAt?: number | undefined;
    readonly expiresAt?: number | undefined;
    readonly recallAt?: number | undefined;
  },
  context: z.RefinementCtx<unknown>,
): void {
  const { sendAt } = options;
  if (sendAt === undefined) return;
  for (const name of ["expiresAt", "recallAt"] as const)
    if ((options[name] ?? Number.POSITIVE_INFINITY) <= sendAt)
      context.addIssue({
        code: "custom",
        path: [name],
        message: "It must be later than sendAt, or nothing would ever be sent.",
      });
}

/** The header that makes a repeated request harmless. */
export const idempotencyHeader = z.object({
  "Idempotency-Key": z
    .string()
    .min(1)
    .max(255)
    .regex(/^[\x21-\x7e]+$/, { error: "It must be of visible ASCII characters, without spaces." })
    .optional()
    .openapi({
      description:
        "The same key with the same body is carried out once, and answered alike; with another body it is refused.",
      example: "build-4711-green",
    }),
});
