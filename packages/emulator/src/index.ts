export { type CommandIo, runEmulatorCommand } from "./cli/run.ts";
export { createEmulator } from "./create-emulator.ts";
export type {
  AcceptedMessage,
  BlockedError,
  BotAnswer,
  BotIdentity,
  ChannelView,
  ChatRef,
  ChatView,
  Counts,
  DeliveryOptions,
  Emulator,
  EmulatorClock,
  EmulatorOptions,
  InboxMessage,
  InstallOptions,
  InstallReport,
  InstallTarget,
  LimitSettings,
  LogEntry,
  PageOf,
  PageQuery,
  PersonRef,
  PersonView,
  Place,
  PostToBot,
  Press,
  PressResult,
  StateExport,
  TeamRef,
  TeamView,
  TenantShares,
  TokenFlaw,
  Violation,
} from "./emulator.ts";
export { ControlError } from "./emulator.ts";
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
export { createVirtualClock, machineClock } from "./runtime/clock.ts";
export type { WireAnswer, WireRequest } from "./wire.ts";
export { ConnectionReset } from "./wire.ts";
