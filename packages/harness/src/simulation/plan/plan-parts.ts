import type { Dice } from "./dice.ts";
import type {
  PlannedAct,
  PlannedCampaign,
  PlannedEnd,
  PlannedNotification,
  PlannedProcess,
  PlannedStoreTrouble,
  PlannedTarget,
  Span,
} from "./plan.ts";

/** A campaign at some time before it gets calm. */
export function plannedCampaign(dice: Dice, calmAt: number): PlannedCampaign {
  return {
    at: dice.whole(500, Math.max(1_000, calmAt - 5_000)),
    audience: dice.one([
      "everyone",
      "everyone",
      "team",
      "some",
      "places",
      "everyone-but-some",
      "everyone-but-team",
    ]),
    priority: dice.one(["urgent", "normal", "bulk"]),
    onUncertain: dice.one(["resend", "resend", "hold"]),
    ratePerSecond: dice.chance(0.2) ? dice.whole(1, 10) : null,
    expiresInMs: dice.chance(0.2) ? dice.whole(2_000, 30_000) : null,
    sendInMs: dice.chance(0.15) ? dice.whole(500, 10_000) : null,
    isAskedTwice: dice.chance(0.3),
  };
}

/** A notification, or a few in a row to one recipient. */
export function plannedNotification(
  dice: Dice,
  calmAt: number,
  people: number,
): PlannedNotification {
  return {
    at: dice.whole(1_000, calmAt),
    to: plannedTarget(dice, people),
    inARow: dice.one([1, 1, 2, 2, 3, 12]),
  };
}

function plannedTarget(dice: Dice, people: number): PlannedTarget {
  const number = dice.whole(0, people - 1);
  const kind = dice.one(["person", "person", "person", "chat", "channel", "thread", "general"]);
  switch (kind) {
    case "person":
      return { person: number };
    case "chat":
      return { chat: number };
    case "channel":
      return { channel: number };
    case "thread":
      return { thread: number };
    case "general":
      return { general: number };
  }
}

/** What somebody does. */
export function plannedAct(
  dice: Dice,
  calmAt: number,
  of: { readonly people: number; readonly campaigns: number },
): PlannedAct {
  const at = dice.whole(1_000, calmAt);
  return dice.chance(0.4)
    ? {
        at,
        act: dice.one(["pause", "resume", "cancel"]),
        campaign: dice.whole(0, of.campaigns - 1),
      }
    : {
        at,
        act: dice.one(["block", "unblock", "uninstall", "uninstall", "install", "say"]),
        person: dice.whole(0, of.people - 1),
      };
}

/** A disk that is full now and then all the time, or for a while, or just at one kind of call. */
export function plannedStoreTroubles(dice: Dice, calmAt: number): readonly PlannedStoreTrouble[] {
  const troubles: PlannedStoreTrouble[] = [];
  if (dice.chance(0.2)) troubles.push({ from: 0, until: calmAt, share: 0.05, calls: null });
  if (dice.chance(0.15)) troubles.push({ ...span(dice, calmAt, 15_000), share: 1, calls: null });
  if (dice.chance(0.2))
    troubles.push({
      from: 0,
      until: calmAt,
      share: dice.one([0.3, 0.7]),
      calls: [dice.one(awkwardCalls)],
    });
  return troubles;
}

/** One process that is killed now and then; or two at a time, killed and standing still now and then. */
export function plannedProcesses(dice: Dice, calmAt: number): readonly PlannedProcess[] {
  const isPair = dice.chance(0.3);
  const one = (): PlannedProcess => ({
    ends: dice.chance(isPair ? 0.5 : 0.4) ? [] : dice.list(1, 4, () => plannedEnd(dice)),
    freezes: dice.chance(isPair ? 0.5 : 0.1)
      ? dice.list(1, 2, () => span(dice, calmAt, 25_000))
      : [],
  });
  return isPair ? [one(), one()] : [one()];
}

function plannedEnd(dice: Dice): PlannedEnd {
  const restartMs = dice.one([10, 500, 2_000, 2_000, 12_000]);
  const kind = dice.one(["busy", "busy", "soon", "call"]);
  if (kind === "busy") return { answers: dice.whole(20, 600), restartMs };
  if (kind === "soon") return { answers: dice.whole(1, 12), restartMs };
  return { call: dice.one(awkwardCalls), nth: dice.whole(1, 3), restartMs };
}

function span(dice: Dice, calmAt: number, msMax: number): Span {
  const from = dice.whole(1_000, calmAt);
  return { from, until: Math.min(calmAt, from + dice.whole(500, msMax)) };
}

/** Calls of the store at which an end or a failure is most awkward: making, moving, expanding, recovering, settling. */
const awkwardCalls = [
  "createCampaign",
  "moveCampaign",
  "expand",
  "expandEveryone",
  "finishExpansion",
  "acquireLane",
  "recoverLane",
  "takeTurn",
  "takeTurn",
  "releaseLane",
  "cancelPending",
  "expirePending",
  "recordActivity",
  "learn",
  "markProcessed",
] as const;
