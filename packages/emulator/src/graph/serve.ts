import { notEmulated } from "../answer.ts";
import type { Served } from "../connector/serve.ts";
import { getUserUnits, readUsersPermission } from "../facts.ts";
import { reshaped, signInPage } from "../faults/bodies.ts";
import { effectOf } from "../faults/kinds.ts";
import type { Fault } from "../faults/plan.ts";
import type { World } from "../state/world.ts";
import { ConnectionReset, type WireAnswer, type WireRequest } from "../wire.ts";
import { authorizeGraph } from "./authorize.ts";
import { isGraphError, refuseGraph } from "./errors.ts";
import { getUser, userOf } from "./operations/get-user.ts";
import { matchGraph } from "./route.ts";
import { judgeGraphQuiet, takeUnits, throttleGraph, withUsage } from "./throttle.ts";

/** A request to get a user, with its place in time. */
interface Asked {
  readonly user: string;
  readonly select: string | null;
  readonly delayMs: number;
}

/**
 * Graph's place, under `/graph`: getting one user; all else is 501. Decided at the instant in which it arrives: token and
 * permission, what is wrong with it, faults, then the limit.
 */
export function serveGraph(
  world: World,
  request: WireRequest,
  segments: readonly string[],
): Served {
  const { dial } = world;
  const jitterMs = dial.latencyJitterMs > 0 ? dial.latencyJitterMs * world.rng() : 0;
  const delayMs = dial.latencyMs + jitterMs;
  const served = (answer: WireAnswer): Served => ({
    ...{ answer, operation: "graph", fault: null, delayMs },
  });
  const refused = authorizeGraph(world, request, readUsersPermission);
  const route = matchGraph(request.method, segments);
  const query = new URLSearchParams(request.target.split("?")[1] ?? "");
  const isStrange = [...query.keys()].some((key) => key !== "$select");
  if (route === null || (isStrange && refused === null)) {
    world.note(`not imitated: ${request.method} ${request.target}`);
    return served(notEmulated(`${request.method} ${request.target.split("?")[0]}`));
  }
  if (refused !== null) return served(refused);
  if (route === "dollar") return served(refuseGraph(world, "bad-request"));
  judgeGraphQuiet(world, route.name);
  const asked = { user: route.user, select: query.get("$select"), delayMs };
  const fault = world.faults.next({
    operation: route.name,
    person: userOf(world, route.user),
    conversation: null,
  });
  if (fault === null) return { ...served(perform(world, asked)), operation: route.name };
  world.totals.faulted += 1;
  const extraMs = effectOf(fault.kind).does === "slow" ? (fault.ms ?? 30_000) : 0;
  const answer = performFaulty(world, asked, fault);
  return { answer, operation: route.name, fault, delayMs: delayMs + extraMs };
}

function perform(world: World, { user, select, delayMs }: Asked): WireAnswer {
  const verdict = takeUnits(world, getUserUnits);
  const answer = verdict?.isRefused
    ? throttleGraph(world, { latencyMs: delayMs, seconds: verdict.retryAfterSeconds })
    : getUser(world, user, select);
  return withUsage(answer, getUserUnits, verdict);
}

function performFaulty(world: World, asked: Asked, fault: Fault): WireAnswer | ConnectionReset {
  const effect = effectOf(fault.kind);
  switch (effect.does) {
    case "refuse": {
      const { code, message } = fault;
      // Those that only the connector has do nothing here.
      return isGraphError(effect.error)
        ? refuseGraph(world, effect.error, { code, message })
        : perform(world, asked);
    }
    case "throttle":
      return throttleGraph(world, {
        latencyMs: asked.delayMs,
        seconds: fault.retryAfterSeconds ?? world.limits.retryAfterSeconds,
        silent: !effect.retryAfter,
        ...(fault.scope === "app" && { scope: "Application" }),
        ...(fault.retryAfter === undefined ? {} : { text: fault.retryAfter }),
      });
    case "reset":
      return new ConnectionReset(effect.phase);
    case "reshape":
      return reshaped(perform(world, asked), effect.into);
    case "html":
      return signInPage;
    default:
      return perform(world, asked);
  }
}
