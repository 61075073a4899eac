/** What a column holds, whatever the driver calls it. SQLite keeps a boolean as 0 or 1. */
export type ColumnKind = "text" | "integer" | "real" | "boolean";

/** One table, as every driver has it. */
export interface TableDescription {
  /** A column that the database numbers by itself, in the order in which rows came. */
  readonly numbered?: string;
  /** Columns that mean nothing in another database, such as the process that holds a lane: they are read as empty. */
  readonly blank?: readonly string[];
  /** Rows may be long: fewer of them are held in memory at once. */
  readonly isWide?: boolean;
  readonly columns: Readonly<Record<string, ColumnKind>>;
}

/**
 * Every table that holds what is not to be lost, in the order in which it is copied. A test holds this against the real schemas
 * of all drivers, so that no table and no column can be forgotten.
 */
export const tables = {
  directories: {
    columns: {
      tenant_id: "text",
      bot_id: "text",
      people: "integer",
      installed: "integer",
      blocked: "integer",
      removed: "integer",
    },
  },
  people: {
    columns: {
      tenant_id: "text",
      bot_id: "text",
      person_id: "text",
      former_id: "text",
      aad_object_id: "text",
      teams_id: "text",
      upn: "text",
      email: "text",
      name: "text",
      given_name: "text",
      surname: "text",
      locale: "text",
      timezone: "text",
      user_role: "text",
      upn_folded: "text",
      email_folded: "text",
      name_folded: "text",
      install: "text",
      blocked_at: "integer",
      conversation_id: "text",
      service_url: "text",
      install_said_at: "integer",
      chat_said_at: "integer",
      updated_at: "integer",
    },
  },
  conversations: {
    columns: {
      tenant_id: "text",
      bot_id: "text",
      conversation_id: "text",
      kind: "text",
      service_url: "text",
      person_id: "text",
      team_id: "text",
      name: "text",
      gone_at: "integer",
      gone_reason: "text",
      said_at: "integer",
      updated_at: "integer",
    },
  },
  teams: {
    columns: {
      tenant_id: "text",
      bot_id: "text",
      team_id: "text",
      aad_group_id: "text",
      name: "text",
      service_url: "text",
      install: "text",
      archived: "boolean",
      install_said_at: "integer",
      said_at: "integer",
      updated_at: "integer",
    },
  },
  channels: {
    columns: {
      tenant_id: "text",
      bot_id: "text",
      channel_id: "text",
      team_id: "text",
      name: "text",
      type: "text",
      deleted: "boolean",
      said_at: "integer",
    },
  },
  campaigns: {
    numbered: "entry",
    columns: {
      tenant_id: "text",
      campaign_id: "text",
      bot_id: "text",
      kind: "text",
      name: "text",
      state: "text",
      topic: "text",
      priority: "integer",
      send_at: "integer",
      expires_at: "integer",
      on_uncertain: "text",
      rate_per_second: "real",
      expansion_part: "text",
      expansion_item: "integer",
      expansion_after: "text",
      paused_from: "text",
      created_at: "integer",
      updated_at: "integer",
      started_at: "integer",
      finished_at: "integer",
      pending: "integer",
      sending: "integer",
      accepted: "integer",
      failed: "integer",
      skipped: "integer",
      cancelled: "integer",
      uncertain: "integer",
      resent: "integer",
      queue: "integer",
      turn: "integer",
      next_due_at: "integer",
      canary: "text",
      canary_left: "integer",
      held: "integer",
      stop_when: "text",
      watched: "text",
      pause_cause: "text",
      retries: "text",
      change_of: "text",
      revision: "integer",
      recall_at: "integer",
      recalled_at: "integer",
      attempts_forgotten_at: "integer",
      recipients_forgotten_at: "integer",
      kept: "integer",
      entry: "integer",
      retries_asked: "integer",
    },
  },
  campaign_contents: {
    isWide: true,
    columns: {
      tenant_id: "text",
      campaign_id: "text",
      message: "text",
      audience: "text",
      original: "text",
    },
  },
  campaign_codes: {
    columns: {
      tenant_id: "text",
      campaign_id: "text",
      state: "text",
      code: "text",
      count: "integer",
    },
  },
  exclusions: {
    columns: {
      tenant_id: "text",
      campaign_id: "text",
      recipient_key: "text",
    },
  },
  idempotency_keys: {
    columns: {
      tenant_id: "text",
      bot_id: "text",
      idempotency_key: "text",
      fingerprint: "text",
      campaign_id: "text",
      created_at: "integer",
    },
  },
  deliveries: {
    columns: {
      tenant_id: "text",
      campaign_id: "text",
      recipient_key: "text",
      state: "text",
      ordinal: "integer",
      due_at: "integer",
      claimed_fence: "integer",
      attempts: "integer",
      resent: "integer",
      first_attempt_at: "integer",
      updated_at: "integer",
      code: "text",
      detail: "text",
      conversation_id: "text",
      activity_id: "text",
      latency_ms: "integer",
      request_id: "text",
      recipient: "text",
      fields: "text",
      status: "integer",
      retried_at: "integer",
      revision: "integer",
      retries_before: "integer",
    },
  },
  attempts: {
    numbered: "entry",
    columns: {
      entry: "integer",
      tenant_id: "text",
      campaign_id: "text",
      recipient_key: "text",
      number: "integer",
      operation: "text",
      at: "integer",
      outcome: "text",
      evidence: "text",
      decision: "text",
    },
  },
  lanes: {
    blank: ["owner"],
    columns: {
      tenant_id: "text",
      bot_id: "text",
      owner: "text",
      fence: "integer",
      lease_until: "integer",
      turn: "integer",
      quiet_until: "integer",
      turned_at: "integer",
      quiet_ms: "integer",
    },
  },
  quiet_places: {
    columns: {
      tenant_id: "text",
      bot_id: "text",
      thread_use: "text",
      conversation: "text",
      quiet_until: "integer",
    },
  },
  inbound_activities: {
    isWide: true,
    numbered: "entry",
    columns: {
      entry: "integer",
      tenant_id: "text",
      conversation_id: "text",
      activity_id: "text",
      bot_id: "text",
      received_at: "integer",
      processed_at: "integer",
      body: "text",
    },
  },
  api_keys: {
    columns: {
      sha256: "text",
      id: "text",
      name: "text",
      created_at: "integer",
    },
  },
} as const satisfies Readonly<Record<string, TableDescription>>;

/** The name of a described table. */
export type TableName = keyof typeof tables;

/** The names in the order of copying. */
export const tableNames: readonly TableName[] =
  // The keys of the object just above are exactly these names.
  Object.keys(tables) as TableName[];

/** The description of a table. */
export function tableOf(name: TableName): TableDescription {
  return tables[name];
}

/** Tables that are not copied, and why not. */
export const leftOut: Readonly<Record<string, string>> = {
  jobs: "made anew by the planner from what the other tables say is to be done, and rosters are read by whoever needs them",
  lane_slots: "what running processes ask of each other, forgotten after a minute",
  probe: "a number that means nothing",
  carillon_schema: "the version of the schema, which each database has of its own",
};
