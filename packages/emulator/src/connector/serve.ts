import { notEmulated } from "../answer.ts";
import { reshaped, signInPage } from "../faults/bodies.ts";
import { effectOf } from "../faults/kinds.ts";
import type { Fault } from "../faults/plan.ts";
import { recordViolation, type World } from "../state/world.ts";
import { ConnectionReset, type WireAnswer, type WireRequest } from "../wire.ts";
import type { ConnectorAddress } from "./address.ts";
import { authorize } from "./authorize.ts";
import { type Call, isAnswer, readCall } from "./call.ts";
import { checkAddress } from "./check-address.ts";
import { refuse } from "./errors.ts";
import { runOperation } from "./run-operation.ts";
import { laneScope, quietScope, takeLane, takeThread, threadOf, throttle } from "./throttle.ts";

/** What the connector answered, and what it thought it was asked. */
export interface Served {
  readonly answer: WireAnswer | ConnectionReset;
  readonly operation: string;
  readonly fault: Fault | null;
  /** How much later the answer leaves. */
  readonly delayMs: number;
}

/**
 * Decides a request at the instant it arrives: token, address, limits, faults, then the operation. Nothing is awaited, so
 * requests take effect in the order in which they come.
 */
export function serveConnector(
  world: World,
  request: WireRequest,
  address: ConnectorAddress,
): Served {
  const { totals, dial } = world;
  totals.requests += 1;
  const delayMs =
    dial.latencyMs + (dial.latencyJitterMs > 0 ? dial.latencyJitterMs * world.rng() : 0);
  const call = readCall(world, request, address);
  const served = (answer: WireAnswer, operation: string): Served => ({
    answer,
    operation,
    fault: null,
    delayMs,
  });
  if (call === null) return served(unknownRoute(world, request), "unknown");
  const operation = isAnswer(call) ? "unreadable" : call.operation;
  const unauthorized = authorize(world, request, operation);
  if (unauthorized) return served(unauthorized, operation);
  if (isAnswer(call)) return served(call, operation);
  const elsewhere = checkAddress(world, request, address, {
    operation,
    conversationId: call.conversationId,
  });
  if (elsewhere) return served(elsewhere, operation);
  const thread = threadOf(world, call);
  judgeQuiet(world, call, thread);
  if (!takeLane(world))
    return served(throttle(world, laneScope, { latencyMs: delayMs }), operation);
  const fault = world.faults.next({
    operation: call.operation,
    person: call.person,
    conversation: call.conversationId ?? thread,
  });
  if (!fault) return served(perform(world, { call, thread, delayMs }), operation);
  totals.faulted += 1;
  const extraMs = effectOf(fault.kind).does === "slow" ? (fault.ms ?? 30_000) : 0;
  const answer = performFaulty(world, { call, thread, delayMs }, fault);
  return { answer, operation, fault, delayMs: delayMs + extraMs };
}

function perform(
  world: World,
  { call, thread, delayMs, isUnheard = false }: Asked & { readonly isUnheard?: boolean },
): WireAnswer {
  // A 429 that is lost on its way asks nobody for quiet.
  if (thread !== null && !takeThread(world, call, thread))
    return throttle(world, quietScope(call, thread), {
      latencyMs: delayMs,
      ...(isUnheard && { silent: true }),
    });
  return runOperation(world, call);
}

interface Asked {
  readonly call: Call;
  readonly thread: string | null;
  readonly delayMs: number;
}

function performFaulty(world: World, asked: Asked, fault: Fault): WireAnswer | ConnectionReset {
  const { call, thread, delayMs } = asked;
  const run = (): WireAnswer => perform(world, asked);
  const runUnheard = () => perform(world, { ...asked, isUnheard: true });
  const effect = effectOf(fault.kind);
  switch (effect.does) {
    case "refuse":
      if (fault.commit) runUnheard();
      return refuse(effect.error, { code: fault.code, message: fault.message, body: fault.body });
    case "throttle": {
      const isLane = fault.scope === "lane" || thread === null;
      const seconds = fault.retryAfterSeconds;
      return throttle(world, isLane ? laneScope : quietScope(call, thread), {
        latencyMs: delayMs,
        silent: !effect.retryAfter,
        ...(seconds === undefined ? {} : { seconds }),
        ...(fault.retryAfter === undefined ? {} : { text: fault.retryAfter }),
      });
    }
    case "reset":
      if (effect.phase === "after-commit") runUnheard();
      return new ConnectionReset(effect.phase);
    case "reshape":
      return reshaped(run(), effect.into);
    case "html":
      if (fault.commit) runUnheard();
      return signInPage;
    case "slow":
      return run();
    case "refuse-token":
    case "unavailable":
    case "short-lived":
      // Kinds of the token endpoint do nothing here.
      return run();
  }
}

function judgeQuiet(world: World, call: Call, thread: string | null): void {
  const now = world.clock.now();
  const scope = thread === null ? null : quietScope(call, thread);
  const broken = world.quiet.isBroken(laneScope, now)
    ? "the bot in the tenant"
    : scope !== null && world.quiet.isBroken(scope, now)
      ? "this conversation"
      : null;
  if (broken === null) return;
  recordViolation(world, {
    kind: "retry-after-ignored",
    operation: call.operation,
    conversationId: call.conversationId ?? thread,
    detail: `a request came while Retry-After asked for quiet from ${broken}`,
  });
}

function unknownRoute(world: World, request: WireRequest): WireAnswer {
  world.note(`not imitated: ${request.method} ${request.target}`);
  return notEmulated(`${request.method} ${request.target.split("?")[0]}`);
}
