export type {
  Attempt,
  Attention,
  Campaign,
  CampaignState,
  CampaignSummary,
  Change,
  ChangeKind,
  Delivery,
  DeliveryCounts,
  DeliveryState,
  Leave,
  NewCampaign,
  NewCanary,
  NewEdit,
  NewRecall,
  NewStopWhen,
  OnUncertain,
  Preflight,
  Priority,
  Retry,
  SendOptions,
} from "./campaign.ts";
export type { CampaignCalls, DeliveryPageOptions, ExportOptions } from "./campaigns.ts";
export type { ChangeCalls, CreateOptions } from "./change-calls.ts";
export type { CarillonClient, ClientOptions } from "./client.ts";
export { createClient } from "./client.ts";
export type { CallOptions } from "./connection.ts";
export type { Channel, InstallState, Person, Team } from "./directory.ts";
export type { PeopleCalls, PeoplePageOptions, TeamCalls } from "./directory-calls.ts";
export type { Problem } from "./errors.ts";
export { CarillonError, CarillonUnreachableError } from "./errors.ts";
export type { ExplainCalls } from "./explain-calls.ts";
export type {
  CampaignExplanation,
  CampaignReference,
  DeliveryDetail,
  DeliveryExplanation,
  NextStep,
  PersonExplanation,
  UncertainDelivery,
} from "./explanation.ts";
export type { CampaignProgress, FollowOptions } from "./follow.ts";
export type {
  Audience,
  ConversationReference,
  Json,
  JsonObject,
  Message,
  Target,
} from "./message.ts";
export type { NewNotification, Notification, NotificationDelivery } from "./notification.ts";
export type { NotificationCalls } from "./notifications.ts";
export type { Page, PageOptions } from "./pages.ts";
export type { GraphStatus, Lane, Status, StreamEvent } from "./status.ts";
export type { Timing } from "./timing.ts";
export type { UncertainCalls } from "./uncertain-calls.ts";
