/**
 * Whether Teams had said something (at `saidAt`, by its own clock) before it said what is stored: then that stays, though this comes
 * to be learnt after it. What our own requests taught has no instant of that clock, and is never older.
 */
export function isOlder(saidAt: number | undefined, storedSaidAt: number | undefined): boolean {
  return saidAt !== undefined && storedSaidAt !== undefined && saidAt < storedSaidAt;
}
