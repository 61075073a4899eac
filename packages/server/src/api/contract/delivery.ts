import { z } from "@hono/zod-openapi";
import { deliveryStates } from "../../domain/delivery.ts";
import { deliveryChangeSchema } from "./change.ts";
import { deliveryStateSchema } from "./delivery-state.ts";
import { form } from "./form.ts";
import { instant } from "./instant.ts";
import { pageQuery } from "./page.ts";
import { textOrNull } from "./text.ts";

/** One row of the ledger. */
export const deliverySchema = z
  .object({
    recipient: z.string().openapi({
      description: "`user:…`, `chat:…`, `channel:…` or `thread:…`.",
      example: "user:0d1f8a52-3f2b-4a57-9a0e-6a1c2f9b7e11",
    }),
    state: deliveryStateSchema,
    attempts: z.int().openapi({ description: "Requests made for it, creates included." }),
    code: textOrNull(
      "Why it ended as it did, or waits; see `x-error-codes`.",
      "TEAMS_BLOCKED_BY_USER",
    ),
    activityId: textOrNull("Teams' id of the message.", "1776390257332"),
    conversationId: textOrNull("Where it went.", "a:1a2b3c"),
    updatedAt: instant("When the row last changed."),
    detail: textOrNull("The platform's words, or ours."),
    resent: z.int().openapi({ description: "How often it was tried again after `uncertain`." }),
    dueAt: instant("When it may next be tried, while it is pending.").nullable(),
    change: deliveryChangeSchema,
  })
  .openapi("Delivery", { description: "What became of one message to one recipient." });

/** One recorded request to Teams. */
export const attemptSchema = z
  .object({
    number: z.int(),
    operation: z.enum(["create-conversation", "create-thread", "send", "update", "delete"]),
    at: instant("When the request was made."),
    outcome: z.object({
      kind: z.enum([
        "accepted",
        "throttled",
        "transient",
        "uncertain",
        "unreachable",
        "unauthorized",
        "rejected",
      ]),
      reason: z.string().optional(),
      retryAfterMs: z.number().nullable().optional(),
      scope: z.enum(["conversation", "lane", "unknown"]).optional(),
    }),
    evidence: z.object({
      status: z.int().nullable(),
      platformCode: z.string().nullable(),
      subCode: z.string().nullable(),
      detail: z.string().nullable(),
      requestId: textOrNull("Teams' id of the request (`MS-CV`), for a support case."),
      retryAfterMs: z.number().nullable(),
      latencyMs: z.number(),
    }),
    decision: z.string().openapi({ description: "What was decided, and why, in one sentence." }),
  })
  .openapi("Attempt");

export const deliveriesQuery = form({
  ...pageQuery,
  state: z.enum(deliveryStates).optional().openapi({ description: "Only those in this state." }),
});

export const exportQuery = form({
  format: z.enum(["csv", "json"]).default("csv").openapi({
    description: "`csv`: a header, then a line per recipient. `json`: an array of deliveries.",
  }),
});
