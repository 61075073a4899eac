import type { Dice } from "./dice.ts";
import type {
  PlannedAct,
  PlannedCampaign,
  PlannedNotification,
  PlannedOptions,
  PlannedTarget,
} from "./plan.ts";
import { plannedGuards } from "./plan-decisions.ts";
import type { Episode } from "./plan-of-seed.ts";

/** A campaign at some time of the episode, early enough to be caught in its troubles. */
export function plannedCampaign(
  dice: Dice,
  { from, until }: Episode,
  number: number,
): PlannedCampaign {
  return {
    number,
    at: dice.whole(from + 500, Math.max(from + 1_000, until - 5_000)),
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
    isStartedTwice: dice.chance(0.3),
    ...plannedGuards(dice),
  };
}

/** A notification, or a few in a row to one recipient. */
export function plannedNotification(
  dice: Dice,
  { from, until, people }: Episode,
  number: number,
): PlannedNotification {
  const inARow = dice.one([1, 1, 2, 2, 3, 12]);
  return {
    number,
    at: dice.whole(from + 1_000, until),
    to: plannedTarget(dice, people),
    inARow,
    ...plannedOptions(dice, inARow),
  };
}

function plannedOptions(dice: Dice, inARow: number): PlannedOptions {
  return {
    priority: dice.one(["normal", "normal", "urgent", "bulk"]),
    onUncertain: dice.one(["resend", "resend", "hold"]),
    expiresInMs: dice.chance(0.1) ? dice.whole(2_000, 30_000) : null,
    // Of two that are to be sent later, each has an instant of its own, and is due then.
    sendInMs: inARow === 1 && dice.chance(0.1) ? dice.whole(500, 10_000) : null,
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
  { from, until, people }: Episode,
  campaigns: readonly PlannedCampaign[],
): PlannedAct {
  const at = dice.whole(from + 1_000, until);
  return dice.chance(0.4)
    ? {
        at,
        act: dice.one(["pause", "pause", "resume", "resume", "cancel", "cancel", "start"]),
        campaign: dice.one(campaigns).number,
        isTwice: dice.chance(0.3),
      }
    : {
        at,
        act: dice.one([
          "block",
          "unblock",
          "uninstall",
          "uninstall",
          "install",
          "say",
          "ask",
          "ask",
        ]),
        person: dice.whole(0, people - 1),
      };
}
