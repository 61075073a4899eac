import type { FaultRate } from "@carillon/emulator";
import type { Dice } from "./dice.ts";

/** Something that goes wrong with a share of the requests. */
export function plannedFault(dice: Dice): FaultRate {
  const share = dice.one([0.01, 0.05, 0.2]);
  const kind = dice.one([
    "throttled",
    "throttled-silent",
    "unauthorized",
    "conversation-not-found",
    "conflict",
    "precondition-failed",
    "server-error",
    "bad-gateway",
    "unavailable",
    "gateway-timeout",
    "reset-before-commit",
    "reset-after-commit",
    "slow",
    "truncated-json",
    "html-ok",
    "token-unavailable",
    "token-short-lived",
  ] as const);
  if (kind === "throttled")
    return {
      kind,
      share,
      scope: dice.one(["thread", "lane"]),
      retryAfterSeconds: dice.whole(1, 8),
    };
  if (kind === "token-unavailable" || kind === "token-short-lived")
    return { kind, share, operation: "token" };
  if (
    kind === "html-ok" ||
    kind === "bad-gateway" ||
    kind === "gateway-timeout" ||
    kind === "server-error"
  )
    return { kind, share, commit: dice.chance(0.5) };
  return { kind, share };
}
