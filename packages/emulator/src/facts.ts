/** What we believe about Teams, each with its source. Written apart from the product's own list, on purpose. */

/** At most `max` requests in any `ms` milliseconds. */
export interface Window {
  readonly ms: number;
  readonly max: number;
}

/**
 * Sends to one conversation by one bot; replacing and creating have windows of the same sizes, each apart.
 * Source: msteams-docs rate-limit.md (2026-10-08), "per bot per thread"; updates by its versions before 2021.
 * Checked: 2026-11-24. Strength: documented.
 */
export const sendWindowsPerBot: readonly Window[] = [
  { ms: 1_000, max: 7 },
  { ms: 2_000, max: 8 },
  { ms: 30_000, max: 60 },
  { ms: 3_600_000, max: 1_800 },
];

/**
 * Sends to one conversation by all bots together.
 * Source: msteams-docs rate-limit.md (2026-10-08), "per thread, all bots".
 * Checked: 2026-11-24. Strength: documented.
 */
export const sendWindowsAllBots: readonly Window[] = [
  { ms: 1_000, max: 14 },
  { ms: 2_000, max: 16 },
];

/**
 * Reads of members, and reads of teams and their channels, per conversation by one bot.
 * Source: msteams-docs rate-limit.md (2026-10-08), "get conversation members", "get conversations".
 * Checked: 2026-11-24. Strength: documented.
 */
export const readWindowsPerBot: readonly Window[] = [
  { ms: 1_000, max: 14 },
  { ms: 2_000, max: 16 },
  { ms: 30_000, max: 120 },
  { ms: 3_600_000, max: 3_600 },
];

/**
 * The same reads by all bots together.
 * Source: msteams-docs rate-limit.md (2026-10-08).
 * Checked: 2026-11-24. Strength: documented.
 */
export const readWindowsAllBots: readonly Window[] = [
  { ms: 1_000, max: 28 },
  { ms: 2_000, max: 32 },
];

/**
 * The list of members without pages: calls per minute and conversation.
 * Source: msteams-docs team-chat-member-api-changes.md.
 * Checked: 2026-11-24. Strength: documented.
 */
export const unpagedMembersWindow: Window = { ms: 60_000, max: 5 };

/**
 * The list of members without pages ends here.
 * Source: msteams-docs team-chat-member-api-changes.md ("at most 10,000 members"; that it is cut rather than refused is our reading).
 * Checked: 2026-11-24. Strength: assumed.
 */
export const unpagedMembersMax = 10_000;

/**
 * All requests of one app in one tenant, per second.
 * Source: msteams-docs rate-limit.md (2026-10-08), "global, per app per tenant".
 * Checked: 2026-11-24. Strength: documented.
 */
export const laneRequestsPerSecond = 50;

/**
 * The second over which the limit of a tenant is counted slides like the windows of a conversation.
 * Source: msteams-docs rate-limit.md says "50 per second" and no more.
 * Checked: 2026-11-24. Strength: assumed.
 */
export const laneWindowMs = 1_000;

/**
 * What a 429 says in `Retry-After`, in seconds.
 * Source: msteams-docs rate-limit.md gives no usual value.
 * Checked: 2026-11-24. Strength: assumed.
 */
export const retryAfterSeconds = 1;

/**
 * The size of an activity: two bytes for each UTF-16 code unit of its JSON, images in base64 left out.
 * Source: msteams-docs format-your-bot-messages.md (2025-03-11), "100 KB"; whether 100,000 or 102,400 it does not say.
 * Checked: 2026-11-24. Strength: assumed.
 */
export const activityBytesMax = 100_000;

/**
 * Page sizes of paged members: smaller ones become the first, larger ones the last.
 * Source: msteams-docs get-teams-context.md.
 * Checked: 2026-11-24. Strength: documented.
 */
export const rosterPage = { min: 50, max: 500, standard: 200 } as const;

