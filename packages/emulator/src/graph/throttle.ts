import { toldLoadMin } from "../facts.ts";
import type { UnitVerdict } from "../limits/unit-bucket.ts";
import { recordViolation, type World } from "../state/world.ts";
import type { WireAnswer } from "../wire.ts";
import { refuseGraph } from "./errors.ts";

/** The scope of `Retry-After`s that Graph gave. */
const quietScope = "graph";

/** What a 429 may say that it counted: the app in this tenant, everyone in it, or the app in all tenants. */
export type GraphScope = "Tenant_Application" | "Tenant" | "Application";

/** Takes a request's units; null where Graph is not limited. */
export function takeUnits(world: World, cost: number): UnitVerdict | null {
  return world.limits.graphUnits === 0 ? null : world.units.take(cost, world.clock.now());
}

/** The answer with what Graph tells of its cost, and of the load where that is high. */
export function withUsage(
  answer: WireAnswer,
  cost: number,
  verdict: UnitVerdict | null,
): WireAnswer {
  const load = verdict?.load ?? 0;
  return {
    ...answer,
    headers: {
      ...answer.headers,
      "x-ms-resource-unit": String(cost),
      ...(load > toldLoadMin && { "x-ms-throttle-limit-percentage": load.toFixed(2) }),
    },
  };
}

/** The 429 itself; asks for quiet when it carries `Retry-After`. */
export function throttleGraph(
  world: World,
  options: {
    readonly latencyMs: number;
    readonly seconds: number;
    readonly scope?: GraphScope;
    readonly silent?: boolean;
    readonly text?: string;
  },
): WireAnswer {
  const { botAppId, tenantId } = world.config;
  const { latencyMs, seconds, text, scope = "Tenant_Application" } = options;
  const headers = {
    "x-ms-throttle-scope": `${scope}/ReadWrite/${botAppId}/${tenantId}`,
    "x-ms-throttle-information": "ResourceUnitLimitExceeded",
  };
  if (options.silent ?? !world.limits.sendRetryAfter)
    return refuseGraph(world, "throttled", { headers });
  if (text === undefined) world.quiet.begin(quietScope, world.clock.now(), latencyMs, seconds);
  return refuseGraph(world, "throttled", {
    headers: { ...headers, "retry-after": text ?? String(seconds) },
  });
}

/** Records a request that came while Graph had asked for quiet. */
export function judgeGraphQuiet(world: World, operation: string): void {
  if (!world.quiet.isBroken(quietScope, world.clock.now())) return;
  recordViolation(world, {
    kind: "retry-after-ignored",
    operation,
    conversationId: null,
    detail: "a request came while Retry-After asked for quiet from Graph",
  });
}
