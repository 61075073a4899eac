/**
 * Whether `ms` have passed since the instant `since`. A clock that was set back to before it cannot tell, and that counts as
 * passed: too early once is better than hours too late.
 */
export function hasPassed(
  ms: number,
  { since, now }: { readonly since: number; readonly now: number },
): boolean {
  return now - since >= ms || now < since;
}