/**
 * How long the connector waits for the bot's answer to an activity.
 * Source: bot-docs long-operations-guidance.md ("about 15 seconds").
 * Checked: 2026-11-24. Strength: documented.
 */
export const botAnswerMsMax = 15_000;

/**
 * Lifetime of an access token.
 * Source: bot-docs rest-connector-authentication.md (the example's `expires_in`).
 * Checked: 2026-11-24. Strength: documented.
 */
export const accessTokenSeconds = 3_600;

/**
 * Lifetime of the token that an inbound activity carries. The real one may be kept for up to an hour.
 * Source: none; short, so that clients must look.
 * Checked: 2026-11-24. Strength: assumed.
 */
export const channelTokenSeconds = 300;

/**
 * Scope and audience of connector tokens, and the issuer of inbound ones, in the public cloud.
 * Source: teams.api auth/cloud-environment; bot-docs rest-connector-authentication.md.
 * Checked: 2026-11-24. Strength: observed in vendor code.
 */
export const connectorAudience = "https://api.botframework.com";

/**
 * Audience of Graph tokens in the public cloud.
 * Source: teams.api auth/cloud-environment; graph deployments.md.
 * Checked: 2026-11-24. Strength: documented.
 */
export const graphAudience = "https://graph.microsoft.com";

/**
 * The tenant segment at which multi-tenant registrations get their tokens, and the tenant that issues them.
 * Source: teams.api auth/cloud-environment; bot-docs rest-connector-authentication.md (example).
 * Checked: 2026-11-24. Strength: documented.
 */
export const botFrameworkTenant = {
  segment: "botframework.com",
  id: "d6d49420-f39b-4df7-a1dc-d59a935871db",
} as const;

/**
 * The channel that activities of Teams come from, and that a signing key must be endorsed for.
 * Source: bot-docs rest-connector-authentication.md; bf-connector endorsementsValidator.
 * Checked: 2026-11-24. Strength: documented.
 */
export const teamsChannel = "msteams";

/**
 * First path segments of service URLs. `teams` is the global one, used without a tenant.
 * Source: teams.net tests; msteams-docs send-proactive-messages.md (2026-06-30).
 * Checked: 2026-11-24. Strength: observed in vendor code.
 */
export const regions: readonly string[] = ["amer", "emea", "apac", "in", "teams"];

/**
 * Most citations in an activity's root message entity.
 * Source: msteams-docs ai-content-labels.md (2026-09-27).
 * Checked: 2026-11-24. Strength: documented.
 */
export const citationsMax = 20;

/**
 * Reads of users and groups by one app in one tenant, in resource units per ten seconds, by how many people the tenant has.
 * Source: graph throttling-limits.md, identity and access include (token bucket; tenants of fewer than 50, of 50 to 500, of more).
 * Checked: 2026-11-26. Strength: documented.
 */
export const identityUnits: readonly { readonly peopleMin: number; readonly units: number }[] = [
  { peopleMin: 501, units: 8_000 },
  { peopleMin: 50, units: 5_000 },
  { peopleMin: 0, units: 3_500 },
];

/**
 * The time that those units are counted for.
 * Source: graph throttling-limits.md, identity and access include.
 * Checked: 2026-11-26. Strength: documented.
 */
export const identityWindowMs = 10_000;

/**
 * What it costs to get one user: the least that any request costs, with and without `$select`.
 * Source: graph throttling-limits.md, identity and access include.
 * Checked: 2026-11-26. Strength: documented.
 */
export const getUserUnits = 1;

/**
 * From which share of the limit on answers tell it in `x-ms-throttle-limit-percentage`.
 * Source: graph throttling-limits.md, identity and access include ("more than 0.8 of its limit", up to 1.8).
 * Checked: 2026-11-26. Strength: documented.
 */
export const toldLoadMin = 0.8;

/**
 * The application permission that getting a user by id or user principal name takes.
 * Source: graph user-get.md.
 * Checked: 2026-11-26. Strength: documented.
 */
export const readUsersPermission = "User.Read.All";
