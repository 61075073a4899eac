import type { FaultKind, FaultRate } from "@carillon/emulator";
import { faultKinds } from "../../../../emulator/src/faults/kinds.ts";
import type { Dice } from "./dice.ts";
import type { PlannedWeather } from "./plan.ts";
import type { Episode } from "./plan-of-seed.ts";

/** What goes wrong with requests in an episode: nothing in a quarter of them, else one to five kinds of faults. */
export function plannedWeather(dice: Dice, { from, until }: Episode): readonly PlannedWeather[] {
  if (dice.chance(0.25)) return [];
  return [{ from, until, rates: dice.list(1, 5, () => plannedFault(dice)) }];
}

/** Something of the emulator's table that goes wrong with a share of the requests. */
function plannedFault(dice: Dice): FaultRate {
  const share = dice.one([0.01, 0.05, 0.2]);
  const kind = dice.one(dice.chance(0.8) ? passing : kinds);
  if (kind === "throttled")
    return {
      kind,
      share,
      scope: dice.one(["thread", "lane"]),
      retryAfterSeconds: dice.one([0, 1, 2, 3, 5, 8]),
    };
  if (kind === "slow") return { kind, share, ms: dice.one([400, 5_000, 30_000, 30_000]) };
  const fault = { kind, share };
  const effect = faultKinds[kind];
  if (effect.on === "token") return { ...fault, operation: "token" };
  const mayCommit = effect.does === "html" || (effect.does === "refuse" && answersLate.has(kind));
  return mayCommit ? { ...fault, commit: dice.chance(0.5) } : fault;
}

const kinds = Object.keys(faultKinds) as readonly FaultKind[]; // `Object.keys` only forgets the type of the keys

/** Those that say nothing for good of a recipient or the bot; a world of the others alone would soon have nobody to send to. */
const passing = [
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
] as const satisfies readonly FaultKind[];

/** Errors that a gateway may give although the request took effect behind it. */
const answersLate: ReadonlySet<FaultKind> = new Set([
  "bad-gateway",
  "gateway-timeout",
  "server-error",
]);
