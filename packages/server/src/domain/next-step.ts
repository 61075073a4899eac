import type { ErrorCode } from "./error-codes.ts";

/**
 * What somebody can do next, as a word for programs.
 *
 * - `nothing`: it is as it should be, or cannot be changed any more.
 * - `wait`: it goes on by itself.
 * - `start`, `resume`, `retry`: that step of the campaign.
 * - `decide`: it may have arrived: leave it, or send it again.
 * - `install`: the app is missing; somebody has to add it. The hook of a proactive install, which is not there yet.
 * - `person`, `admin`: only the person, or an administrator, can change it.
 * - `correct`: the message or the recipient's name is wrong.
 * - `configure`: a setting of this service is wrong.
 */
export const nextSteps = [
  "nothing",
  "wait",
  "start",
  "resume",
  "retry",
  "decide",
  "install",
  "person",
  "admin",
  "correct",
  "configure",
] as const;
export type NextStep = (typeof nextSteps)[number];

/** What to do about a delivery that ended with this code. */
export function nextStepAfter(code: ErrorCode): NextStep {
  return steps[code] ?? "retry";
}

const steps: Readonly<Partial<Record<ErrorCode, NextStep>>> = {
  TEAMS_APP_NOT_INSTALLED: "install",
  TEAMS_NOT_IN_CONVERSATION: "install",
  TEAMS_CONVERSATION_GONE: "install",
  TEAMS_APP_REMOVED: "person",
  TEAMS_BLOCKED_BY_USER: "person",
  TEAMS_DISABLED_BY_ADMIN: "admin",
  TEAMS_NOT_PERMITTED: "admin",
  TEAMS_WRONG_HOST: "configure",
  TEAMS_REJECTED: "correct",
  TEAMS_TOO_BIG: "correct",
  MESSAGE_INVALID: "correct",
  MESSAGE_TOO_BIG: "correct",
  MESSAGE_FIELD_MISSING: "correct",
  RECIPIENT_UNKNOWN: "correct",
  TARGET_UNSUPPORTED: "correct",
  TEAMS_UNCERTAIN: "decide",
  DELIVERY_EXPIRED: "nothing",
  DELIVERY_CANCELLED: "nothing",
  DELIVERY_DUPLICATE: "nothing",
  DELIVERY_LEFT_UNCERTAIN: "nothing",
  DELIVERY_ID_UNKNOWN: "nothing",
  TEAMS_MESSAGE_GONE: "nothing",
};
