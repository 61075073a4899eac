const capMs = 24 * 60 * 60 * 1000;
const seconds = /^\d{1,12}(?:\.\d{1,6})?$/;
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * A `Retry-After` header as a wait in milliseconds, at most 24 hours; null for an absent, past or senseless one.
 * A date is measured from the answer's own `Date` where it has one, so that a wrong clock here changes nothing.
 */
export function readRetryAfter(
  retryAfter: string | null,
  { date, now }: { readonly date: string | null; readonly now: number },
): number | null {
  const value = retryAfter?.trim() ?? "";
  if (seconds.test(value)) return Math.min(Math.ceil(Number(value) * 1000), capMs);
  if (!httpDate.test(value)) return null;
  const from = date !== null && httpDate.test(date) ? Date.parse(date) : now;
  const wait = Date.parse(value) - from;
  return wait >= 0 ? Math.min(wait, capMs) : null;
}
