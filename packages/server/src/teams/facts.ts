import type { GraphScope } from "../domain/graph-outcome.ts";

/**
 * What we know of the platform and rely on: endpoints, limits, retry rules. Each fact names its source.
 */

/** The clouds as the Teams SDK names them. GCC uses `Public` with the GCC service host. */
export type CloudName = "Public" | "USGov" | "USGovDoD" | "China";

/** One cloud's endpoints. */
export interface CloudFacts {
  readonly loginUrl: string;
  /** Tenant segment of the token URL for multi-tenant registrations. */
  readonly sharedSegment: string;
  readonly connectorScope: string;
  readonly issuer: string;
  readonly openIdMetadataUrl: string;
  readonly graphUrl: string;
  readonly graphScope: string;
  /** Where to post when no service URL is stored; null where none is published. */
  readonly serviceUrl: string | null;
  /** The service URL to try after 403 `InvalidBotApiHost`; null where there is none. */
  readonly alternateServiceUrl: string | null;
}

/**
 * Endpoints by cloud. Bots in China are listed by the SDKs but marked unavailable by the docs, and have no published service URL.
 * Source: @microsoft/teams.api auth/cloud-environment; graph deployments.md; msteams-docs send-proactive-messages.md 2026-06-30; agents-hosting TeamsServiceEndpoints.
 * Checked: 2026-11-24.
 * Strength: documented (service URLs, Graph roots), observed in vendor code (the rest).
 */
export const clouds: Readonly<Record<CloudName, CloudFacts>> = {
  Public: {
    loginUrl: "https://login.microsoftonline.com",
    sharedSegment: "botframework.com",
    connectorScope: "https://api.botframework.com/.default",
    issuer: "https://api.botframework.com",
    openIdMetadataUrl: "https://login.botframework.com/v1/.well-known/openidconfiguration",
    graphUrl: "https://graph.microsoft.com",
    graphScope: "https://graph.microsoft.com/.default",
    serviceUrl: "https://smba.trafficmanager.net/teams/",
    alternateServiceUrl: "https://smba.infra.gcc.teams.microsoft.com/teams",
  },
  USGov: {
    loginUrl: "https://login.microsoftonline.us",
    sharedSegment: "MicrosoftServices.onmicrosoft.us",
    connectorScope: "https://api.botframework.us/.default",
    issuer: "https://api.botframework.us",
    openIdMetadataUrl: "https://login.botframework.azure.us/v1/.well-known/openidconfiguration",
    graphUrl: "https://graph.microsoft.us",
    graphScope: "https://graph.microsoft.us/.default",
    serviceUrl: "https://smba.infra.gov.teams.microsoft.us/teams",
    alternateServiceUrl: null,
  },
  USGovDoD: {
    loginUrl: "https://login.microsoftonline.us",
    sharedSegment: "MicrosoftServices.onmicrosoft.us",
    connectorScope: "https://api.botframework.us/.default",
    issuer: "https://api.botframework.us",
    openIdMetadataUrl: "https://login.botframework.azure.us/v1/.well-known/openidconfiguration",
    graphUrl: "https://dod-graph.microsoft.us",
    graphScope: "https://dod-graph.microsoft.us/.default",
    serviceUrl: "https://smba.infra.dod.teams.microsoft.us/teams",
    alternateServiceUrl: null,
  },
  China: {
    loginUrl: "https://login.partner.microsoftonline.cn",
    sharedSegment: "microsoftservices.partner.onmschina.cn",
    connectorScope: "https://api.botframework.azure.cn/.default",
    issuer: "https://api.botframework.azure.cn",
    openIdMetadataUrl: "https://login.botframework.azure.cn/v1/.well-known/openidconfiguration",
    graphUrl: "https://microsoftgraph.chinacloudapi.cn",
    graphScope: "https://microsoftgraph.chinacloudapi.cn/.default",
    serviceUrl: null,
    alternateServiceUrl: null,
  },
};

/**
 * The exact hosts to which a connector token may go. Anyone can register names below trafficmanager.net, so no suffix is ever trusted.
 * Source: msteams-docs send-proactive-messages.md 2026-06-30; agents-hosting TeamsServiceEndpoints.
 * Checked: 2026-11-24.
 * Strength: documented.
 */
