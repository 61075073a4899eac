/** At most `count` starts in any `ms`. */
export interface RateWindow {
  readonly ms: number;
  readonly count: number;
}

/**
 * Sends to one conversation by one bot.
 * Source: msteams-docs rate-limit.md (2026-10-08), per bot per thread.
 * Checked: 2026-11-24.
 * Strength: documented.
 */
export const sendWindows: readonly RateWindow[] = [
  { ms: 1000, count: 7 },
  { ms: 2000, count: 8 },
  { ms: 30_000, count: 60 },
  { ms: 3_600_000, count: 1800 },
];

/**
 * New threads in one channel, or creations of one personal chat, by one bot: the same figures, in a bucket of their own.
 * Source: msteams-docs rate-limit.md (2026-10-08), per bot per thread.
 * Checked: 2026-11-24.
 * Strength: documented.
 */
export const createWindows: readonly RateWindow[] = [
  { ms: 1000, count: 7 },
  { ms: 2000, count: 8 },
  { ms: 30_000, count: 60 },
  { ms: 3_600_000, count: 1800 },
];

/**
 * Updates of messages in one conversation by one bot. Today's page does not name them; its versions before 2021 gave them the
 * figures of sends, in a bucket of their own.
 * Source: msteams-docs rate-limit.md (versions before 2021), "UpdateMessage".
 * Checked: 2026-11-24.
 * Strength: assumed.
 */
export const updateWindows: readonly RateWindow[] = sendWindows;

/**
 * Deletes of messages in one conversation by one bot. No version of the page names them; they are held to what updates are.
 * Source: none; see updateWindows.
 * Checked: 2026-11-24.
 * Strength: assumed.
 */
export const deleteWindows: readonly RateWindow[] = updateWindows;

/**
 * Reads of one conversation's members by one bot.
 * Source: msteams-docs rate-limit.md (2026-10-08), per bot per thread.
 * Checked: 2026-11-24.
 * Strength: documented.
 */
export const memberWindows: readonly RateWindow[] = [
  { ms: 1000, count: 14 },
  { ms: 2000, count: 16 },
  { ms: 30_000, count: 120 },
  { ms: 3_600_000, count: 3600 },
];

/**
 * All requests of one bot in one tenant, per second.
 * Source: msteams-docs rate-limit.md (2026-10-08), global per app per tenant.
 * Checked: 2026-11-24.
 * Strength: documented.
 */
export const laneRatePerSecond = 50;

/**
 * The most members that one page of a roster holds.
 * Source: msteams-docs get-teams-context.md.
 * Checked: 2026-11-24.
 * Strength: documented.
 */
export const rosterPageMax = 500;
