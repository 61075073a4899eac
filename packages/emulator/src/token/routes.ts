import { notEmulated } from "../answer.ts";
import { refuse } from "../connector/errors.ts";
import type { Served } from "../connector/serve.ts";
import { reshaped, signInPage } from "../faults/bodies.ts";
import { effectOf } from "../faults/kinds.ts";
import type { Fault } from "../faults/plan.ts";
import type { World } from "../state/world.ts";
import { ConnectionReset, type WireAnswer, type WireRequest } from "../wire.ts";
import { refuseToken } from "./errors.ts";
import { issueToken } from "./issue-token.ts";

/** The tenant segment when the path is the token endpoint's, else null. */
export function tokenSegment(segments: readonly string[]): string | null {
  const [tenant, ...rest] = segments;
  return tenant !== undefined && rest.join("/") === "oauth2/v2.0/token" ? tenant : null;
}

/** The token endpoint, with what goes wrong there on purpose. */
export function serveToken(
  world: World,
  request: WireRequest,
  segment: string,
): Omit<Served, "operation"> {
  if (request.method !== "POST")
    return { answer: notEmulated(`${request.method} here`), fault: null, delayMs: 0 };
  const fault = world.faults.next({ operation: "token", person: null, conversation: null });
  const issue = (realSeconds?: number): WireAnswer =>
    issueToken(
      world,
      segment,
      new URLSearchParams(request.body),
      realSeconds === undefined ? {} : { realSeconds },
    );
  if (!fault) return { answer: issue(), fault, delayMs: 0 };
  world.totals.faulted += 1;
  const delayMs = effectOf(fault.kind).does === "slow" ? (fault.ms ?? 30_000) : 0;
  return { answer: withFault(world, fault, issue), fault, delayMs };
}

function withFault(
  world: World,
  fault: Fault,
  issue: (realSeconds?: number) => WireAnswer,
): WireAnswer | ConnectionReset {
  const effect = effectOf(fault.kind);
  const { code, message, body } = fault;
  switch (effect.does) {
    case "refuse-token":
      return refuseToken(world, fault.aadsts ?? 7000215);
    case "unavailable":
      return refuse("unavailable", { body });
    case "short-lived":
      return issue(fault.seconds ?? 0);
    case "refuse":
      return refuse(effect.error, { code, message, body });
    case "throttle": {
      const seconds = String(fault.retryAfterSeconds ?? world.limits.retryAfterSeconds);
      const headers = { "retry-after": fault.retryAfter ?? seconds };
      return refuse("throttled", effect.retryAfter ? { headers } : {});
    }
    case "reset":
      if (effect.phase === "after-commit") issue();
      return new ConnectionReset(effect.phase);
    case "slow":
      return issue();
    case "reshape":
      return reshaped(issue(), effect.into);
    case "html":
      return signInPage;
  }
}
