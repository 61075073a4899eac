import type { ErrorName } from "../connector/errors.ts";
import type { Shape } from "./bodies.ts";

/** What a fault does to a request. */
export type FaultEffect =
  | { readonly on: "connector"; readonly does: "refuse"; readonly error: ErrorName }
  | { readonly on: "connector"; readonly does: "throttle"; readonly retryAfter: boolean }
  | { readonly on: "any"; readonly does: "reset"; readonly phase: "before-commit" | "after-commit" }
  | { readonly on: "any"; readonly does: "slow" | "html" }
  | { readonly on: "any"; readonly does: "reshape"; readonly into: Shape }
  | { readonly on: "token"; readonly does: "refuse-token" | "unavailable" | "short-lived" };

/** Everything that can go wrong on purpose: the one table. */
export const faultKinds = {
  throttled: { on: "connector", does: "throttle", retryAfter: true },
  "throttled-silent": { on: "connector", does: "throttle", retryAfter: false },
  unauthorized: refusal("unauthorized"),
  "bot-not-registered": refusal("bot-not-registered"),
  "bad-argument": refusal("bad-argument"),
  "bad-syntax": refusal("bad-syntax"),
  "disabled-by-admin": refusal("disabled-by-admin"),
  "not-in-roster": refusal("not-in-roster"),
  "blocked-by-user": refusal("blocked-by-user"),
  "not-installed": refusal("not-installed"),
  "writes-blocked": refusal("writes-blocked"),
  "writes-blocked-named": refusal("writes-blocked-named"),
  "wrong-host": refusal("wrong-host"),
  "not-enough-permissions": refusal("not-enough-permissions"),
  "conversation-not-found": refusal("conversation-not-found"),
  "activity-not-found": refusal("activity-not-found"),
  conflict: refusal("conflict"),
  "precondition-failed": refusal("precondition-failed"),
  "too-large": refusal("too-large"),
  "server-error": refusal("server-error"),
  "bad-gateway": refusal("bad-gateway"),
  unavailable: refusal("unavailable"),
  "gateway-timeout": refusal("gateway-timeout"),
  "reset-before-commit": { on: "any", does: "reset", phase: "before-commit" },
  "reset-after-commit": { on: "any", does: "reset", phase: "after-commit" },
  slow: { on: "any", does: "slow" },
  "truncated-json": { on: "any", does: "reshape", into: "half" },
  "empty-ok": { on: "any", does: "reshape", into: "nothing" },
  "no-id": { on: "any", does: "reshape", into: "empty-object" },
  "huge-json": { on: "any", does: "reshape", into: "huge" },
  "html-ok": { on: "any", does: "html" },
  "token-refused": { on: "token", does: "refuse-token" },
  "token-unavailable": { on: "token", does: "unavailable" },
  "token-short-lived": { on: "token", does: "short-lived" },
} as const satisfies Record<string, FaultEffect>;

/** A name in the table of faults. */
export type FaultKind = keyof typeof faultKinds;

/** The effect of a kind. */
export function effectOf(kind: FaultKind): FaultEffect {
  return faultKinds[kind];
}

/** Whether there is such a kind. */
export function isFaultKind(name: unknown): name is FaultKind {
  return typeof name === "string" && Object.hasOwn(faultKinds, name);
}

function refusal(error: ErrorName): FaultEffect & { readonly does: "refuse" } {
  return { on: "connector", does: "refuse", error };
}
