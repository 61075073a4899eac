/**
 * Until when a lane's new holder keeps quiet that the one before it was asked for until `until`. That instant is one of the other's
 * clock, of which `since`, its last turn, is known: what was left of it then is kept from `now` on, up to a minute, because our clock
 * may be ahead. Of longer times what is beyond the minute is taken from our clock, so that a night in which nobody held the lane counts.
 */
export function inheritedQuiet(
  until: number,
  { since, now }: { readonly since: number; readonly now: number },
): number {
  const leftMs = Math.max(0, Math.min(until - since, sureMsMax));
  return Math.max(until + clocksApartMs, leftMs === 0 ? 0 : now + leftMs);
}

const sureMsMax = 60_000;
/** By so much the clocks of two machines may differ that a time service keeps. */
const clocksApartMs = 500;
