/** Everything we log has one of these names. Fields are ids and numbers: never tokens, message bodies or names of people. */
export type LogEvent =
  | "service.starting"
  | "service.listening"
  | "service.working"
  | "service.stopping"
  | "service.stopped"
  | "service.warning"
  | "store.opened"
  | "store.migrated"
  | "store.failed"
  | "store.slow"
  | "store.recovered"
  | "store.forgot"
  | "lane.acquired"
  | "lane.lost"
  | "lane.ignored"
  | "lane.recovered"
  | "lane.throttled"
  | "lane.halted"
  | "lane.resumed"
  | "campaign.created"
  | "campaign.started"
  | "campaign.expanded"
  | "campaign.paused"
  | "campaign.resumed"
  | "campaign.retried"
  | "campaign.left"
  | "campaign.cancelled"
  | "campaign.finished"
  | "campaign.stalled"
  | "job.failed"
  | "delivery.failed"
  | "delivery.uncertain"
  | "inbound.accepted"
  | "inbound.refused"
  | "inbound.failed"
  | "token.acquired"
  | "token.failed"
  | "graph.halted"
  | "graph.resumed"
  | "graph.throttled"
  | "keys.refreshed"
  | "keys.failed"
  | "api.failed";

export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Where events go. Never throws and never waits. */
export interface Log {
  info(event: LogEvent, fields?: LogFields): void;
  warn(event: LogEvent, fields?: LogFields): void;
  error(event: LogEvent, fields?: LogFields): void;
}
