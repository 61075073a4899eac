export { type Fetch, type NodeListener, toExpress, toNodeListener } from "./app/adapters.ts";
export {
  type BotCredentials,
  type CampaignHandle,
  type Carillon,
  type CarillonOptions,
  type CloudName,
  createCarillon,
  type EndpointOverrides,
  emulatorOptions,
  type KeepDays,
  type Runtime,
  type SendMessageOptions,
} from "./app/carillon.ts";
export { openStore } from "./app/open-store.ts";
export type { Activity, ChannelAccount, ConversationAccount } from "./domain/activity.ts";
export type { CampaignState, ChangeKind, Priority } from "./domain/campaign.ts";
export type { DeliveryCounts, DeliveryState, OnUncertain } from "./domain/delivery.ts";
export type { Channel, ConversationKind, InstallState, Person, Team } from "./domain/directory.ts";
export type { ErrorCode } from "./domain/error-codes.ts";
export { ConfigError, ProblemError, StoreError } from "./domain/errors.ts";
export type { Log, LogEvent, LogFields } from "./domain/log.ts";
export type { Json, JsonObject, Message } from "./domain/message.ts";
export type { Metrics } from "./domain/metrics.ts";
export type {
  Evidence,
  Outcome,
  RejectedReason,
  ThrottleScope,
  TransientReason,
  UnauthorizedReason,
  UncertainReason,
  UnreachableReason,
} from "./domain/outcome.ts";
export type { Signal } from "./domain/signal.ts";
export type { Audience, ConversationReference, Target } from "./domain/target.ts";
export type {
  Attention,
  Campaigns,
  CampaignView,
  CanaryView,
  ChangeView,
  DeliveryView,
  Directory,
  Engine,
  EngineEvent,
  LaneView,
  LeaveOptions,
  NewCampaign,
  NewEdit,
  NewNotification,
  Notifications,
  NotificationView,
  Preflight,
  RecallOptions,
  RetryOptions,
  SendOptions,
} from "./engine/engine.ts";
export type { CampaignChange, DeliveryChange } from "./engine/ports/change-store.ts";
export type { Clock, Ids, Rng } from "./engine/ports/runtime.ts";
export type {
  Attempt,
  Delivery,
  Operation,
  Page,
  PageRequest,
  Store,
} from "./engine/ports/store.ts";
export type {
  Actor,
  AnswerableEvent,
  BotEvent,
  BotEventHandlers,
  CardActionEvent,
  CardAnswer,
  InstallEvent,
  MessageEvent,
  ReactionEvent,
  UninstallEvent,
} from "./inbound/bot-events.ts";
export type { InboundEndpoint } from "./inbound/endpoint.ts";
