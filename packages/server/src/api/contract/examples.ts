/** What the API document shows; a test holds each to its schema. */
const cleared = "2026-12-24T08:00:00.000Z";

export const exampleMessage = {
  text: "Hello ${person.givenName|there}, the build is green again.",
};

export const exampleDelivery = {
  recipient: "user:0d1f8a52-3f2b-4a57-9a0e-6a1c2f9b7e11",
  state: "accepted" as const,
  attempts: 1,
  code: null,
  activityId: "1776390257332",
  conversationId: "a:1a2b3c",
  updatedAt: cleared,
  detail: null,
  resent: 0,
  dueAt: null,
  change: null,
};

export const exampleNotification = {
  id: "ntf_0mf3k9t2qa4w8x0c7v2s5e6b",
  state: "sending" as const,
  deliveries: [
    {
      ...exampleDelivery,
      id: "ntf_0mf3k9t2qa4w8x0c7v2s5e6b/user:0d1f8a52-3f2b-4a57-9a0e-6a1c2f9b7e11",
      state: "pending" as const,
      attempts: 0,
      activityId: null,
      dueAt: cleared,
    },
  ],
  changes: [],
  createdAt: cleared,
};

export const exampleNewNotification = {
  to: { user: "ana@contoso.example" },
  message: exampleMessage,
  topic: "builds",
  priority: "urgent" as const,
};

export const exampleNewCampaign = {
  name: "Town hall invitation",
  message: {
    card: {
      type: "AdaptiveCard",
      version: "1.5",
      body: [
        { type: "TextBlock", text: "Town hall at three, ${person.givenName|all}", wrap: true },
      ],
    },
    summary: "Town hall at three",
  },
  audience: { include: [{ everyone: true as const }], exclude: [{ user: "bo@contoso.example" }] },
  topic: "town-hall",
  expiresAt: "2026-12-24T15:00:00+01:00",
  stopWhen: { failedPercent: 10 },
};

export const exampleRetry = { states: ["failed" as const], codes: ["TEAMS_UNAVAILABLE"] };

export const exampleLeave = { recipient: "ana@contoso.example" };

export const exampleCampaignSummary = {
  id: "cmp_0mf3k9t2qa4w8x0c7v2s5e6b",
  kind: "campaign" as const,
  changeOf: null,
  name: exampleNewCampaign.name,
  state: "sending" as const,
  topic: exampleNewCampaign.topic,
  priority: "bulk" as const,
  onUncertain: "resend" as const,
  counts: {
    total: 500,
    pending: 348,
    sending: 2,
    accepted: 141,
    failed: 6,
    skipped: 3,
    cancelled: 0,
    uncertain: 0,
  },
  resent: 0,
  canary: null,
  stopWhen: { failedPercent: 10, atLeast: 20 },
  ratePerSecond: 49.2,
  rateCap: null,
  etaSeconds: 8,
  reasons: [
    { state: "failed" as const, code: "TEAMS_BLOCKED_BY_USER", count: 6 },
    { state: "skipped" as const, code: "TEAMS_APP_REMOVED", count: 3 },
  ],
  attention: null,
  sendAt: null,
  expiresAt: "2026-12-24T14:00:00.000Z",
  recallAt: null,
  recalledAt: null,
  changes: [],
  createdAt: cleared,
  updatedAt: cleared,
  startedAt: cleared,
  finishedAt: null,
};

export const exampleCampaign = {
  ...exampleCampaignSummary,
  message: exampleNewCampaign.message,
  originalMessage: null,
  audience: exampleNewCampaign.audience,
};

export const exampleNewEdit = {
  message: { markdown: "Town hall at **four**, ${person.givenName|all}" },
};

const exampleChange = {
  id: "chg_0mf3k9t2qa4w8x0c7v2s5e6b",
  kind: "edit" as const,
  state: "sending" as const,
  counts: {
    total: 141,
    pending: 88,
    sending: 2,
    accepted: 50,
    failed: 1,
    skipped: 0,
    cancelled: 0,
    uncertain: 0,
  },
  reasons: [{ state: "failed" as const, code: "TEAMS_MESSAGE_GONE", count: 1 }],
  createdAt: cleared,
};

