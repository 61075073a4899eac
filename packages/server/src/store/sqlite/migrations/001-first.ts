/**
 * The first schema. Every table leads with the tenant, so that the same idea shards by tenant; instants are epoch ms.
 * `api_keys` and `probe` belong to the installation, so they have no tenant.
 */
export const first = `
CREATE TABLE directories (
  tenant_id TEXT NOT NULL,
  bot_id TEXT NOT NULL,
  people INTEGER NOT NULL DEFAULT 0,
  installed INTEGER NOT NULL DEFAULT 0,
  blocked INTEGER NOT NULL DEFAULT 0,
  removed INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, bot_id)
) WITHOUT ROWID;

CREATE TABLE people (
  tenant_id TEXT NOT NULL,
  bot_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  former_id TEXT,
  aad_object_id TEXT,
  teams_id TEXT,
  upn TEXT,
  email TEXT,
  name TEXT,
  given_name TEXT,
  surname TEXT,
  locale TEXT,
  timezone TEXT,
  user_role TEXT,
  upn_folded TEXT,
  email_folded TEXT,
  name_folded TEXT,
  install TEXT NOT NULL,
  blocked_at INTEGER,
  conversation_id TEXT,
  service_url TEXT,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, bot_id, person_id)
);
CREATE INDEX people_by_former_id ON people (tenant_id, former_id) WHERE former_id IS NOT NULL;
CREATE INDEX people_renamed ON people (tenant_id, bot_id, person_id, former_id) WHERE former_id IS NOT NULL;
CREATE INDEX people_by_teams_id ON people (tenant_id, teams_id) WHERE teams_id IS NOT NULL;
CREATE INDEX people_by_conversation ON people (tenant_id, conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX people_by_upn ON people (tenant_id, upn_folded) WHERE upn_folded IS NOT NULL;
CREATE INDEX people_by_email ON people (tenant_id, email_folded) WHERE email_folded IS NOT NULL;
CREATE INDEX people_by_name ON people (tenant_id, name_folded) WHERE name_folded IS NOT NULL;

CREATE TABLE conversations (
  tenant_id TEXT NOT NULL,
  bot_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  service_url TEXT NOT NULL,
  person_id TEXT,
  team_id TEXT,
  name TEXT,
  gone_at INTEGER,
  gone_reason TEXT,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, bot_id, conversation_id)
) WITHOUT ROWID;

CREATE TABLE teams (
  tenant_id TEXT NOT NULL,
  bot_id TEXT NOT NULL,
  team_id TEXT NOT NULL,
  aad_group_id TEXT,
  name TEXT,
  service_url TEXT NOT NULL,
  install TEXT NOT NULL,
  archived INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, bot_id, team_id)
) WITHOUT ROWID;

CREATE TABLE channels (
  tenant_id TEXT NOT NULL,
  bot_id TEXT NOT NULL,
  channel_id TEXT NOT NULL,
  team_id TEXT NOT NULL,
  name TEXT,
  type TEXT,
  deleted INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, bot_id, channel_id)
) WITHOUT ROWID;
CREATE INDEX channels_of_team ON channels (tenant_id, bot_id, team_id);

CREATE TABLE campaigns (
  tenant_id TEXT NOT NULL,
  campaign_id TEXT NOT NULL,
  bot_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  topic TEXT,
  priority INTEGER NOT NULL,
  send_at INTEGER,
  expires_at INTEGER,
  on_uncertain TEXT NOT NULL,
  rate_per_second REAL,
  expansion_part TEXT,
  expansion_item INTEGER,
  expansion_after TEXT,
  paused_from TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  pending INTEGER NOT NULL DEFAULT 0,
  sending INTEGER NOT NULL DEFAULT 0,
  accepted INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  skipped INTEGER NOT NULL DEFAULT 0,
  cancelled INTEGER NOT NULL DEFAULT 0,
  uncertain INTEGER NOT NULL DEFAULT 0,
  resent INTEGER NOT NULL DEFAULT 0,
  queue INTEGER,
  turn INTEGER NOT NULL DEFAULT 0,
  next_due_at INTEGER,
  PRIMARY KEY (tenant_id, campaign_id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX campaigns_by_id ON campaigns (campaign_id);
CREATE INDEX campaigns_by_age ON campaigns (kind, created_at, campaign_id);
CREATE INDEX campaigns_scheduled ON campaigns (send_at) WHERE state = 'scheduled';
CREATE INDEX campaigns_expanding ON campaigns (created_at) WHERE state = 'expanding';
CREATE INDEX campaigns_open ON campaigns (bot_id, tenant_id) WHERE state IN ('expanding', 'sending');
CREATE INDEX campaigns_in_flight ON campaigns (bot_id, tenant_id) WHERE sending > 0;
CREATE INDEX campaigns_ready ON campaigns (tenant_id, bot_id, priority, turn) WHERE queue = 1;
CREATE INDEX campaigns_waiting ON campaigns (tenant_id, bot_id, priority, next_due_at) WHERE queue = 0;
CREATE INDEX campaigns_unsettled ON campaigns (tenant_id, bot_id) WHERE pending > 0;
CREATE INDEX campaigns_cancelling ON campaigns (updated_at) WHERE state = 'cancelled' AND pending > 0;
CREATE INDEX campaigns_expiring ON campaigns (expires_at) WHERE expires_at IS NOT NULL AND pending > 0;

CREATE TABLE campaign_contents (
  tenant_id TEXT NOT NULL,
  campaign_id TEXT NOT NULL,
  message TEXT NOT NULL,
  audience TEXT NOT NULL,
  PRIMARY KEY (tenant_id, campaign_id)
);

CREATE TABLE campaign_codes (
  tenant_id TEXT NOT NULL,
  campaign_id TEXT NOT NULL,
  state TEXT NOT NULL,
  code TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, campaign_id, state, code)
) WITHOUT ROWID;

CREATE TABLE exclusions (
  tenant_id TEXT NOT NULL,
  campaign_id TEXT NOT NULL,
  recipient_key TEXT NOT NULL,
  PRIMARY KEY (tenant_id, campaign_id, recipient_key)
) WITHOUT ROWID;

CREATE TABLE idempotency_keys (
  tenant_id TEXT NOT NULL,
  bot_id TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  campaign_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, bot_id, idempotency_key)
) WITHOUT ROWID;

-- claimed_fence is set exactly while the state is 'sending'. recipient is NULL for the person that the key names.
CREATE TABLE deliveries (
  tenant_id TEXT NOT NULL,
  campaign_id TEXT NOT NULL,
  recipient_key TEXT NOT NULL,
  state TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  claimed_fence INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  resent INTEGER NOT NULL DEFAULT 0,
  first_attempt_at INTEGER,
  updated_at INTEGER NOT NULL,
  code TEXT,
  detail TEXT,
  conversation_id TEXT,
  activity_id TEXT,
  latency_ms INTEGER,
  request_id TEXT,
  recipient TEXT,
  fields TEXT,
  PRIMARY KEY (tenant_id, campaign_id, recipient_key)
) WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries (tenant_id, campaign_id, due_at, ordinal) WHERE state = 'pending';
CREATE INDEX deliveries_sending ON deliveries (tenant_id, campaign_id, claimed_fence) WHERE state = 'sending';
CREATE INDEX deliveries_coded ON deliveries (tenant_id, campaign_id, state) WHERE code IS NOT NULL;

CREATE TABLE attempts (
  entry INTEGER PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  campaign_id TEXT NOT NULL,
  recipient_key TEXT NOT NULL,
  number INTEGER NOT NULL,
  operation TEXT NOT NULL,
  at INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  evidence TEXT NOT NULL,
  decision TEXT NOT NULL
);
CREATE INDEX attempts_of_delivery ON attempts (tenant_id, campaign_id, recipient_key);

CREATE TABLE lanes (
  tenant_id TEXT NOT NULL,
  bot_id TEXT NOT NULL,
  owner TEXT,
  fence INTEGER NOT NULL,
  lease_until INTEGER NOT NULL,
  turn INTEGER NOT NULL DEFAULT 0,
  quiet_until INTEGER,
  PRIMARY KEY (tenant_id, bot_id)
) WITHOUT ROWID;

CREATE TABLE inbound_activities (
  entry INTEGER PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  activity_id TEXT NOT NULL,
  bot_id TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  processed_at INTEGER,
  body TEXT NOT NULL
);
-- By activity before conversation: Teams' ids of activities grow with time, so that new ones share a page of the index.
CREATE UNIQUE INDEX inbound_activities_by_id ON inbound_activities (tenant_id, activity_id, conversation_id);
CREATE INDEX inbound_activities_waiting ON inbound_activities (bot_id) WHERE processed_at IS NULL;
CREATE INDEX inbound_activities_processed ON inbound_activities (received_at) WHERE processed_at IS NOT NULL;

CREATE TABLE api_keys (
  sha256 TEXT PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE probe (count INTEGER NOT NULL);
INSERT INTO probe VALUES (0);
`;
