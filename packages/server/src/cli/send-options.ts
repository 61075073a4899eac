import { type Given, type OptionSpec, UsageError } from "./command.ts";

/** Options that notifications and campaigns have in common. */
export const sendOptions: Readonly<Record<string, OptionSpec>> = {
  topic: { about: "The topic that people can choose to receive or not.", value: "NAME" },
  priority: { about: "urgent, normal or bulk: which goes first.", value: "PRIORITY" },
  "send-at": {
    about:
      "When to begin: an instant such as 2026-12-01T09:00:00+01:00, or +30m, +2h, +1d from now.",
    value: "WHEN",
  },
  "expires-at": {
    about: "When to stop trying; the same forms. What was accepted by then stays.",
    value: "WHEN",
  },
  "recall-at": {
    about: "When to delete what was accepted, and to stop trying; the same forms.",
    value: "WHEN",
  },
  "on-uncertain": {
    about: "What to do when it cannot be known whether a message arrived: resend or hold.",
    value: "POLICY",
  },
};

/** What was given of them, as the API takes it. Throws `UsageError` for an instant that is none, and for other words. */
export function sendOptionsOf(given: Given, now: number): Readonly<Record<string, unknown>> {
  return defined({
    topic: given.text("topic"),
    priority: priorityOf(given),
    sendAt: instantOf(given, "send-at", now),
    expiresAt: instantOf(given, "expires-at", now),
    recallAt: instantOf(given, "recall-at", now),
    onUncertain: oneOf(given, "on-uncertain", ["resend", "hold"]),
  });
}

/** The priority that was given, or undefined. Throws `UsageError` for another word. */
export function priorityOf(given: Given): string | undefined {
  return oneOf(given, "priority", ["urgent", "normal", "bulk"]);
}

/** The object without its undefined members. */
export function defined(
  fields: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** An option's value as a number from `min` to `max`. Throws `UsageError` for anything else. */
export function numberOf(
  given: Given,
  option: string,
  range: { readonly min: number; readonly max: number },
): number | undefined {
  const text = given.text(option);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < range.min || value > range.max)
    throw new UsageError(
      `--${option} is "${text}": it must be a whole number from ${range.min} to ${range.max}.`,
    );
  return value;
}

/** An option's value, which must be one of these words. Throws `UsageError` for another. */
export function oneOf(given: Given, option: string, words: readonly string[]): string | undefined {
  const value = given.text(option);
  if (value === undefined || words.includes(value)) return value;
  throw new UsageError(`--${option} is "${value}": it must be ${words.join(" or ")}.`);
}

const unitMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** As ISO 8601. */
function instantOf(given: Given, option: string, now: number): string | undefined {
  const text = given.text(option);
  if (text === undefined) return undefined;
  const [, amount, unit = ""] = /^\+(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (amount !== undefined)
    return new Date(now + Number(amount) * (unitMs[unit] ?? 0)).toISOString();
  const at = /^\d{4}-\d{2}-\d{2}(?:T|$)/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new UsageError(
      `--${option} is "${text}": write an instant such as 2026-12-01T09:00:00+01:00, or +30m, +2h, +1d from now.`,
    );
  return new Date(at).toISOString();
}
