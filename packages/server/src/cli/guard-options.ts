import { type Given, type OptionSpec, UsageError } from "./command.ts";
import { defined, numberOf, oneOf } from "./send-options.ts";

/** What may hold a campaign back by itself. */
export const guardOptions: Readonly<Record<string, OptionSpec>> = {
  canary: {
    about: "So many go first, such as 50 or 5%; the others wait until each of them has ended.",
    value: "N",
  },
  "canary-then": {
    about: "What follows: wait (for you to resume it; the default) or continue.",
    value: "WHAT",
  },
  "stop-when": {
    about: "Pause when more than this share failed of those that were tried, such as 10%.",
    value: "PERCENT",
  },
  "stop-at-least": {
    about: "Do not judge that before so many were tried (default 20).",
    value: "N",
  },
};

/** What was given of them, as the API takes it. Throws `UsageError` for what is no number, no share, or stands alone. */
export function guardOptionsOf(given: Given): Readonly<Record<string, unknown>> {
  return defined({ canary: canaryOf(given), stopWhen: stopWhenOf(given) });
}

function canaryOf(given: Given): unknown {
  const text = given.text("canary");
  const then = oneOf(given, "canary-then", ["continue", "wait"]);
  if (text === undefined) {
    if (then === undefined) return undefined;
    throw new UsageError("--canary-then says what follows a canary: give --canary N with it.");
  }
  if (text.endsWith("%")) return defined({ percent: shareOf("canary", text), then });
  return defined({ count: numberOf(given, "canary", { min: 1, max: 1_000_000_000 }), then });
}

function stopWhenOf(given: Given): unknown {
  const text = given.text("stop-when");
  const atLeast = numberOf(given, "stop-at-least", { min: 1, max: 1_000_000_000 });
  if (text !== undefined) return defined({ failedPercent: shareOf("stop-when", text), atLeast });
  if (atLeast === undefined) return undefined;
  throw new UsageError("--stop-at-least belongs to --stop-when PERCENT: give both.");
}

function shareOf(option: string, text: string): number {
  const [, digits] = /^(\d{1,3}(?:\.\d{1,3})?)%?$/.exec(text) ?? [];
  const percent = Number(digits);
  if (digits === undefined || percent > 100)
    throw new UsageError(`--${option} is "${text}": write a share of all, such as 5% or 0.5%.`);
  return percent;
}
