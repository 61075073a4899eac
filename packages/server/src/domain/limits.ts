/**
 * The largest message that Teams takes from a bot, in bytes of UTF-16 for the whole activity. The vendor writes "100 KB" and
 * does not say whether that is 100,000 or 102,400, so this is the lower.
 * Source: msteams-docs format-your-bot-messages.md (2025-03-11).
 * Checked: 2026-11-24.
 * Strength: documented.
 */
export const messageBytesMax = 100_000;

/**
 * The size above which a message is worth a warning: the limit that an older version of the same page gave.
 * Source: msteams-docs format-your-bot-messages.md (versions before 2025).
 * Checked: 2026-11-24.
 * Strength: documented.
 */
export const messageBytesWarn = 40_000;

/**
 * The newest Adaptive Card version that every Teams client shows; a client that is older than a card shows its `fallbackText`.
 * Source: msteams-docs cards-reference.md (older); the default of the types in @microsoft/teams.cards.
 * Checked: 2026-11-24.
 * Strength: observed in vendor code.
 */
export const cardVersionMax = 1.5;

/**
 * The card version from which `Action.Execute` exists.
 * Source: msteams-docs cards-actions.md (older).
 * Checked: 2026-11-24.
 * Strength: documented.
 */
export const executeVersionMin = 1.4;

/**
 * How many people a card's `refresh.userIds` may name.
 * Source: msteams-docs, the page on refreshing an Adaptive Card.
 * Checked: 2026-11-24.
 * Strength: documented.
 */
export const refreshUserIdsMax = 60;