export const exampleEdited = {
  ...exampleCampaign,
  message: exampleNewEdit.message,
  originalMessage: exampleNewCampaign.message,
  changes: [exampleChange],
};

export const exampleRecalled = {
  ...exampleCampaign,
  state: "cancelled" as const,
  recalledAt: cleared,
  changes: [{ ...exampleChange, kind: "recall" as const }],
};

export const exampleNotificationEdited = {
  ...exampleNotification,
  changes: [exampleChange],
};

export const exampleNotificationRecalled = {
  ...exampleNotification,
  state: "cancelled" as const,
  changes: [{ ...exampleChange, kind: "recall" as const }],
};

export const exampleDraft = {
  ...exampleCampaign,
  state: "draft" as const,
  counts: {
    total: 0,
    pending: 0,
    sending: 0,
    accepted: 0,
    failed: 0,
    skipped: 0,
    cancelled: 0,
    uncertain: 0,
  },
  reasons: [],
  ratePerSecond: 0,
  etaSeconds: null,
  startedAt: null,
};

export const examplePreflight = {
  recipients: 500,
  expected: [{ code: "TEAMS_APP_REMOVED", count: 3 }],
  requests: 994,
  seconds: 20,
  messageBytes: 1204,
  messageBytesMax: 100_000,
  warnings: [],
};

export const exampleAttempt = {
  number: 1,
  operation: "send" as const,
  at: cleared,
  outcome: { kind: "throttled" as const, retryAfterMs: 2000, scope: "lane" as const },
  evidence: {
    status: 429,
    platformCode: "TooManyRequests",
    subCode: null,
    detail: "API calls quota exceeded",
    requestId: "wzK1rRkXg0O.1.0",
    retryAfterMs: 2000,
    latencyMs: 84,
  },
  decision: "Teams asked for 2 s of pause; tried again after it.",
};

export const examplePerson = {
  id: "0d1f8a52-3f2b-4a57-9a0e-6a1c2f9b7e11",
  tenantId: "8f5b1b0e-9d0b-4a4e-9a57-2f5cf6a4c0de",
  aadObjectId: "0d1f8a52-3f2b-4a57-9a0e-6a1c2f9b7e11",
  teamsId: "29:1a2b3c",
  userPrincipalName: "ana@contoso.example",
  email: "ana@contoso.example",
  name: "Ana Example",
  givenName: "Ana",
  surname: "Example",
  locale: "pt-PT",
  timezone: "Europe/Lisbon",
  userRole: "user",
  install: "installed" as const,
  blockedAt: null,
  conversationId: "a:1a2b3c",
  serviceUrl: "https://smba.trafficmanager.net/emea/8f5b1b0e-9d0b-4a4e-9a57-2f5cf6a4c0de/",
  updatedAt: cleared,
};

export const exampleTeam = {
  id: "19:4f0a@thread.tacv2",
  tenantId: examplePerson.tenantId,
  aadGroupId: "5c0d6f3e-2d7f-4c0c-8a0f-1d6a7d1b2c3d",
  name: "Nurses",
  serviceUrl: examplePerson.serviceUrl,
  install: "installed" as const,
  archived: false,
  updatedAt: cleared,
};

export const exampleChannel = {
  id: "19:9c2d@thread.tacv2",
  teamId: exampleTeam.id,
  name: "Night shift",
  type: "standard",
  deleted: false,
};

export const exampleStatus = {
  version: "0.1.0",
  botId: "c7a0cd0c-6a0d-4a5c-9f0a-0e1c7a6f2b3d",
  counts: { people: 500, installed: 480, blocked: 6, removed: 3 },
  lanes: [
    {
      tenantId: examplePerson.tenantId,
      inFlight: 12,
      ratePerSecond: 49.2,
      ceilingPerSecond: 50,
      throttledUntil: null,
      attention: null,
      requests: 152,
      throttled: 0,
      holdsLost: 0,
      settlementsIgnored: 0,
    },
  ],
  graph: [
    {
      tenantId: examplePerson.tenantId,
      requests: 18,
      throttled: 0,
      attention: null,
      budgets: [
        {
          limit: "identity",
          unitsAllowed: 875,
          unitsCeiling: 875,
          unitsSpent: 4,
          pausedUntil: null,
        },
      ],
    },
  ],
  attention: [],
};