export const connectorHosts: Readonly<Record<CloudName, readonly string[]>> = {
  Public: ["smba.trafficmanager.net", "smba.infra.gcc.teams.microsoft.com"],
  USGov: ["smba.infra.gov.teams.microsoft.us"],
  USGovDoD: ["smba.infra.dod.teams.microsoft.us"],
  China: [],
};

/**
 * Statuses after which the same request may be made again; every other status must not be retried.
 * 403 `InvalidBotApiHost` is the one more, at the other host.
 * Source: msteams-docs build-conversational-capability.md 2026-05-11, "status codes from agent conversational APIs".
 * Checked: 2026-11-24.
 * Strength: documented.
 */
export const retryableStatuses: readonly number[] = [412, 429, 502, 503, 504];

/**
 * Bounds of `pageSize` in a paged roster; values outside are moved to the nearest bound by the service.
 * Source: msteams-docs get-teams-context.md.
 * Checked: 2026-11-24.
 * Strength: documented.
 */
export const rosterPageSize = { min: 50, max: 500 } as const;

/**
 * `errorCode` of a thread that takes no messages from the bot: muted, blocked or uninstalled.
 * Source: msteams-docs send-proactive-messages.md.
 * Checked: 2026-11-24.
 * Strength: documented.
 */
export const writesBlockedErrorCode = 209;

/**
 * Allowed difference between Teams' clock and ours in a token's `exp` and `nbf`, in seconds.
 * Source: bot-docs rest-connector-authentication.md; botframework-connector; teams.apps.
 * Checked: 2026-11-24.
 * Strength: documented.
 */
export const inboundSkewSeconds = 300;

/**
 * Algorithms with which the connector may sign an inbound token.
 * Source: botframework-connector (RS256, RS384, RS512); bot-docs rest-connector-authentication.md (RS256).
 * Checked: 2026-11-24.
 * Strength: observed in vendor code.
 */
export const inboundAlgorithms: readonly string[] = ["RS256", "RS384", "RS512"];

/**
 * How long the connector's signing keys are kept before they are fetched again, in milliseconds.
 * Source: botframework-connector openIdMetadata.
 * Checked: 2026-11-24.
 * Strength: observed in vendor code.
 */
export const signingKeysAgeMsMax = 24 * 60 * 60 * 1000;

/**
 * How long before its end a token is replaced, in milliseconds.
 * Source: teams.apps JsonWebToken.
 * Checked: 2026-11-24.
 * Strength: observed in vendor code.
 */
export const tokenRefreshAheadMs = 5 * 60 * 1000;

/**
 * Token errors that somebody has to put right: no service principal, unknown app, unknown resource, wrong secret, expired secret.
 * Source: teams-sdk app-authentication troubleshooting; teams-sdk sovereign-cloud.mdx; general Entra knowledge for 7000215 and 7000222.
 * Checked: 2026-11-24.
 * Strength: documented (7000229, 700016, 500011), assumed (7000215, 7000222).
 */
export const permanentTokenErrors: readonly string[] = [
  "AADSTS7000229",
  "AADSTS700016",
  "AADSTS500011",
  "AADSTS7000215",
  "AADSTS7000222",
];

/**
 * OAuth error names by which a token endpoint refuses the request itself, so that repeating it does not help.
 * Source: RFC 6749 section 5.2.
 * Checked: 2026-11-24.
 * Strength: documented.
 */
export const permanentOAuthErrors: readonly string[] = [
  "invalid_request",
  "invalid_client",
  "invalid_grant",
  "unauthorized_client",
  "unsupported_grant_type",
  "invalid_scope",
  "invalid_resource",
];

/**
 * What the first part of `x-ms-throttle-scope` says that a 429 counted, in lower case.
 * Source: graph throttling-limits.md, identity and access include.
 * Checked: 2026-11-26.
 * Strength: documented.
 */
export const graphScopes: readonly (readonly [name: string, scope: GraphScope])[] = [
  ["tenant_application", "application-in-tenant"],
  ["tenant", "tenant"],
  ["application", "application"],
];
