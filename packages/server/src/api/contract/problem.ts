import { z } from "@hono/zod-openapi";
import { type ErrorCode, errorCodes } from "../../domain/error-codes.ts";

/** RFC 9457. Problems may have further members, by code. */
export const problemSchema = z
  .looseObject({
    type: z.string().openapi({
      description: "Where this kind of problem is described: a place in this document.",
      example: "/openapi.json#/x-error-codes/CAMPAIGN_UNKNOWN",
    }),
    title: z.string().openapi({ description: "The kind of problem, in a sentence." }),
    status: z.int(),
    code: z.string().openapi({
      description:
        "Stable, for programs. `x-error-codes` at the end of this document has them all.",
      example: "CAMPAIGN_UNKNOWN",
    }),
    detail: z.string().openapi({ description: "What happened and what to do, for people." }),
    next: z.string().openapi({ description: "What to do about this kind of problem." }),
    requestId: z.string().openapi({
      description: "Names the request in the service's log; also in `X-Request-Id`.",
      example: "req_0mf3k9t2qa4w8x0c7v2s5e6b",
    }),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .openapi({ description: "Every field that is wrong (REQUEST_INVALID)." }),
    cause: z.string().optional().openapi({
      description: "The code of what stands behind it (SERVICE_UNAVAILABLE).",
      example: "STORE_FULL",
    }),
  })
  .openapi("Problem");

/** Where a code is described: the public API document carries the table, so that this reference always resolves. */
export function problemType(code: ErrorCode): string {
  return `/openapi.json#/x-error-codes/${code}`;
}

/** The HTTP status of a code; 500 for those that normally answer no request. */
export function statusOf(code: ErrorCode): number {
  const row: { readonly what: string; readonly status?: number } = errorCodes[code];
  return row.status ?? 500;
}

/** What a refusal with this code looks like. */
export function exampleProblem(code: ErrorCode): z.infer<typeof problemSchema> {
  const { what, next } = errorCodes[code];
  return {
    type: problemType(code),
    title: what,
    status: statusOf(code),
    code,
    detail: `${what} ${next}`,
    next,
    requestId: "req_0mf3k9t2qa4w8x0c7v2s5e6b",
  };
}

/**
 * The refusals of a route, for its description. Handlers throw them and never return them, so they are kept out of the
 * handlers' types.
 */
export function refusals(...codes: readonly ErrorCode[]): Record<never, never> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of [...codes, ...everyRoute])
    byStatus.set(statusOf(code), [...(byStatus.get(statusOf(code)) ?? []), code]);
  return Object.fromEntries([...byStatus].map(([status, group]) => [status, refusal(group)]));
}

const everyRoute: readonly ErrorCode[] = [
  "REQUEST_INVALID",
  "API_KEY_MISSING",
  "API_KEY_WRONG",
  "INTERNAL",
  "SERVICE_UNAVAILABLE",
];

function refusal(codes: readonly ErrorCode[]) {
  return {
    description: codes.map((code) => `\`${code}\`: ${errorCodes[code].what}`).join(" "),
    content: {
      "application/problem+json": {
        schema: problemSchema,
        examples: Object.fromEntries(
          codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]),
        ),
      },
    },
  };
}
