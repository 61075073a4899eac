import { ConfigError } from "../domain/errors.ts";
import type { Keeping } from "../engine/forget-job.ts";
import type { KeepDays } from "./carillon.ts";

/** What the engine is told of how long things are kept. Throws `ConfigError` for days that cannot be meant. */
export function keepingOf(days: KeepDays): Partial<Keeping> {
  for (const [name, value] of Object.entries(days))
    if (!Number.isInteger(value) || value < 0)
      throw new ConfigError("CONFIG_INVALID", {
        detail: `keepDays.${name} is ${value}: it must be a whole number of days, or 0 for good.`,
      });
  const { recipients = 0, idempotencyKeys = 30 } = days;
  if (!keepsLongEnough({ recipients, idempotencyKeys }))
    throw new ConfigError("CONFIG_INVALID", {
      detail: `keepDays.recipients is ${recipients}: ${keptTooShort}.`,
    });
  const ms = (value: number) => (value === 0 ? null : value * dayMs);
  return {
    ...(days.recipients !== undefined && { recipientsMs: ms(days.recipients) }),
    ...(days.attempts !== undefined && { attemptsMs: ms(days.attempts) }),
    ...(days.idempotencyKeys !== undefined && { idempotencyKeysMs: ms(days.idempotencyKeys) }),
    ...(days.inbound !== undefined && { inboundMs: ms(days.inbound) }),
  };
}

/** Whether an idempotency key never outlives the notification that it leads to. */
export function keepsLongEnough({
  recipients,
  idempotencyKeys,
}: Required<Pick<KeepDays, "recipients" | "idempotencyKeys">>): boolean {
  return recipients === 0 || (idempotencyKeys > 0 && recipients >= idempotencyKeys);
}

/** Why they must be kept for longer; completes a sentence. */
export const keptTooShort =
  "a repeated Idempotency-Key would lead to a notification that is gone. Keep recipients at least as long as idempotency keys, or either of them for good (recipients: 0)";

const dayMs = 24 * 60 * 60 * 1000;