export const exampleStream = `retry: 2000
: carillon

event: progress
data: {"type":"progress","id":"cmp_0mf3k9t2qa4w8x0c7v2s5e6b","counts":{"total":500,"pending":348,"sending":2,"accepted":141,"failed":6,"skipped":3,"cancelled":0,"uncertain":0},"ratePerSecond":49.2,"etaSeconds":8}

`;

export const exampleCsv = `recipient,state,attempts,code,activityId,conversationId,updatedAt,detail,resent,changeKind,changeState,changeCode\r
user:0d1f8a52-3f2b-4a57-9a0e-6a1c2f9b7e11,accepted,1,,1776390257332,a:1a2b3c,${cleared},,0,,,\r
`;

const exampleRefusal = {
  number: 1,
  operation: "create-conversation" as const,
  at: cleared,
  outcome: { kind: "unreachable" as const, reason: "app-not-installed" },
  evidence: {
    status: 403,
    platformCode: "ForbiddenOperationException",
    subCode: null,
    detail: "The bot is not installed in user's personal scope",
    requestId: "wzK1rRkXg0O.1.0",
    retryAfterMs: null,
    latencyMs: 61,
  },
  decision: "Teams refused this recipient (app-not-installed)",
};

export const exampleFailedDelivery = {
  ...exampleDelivery,
  state: "failed" as const,
  code: "TEAMS_APP_NOT_INSTALLED",
  activityId: null,
  conversationId: null,
  detail: exampleRefusal.evidence.detail,
  firstAttemptAt: cleared,
  retriedAt: null,
  history: [exampleRefusal],
  attemptsForgottenAt: null,
};

const exampleReference = {
  id: exampleCampaign.id,
  kind: "campaign" as const,
  name: exampleCampaign.name,
  state: "finished" as const,
  createdAt: cleared,
};

const { change: _change, ...bareDelivery } = exampleDelivery;

export const exampleUncertain = {
  campaign: exampleReference,
  delivery: {
    ...bareDelivery,
    state: "uncertain" as const,
    code: "TEAMS_UNCERTAIN",
    activityId: null,
    detail: "No answer within 30 s.",
  },
};

export const exampleDeliveryExplanation = {
  line: "The message to Ana Example was not accepted at the one request for it. The app is not installed for this person. (TEAMS_APP_NOT_INSTALLED) Install it for them, or let them add it.",
  next: "install" as const,
  campaign: exampleReference,
  person: { ...examplePerson, install: "unknown" as const, conversationId: null },
  delivery: exampleFailedDelivery,
};

export const examplePersonExplanation = {
  line: "Ana Example can be reached: they have the app, and their chat with the bot is known.",
  next: "nothing" as const,
  person: examplePerson,
  serviceHost: "smba.trafficmanager.net",
  deliveries: [
    {
      line: "Teams accepted the message to Ana Example at 2026-12-24T08:00:00Z, at the first request.",
      campaign: exampleReference,
      delivery: exampleDelivery,
    },
  ],
  deliveriesKeptDays: 365,
};

export const exampleCampaignExplanation = {
  line: "Town hall invitation is under way: 141 of 500 accepted, 6 failed, 3 skipped, 350 open.",
  next: "wait" as const,
  campaign: exampleCampaignSummary,
  reasons: [
    {
      state: "failed" as const,
      code: "TEAMS_BLOCKED_BY_USER",
      count: 6,
      what: "The person blocked the bot, or the conversation takes no messages from it.",
      advice: "Only the person can undo it; we try again after the next install or message.",
      next: "person" as const,
    },
  ],
};
