import { ProblemError } from "../domain/errors.ts";
import type { Message } from "../domain/message.ts";
import { type CompileResult, compileMessage } from "../domain/message-compile.ts";
import { findingText } from "../domain/message-finding.ts";
import type { SendOptions } from "./engine.ts";

/** Compiles a message, or throws MESSAGE_INVALID or MESSAGE_TOO_BIG with everything that is wrong with it. */
export function checkedMessage(message: Message): Extract<CompileResult, { readonly ok: true }> {
  const compiled = compileMessage(message);
  if (compiled.ok) return compiled;
  const errors = compiled.problems.map(({ path, text }) => ({ path, message: text }));
  const detail = compiled.problems.map(findingText).join(" ");
  throw new ProblemError(compiled.code, { detail, extra: { errors } });
}

/** Throws REQUEST_INVALID where instants or rates make no sense. */
export function checkOptions(
  options: SendOptions & { readonly ratePerSecond?: number },
  now: number,
): void {
  const { sendAt, expiresAt, recallAt, ratePerSecond } = options;
  for (const [name, at] of Object.entries({ sendAt, expiresAt, recallAt }))
    if (at !== undefined && !Number.isSafeInteger(at))
      throw invalid(`${name} must be an instant in epoch milliseconds, and is ${at}.`);
  if (expiresAt !== undefined && expiresAt <= Math.max(now, sendAt ?? now))
    throw invalid("expiresAt is over before anything could be sent: give a later one.");
  if (recallAt !== undefined && recallAt <= Math.max(now, sendAt ?? now))
    throw invalid("recallAt is over before anything could be sent: give a later one.");
  if (ratePerSecond !== undefined && !(ratePerSecond > 0 && Number.isFinite(ratePerSecond)))
    throw invalid(`ratePerSecond must be more than 0, and is ${ratePerSecond}.`);
}

/** A refusal of the request's form. */
export function invalid(detail: string): ProblemError {
  return new ProblemError("REQUEST_INVALID", { detail });
}
