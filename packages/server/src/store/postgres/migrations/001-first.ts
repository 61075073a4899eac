/** Compared by code points, whatever the database's collation, because keys, cursors and ranges are. */
const text = 'TEXT COLLATE "C"';

/**
 * The first schema: the tables of the SQLite driver, each leading with the tenant, so that the same schema shards by tenant.
 * Instants are epoch ms. `api_keys` and `probe` belong to the installation, so they have no tenant.
 */
export const first = `
CREATE TABLE directories (
  tenant_id ${text} NOT NULL,
  bot_id ${text} NOT NULL,
  people BIGINT NOT NULL DEFAULT 0,
  installed BIGINT NOT NULL DEFAULT 0,
  blocked BIGINT NOT NULL DEFAULT 0,
  removed BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, bot_id)
);
CREATE INDEX directories_of_bot ON directories (bot_id, tenant_id);

CREATE TABLE people (
  tenant_id ${text} NOT NULL,
  bot_id ${text} NOT NULL,
  person_id ${text} NOT NULL,
  former_id ${text},
  aad_object_id ${text},
  teams_id ${text},
  upn ${text},
  email ${text},
  name ${text},
  given_name ${text},
  surname ${text},
  locale ${text},
  timezone ${text},
  user_role ${text},
  upn_folded ${text},
  email_folded ${text},
  name_folded ${text},
  install ${text} NOT NULL,
  blocked_at BIGINT,
  conversation_id ${text},
  service_url ${text},
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, bot_id, person_id)
);
CREATE INDEX people_by_former_id ON people (tenant_id, bot_id, former_id) WHERE former_id IS NOT NULL;
CREATE INDEX people_by_teams_id ON people (tenant_id, bot_id, teams_id) WHERE teams_id IS NOT NULL;
CREATE INDEX people_by_conversation ON people (tenant_id, bot_id, conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX people_by_upn ON people (tenant_id, bot_id, upn_folded) WHERE upn_folded IS NOT NULL;
CREATE INDEX people_by_email ON people (tenant_id, bot_id, email_folded) WHERE email_folded IS NOT NULL;
CREATE INDEX people_by_name ON people (tenant_id, bot_id, name_folded) WHERE name_folded IS NOT NULL;

CREATE TABLE conversations (
  tenant_id ${text} NOT NULL,
  bot_id ${text} NOT NULL,
  conversation_id ${text} NOT NULL,
  kind ${text} NOT NULL,
  service_url ${text} NOT NULL,
  person_id ${text},
  team_id ${text},
  name ${text},
  gone_at BIGINT,
  gone_reason ${text},
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, bot_id, conversation_id)
);

CREATE TABLE teams (
  tenant_id ${text} NOT NULL,
  bot_id ${text} NOT NULL,
  team_id ${text} NOT NULL,
  aad_group_id ${text},
  name ${text},
  service_url ${text} NOT NULL,
  install ${text} NOT NULL,
  archived BOOLEAN NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, bot_id, team_id)
);

CREATE TABLE channels (
  tenant_id ${text} NOT NULL,
  bot_id ${text} NOT NULL,
  channel_id ${text} NOT NULL,
  team_id ${text} NOT NULL,
  name ${text},
  type ${text},
  deleted BOOLEAN NOT NULL,
  PRIMARY KEY (tenant_id, bot_id, channel_id)
);
CREATE INDEX channels_of_team ON channels (tenant_id, bot_id, team_id, channel_id);

CREATE TABLE campaigns (
  tenant_id ${text} NOT NULL,
  campaign_id ${text} NOT NULL,
  bot_id ${text} NOT NULL,
  kind ${text} NOT NULL,
  name ${text} NOT NULL,
  state ${text} NOT NULL,
  topic ${text},
  priority SMALLINT NOT NULL,
  send_at BIGINT,
  expires_at BIGINT,
  on_uncertain ${text} NOT NULL,
  rate_per_second DOUBLE PRECISION,
  expansion_part ${text},
  expansion_item INTEGER,
  expansion_after ${text},
  paused_from ${text},
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  started_at BIGINT,
  finished_at BIGINT,
  pending BIGINT NOT NULL DEFAULT 0,
  sending BIGINT NOT NULL DEFAULT 0,
  accepted BIGINT NOT NULL DEFAULT 0,
  failed BIGINT NOT NULL DEFAULT 0,
  skipped BIGINT NOT NULL DEFAULT 0,
  cancelled BIGINT NOT NULL DEFAULT 0,
  uncertain BIGINT NOT NULL DEFAULT 0,
  resent BIGINT NOT NULL DEFAULT 0,
  queue SMALLINT,
  turn BIGINT NOT NULL DEFAULT 0,
  next_due_at BIGINT,
  PRIMARY KEY (tenant_id, campaign_id)
);
CREATE UNIQUE INDEX campaigns_by_id ON campaigns (campaign_id);
CREATE INDEX campaigns_by_age ON campaigns (kind, created_at, campaign_id);
CREATE INDEX campaigns_scheduled ON campaigns (send_at) WHERE state = 'scheduled';
CREATE INDEX campaigns_expanding ON campaigns (created_at) WHERE state = 'expanding';
CREATE INDEX campaigns_open ON campaigns (bot_id, tenant_id) WHERE state IN ('expanding', 'sending');
CREATE INDEX campaigns_in_flight ON campaigns (bot_id, tenant_id, campaign_id) WHERE sending > 0;
CREATE INDEX campaigns_ready ON campaigns (tenant_id, bot_id, priority, turn, campaign_id) WHERE queue = 1;
CREATE INDEX campaigns_waiting ON campaigns (tenant_id, bot_id, priority, next_due_at) WHERE queue = 0;
CREATE INDEX campaigns_unsettled ON campaigns (tenant_id, bot_id, campaign_id) WHERE pending > 0;
CREATE INDEX campaigns_cancelling ON campaigns (updated_at) WHERE state = 'cancelled' AND pending > 0;
CREATE INDEX campaigns_expiring ON campaigns (expires_at) WHERE expires_at IS NOT NULL AND pending > 0;

CREATE TABLE campaign_contents (
  tenant_id ${text} NOT NULL,
  campaign_id ${text} NOT NULL,
  message ${text} NOT NULL,
  audience ${text} NOT NULL,
  PRIMARY KEY (tenant_id, campaign_id)
);

CREATE TABLE campaign_codes (
  tenant_id ${text} NOT NULL,
  campaign_id ${text} NOT NULL,
  state ${text} NOT NULL,
  code ${text} NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, campaign_id, state, code)
);

CREATE TABLE exclusions (
  tenant_id ${text} NOT NULL,
  campaign_id ${text} NOT NULL,
  recipient_key ${text} NOT NULL,
  PRIMARY KEY (tenant_id, campaign_id, recipient_key)
);

CREATE TABLE idempotency_keys (
  tenant_id ${text} NOT NULL,
  bot_id ${text} NOT NULL,
  idempotency_key ${text} NOT NULL,
  fingerprint ${text} NOT NULL,
  campaign_id ${text} NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, bot_id, idempotency_key)
);

-- claimed_fence is set exactly while the state is 'sending'. recipient is NULL for the person that the key names.
CREATE TABLE deliveries (
  tenant_id ${text} NOT NULL,
  campaign_id ${text} NOT NULL,
  recipient_key ${text} NOT NULL,
  state ${text} NOT NULL,
  ordinal BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  claimed_fence BIGINT,
  attempts INTEGER NOT NULL DEFAULT 0,
  resent INTEGER NOT NULL DEFAULT 0,
  first_attempt_at BIGINT,
  updated_at BIGINT NOT NULL,
  code ${text},
  detail ${text},
  conversation_id ${text},
  activity_id ${text},
  latency_ms BIGINT,
  request_id ${text},
  recipient ${text},
  fields ${text},
  PRIMARY KEY (tenant_id, campaign_id, recipient_key)
);
CREATE INDEX deliveries_due ON deliveries (tenant_id, campaign_id, due_at, ordinal, recipient_key) WHERE state = 'pending';
CREATE INDEX deliveries_sending ON deliveries (tenant_id, campaign_id, recipient_key) WHERE state = 'sending';
CREATE INDEX deliveries_coded ON deliveries (tenant_id, campaign_id, state, recipient_key) WHERE code IS NOT NULL;

CREATE TABLE attempts (
  tenant_id ${text} NOT NULL,
  campaign_id ${text} NOT NULL,
  recipient_key ${text} NOT NULL,
  entry BIGINT GENERATED ALWAYS AS IDENTITY,
  number INTEGER NOT NULL,
  operation ${text} NOT NULL,
  at BIGINT NOT NULL,
  outcome ${text} NOT NULL,
  evidence ${text} NOT NULL,
  decision ${text} NOT NULL,
  PRIMARY KEY (tenant_id, campaign_id, recipient_key, entry)
);

CREATE TABLE lanes (
  tenant_id ${text} NOT NULL,
  bot_id ${text} NOT NULL,
  owner ${text},
  fence BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  turn BIGINT NOT NULL DEFAULT 0,
  quiet_until BIGINT,
  PRIMARY KEY (tenant_id, bot_id)
) WITH (fillfactor = 50);

CREATE TABLE inbound_activities (
  tenant_id ${text} NOT NULL,
  conversation_id ${text} NOT NULL,
  activity_id ${text} NOT NULL,
  bot_id ${text} NOT NULL,
  entry BIGINT GENERATED ALWAYS AS IDENTITY,
  received_at BIGINT NOT NULL,
  processed_at BIGINT,
  body ${text} NOT NULL,
  -- By activity before conversation: Teams' ids of activities grow with time, so that new ones share a page of the index.
  PRIMARY KEY (tenant_id, activity_id, conversation_id)
);
CREATE INDEX inbound_activities_waiting ON inbound_activities (bot_id, entry) WHERE processed_at IS NULL;
CREATE INDEX inbound_activities_processed ON inbound_activities (received_at) WHERE processed_at IS NOT NULL;

CREATE TABLE api_keys (
  sha256 ${text} PRIMARY KEY,
  id ${text} NOT NULL UNIQUE,
  name ${text} NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE probe (count BIGINT NOT NULL) WITH (fillfactor = 50);
INSERT INTO probe VALUES (0);
`;
