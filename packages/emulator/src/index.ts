export { type CommandIo, runEmulatorCommand } from "./cli/run.ts";
export { ControlError } from "./control-error.ts";
export { createEmulator } from "./create-emulator.ts";
export type {
  ChatRef,
  DeliveryOptions,
  Emulator,
  InstallOptions,
  InstallTarget,
  PersonRef,
  Place,
  Press,
  TeamRef,
  TokenFlaw,
} from "./emulator.ts";
export type { FaultKind } from "./faults/kinds.ts";
export { parseFaultPlan } from "./faults/parse-plan.ts";
export type {
  Fault,
  FaultMatch,
  FaultOperation,
  FaultPlan,
  FaultRate,
  FaultRule,
  FaultStep,
} from "./faults/plan.ts";
export type { Card, Json, JsonObject } from "./json.ts";
export { type Listening, listen } from "./listen.ts";
export type {
  BlockedError,
  EmulatorClock,
  EmulatorOptions,
  LimitSettings,
  PostToBot,
  TenantShares,
} from "./options.ts";
export { createVirtualClock, machineClock } from "./runtime/clock.ts";
export type {
  AcceptedMessage,
  BotAnswer,
  BotIdentity,
  ChannelView,
  ChatView,
  Counts,
  InboxMessage,
  InstallReport,
  LogEntry,
  PageOf,
  PageQuery,
  PersonView,
  PressResult,
  StateExport,
  TeamView,
  Throttle,
  Violation,
} from "./views.ts";
export type { WireAnswer, WireRequest } from "./wire.ts";
export { ConnectionReset } from "./wire.ts";
