/**
 * Gives the planner of a new database figures to begin with. Without any it believes that a tenant's rows are as few as the rows
 * of one key, finds them by the tenant alone, and goes on so while the tables grow, until the server's own analysis, a minute
 * later. So each table holds, while it is analysed, some rows that say what its columns mean: one tenant, one bot, one campaign,
 * and keys that are each another. They are gone before anybody sees them; the server replaces what is known of them by what it
 * finds, and keeps it where it finds nothing.
 */
export const firstFigures = `
INSERT INTO directories (tenant_id, bot_id) SELECT 't', 'b' || n FROM generate_series(1, 500) AS n;
INSERT INTO people (tenant_id, bot_id, person_id, former_id, teams_id, upn_folded, email_folded, name_folded, install,
    conversation_id, updated_at)
  SELECT 't', 'b', n, n, n, n, n, n, 'installed', n, 0 FROM generate_series(1, 500) AS n;
INSERT INTO conversations (tenant_id, bot_id, conversation_id, kind, service_url, updated_at)
  SELECT 't', 'b', n, 'groupChat', 's', 0 FROM generate_series(1, 500) AS n;
INSERT INTO teams (tenant_id, bot_id, team_id, service_url, install, archived, updated_at)
  SELECT 't', 'b', n, 's', 'installed', false, 0 FROM generate_series(1, 500) AS n;
INSERT INTO channels (tenant_id, bot_id, channel_id, team_id, deleted)
  SELECT 't', 'b', n, n / 5, false FROM generate_series(1, 500) AS n;
INSERT INTO campaigns (tenant_id, bot_id, campaign_id, kind, name, state, priority, on_uncertain, created_at, updated_at)
  SELECT 't', 'b', n, 'campaign', 'n', 'finished', 1, 'resend', n, n FROM generate_series(1, 500) AS n;
INSERT INTO campaign_contents (tenant_id, campaign_id, message, audience)
  SELECT 't', n, 'm', 'a' FROM generate_series(1, 500) AS n;
INSERT INTO campaign_codes (tenant_id, campaign_id, state, code, count)
  SELECT 't', n, 'failed', 'c', 1 FROM generate_series(1, 500) AS n;
INSERT INTO exclusions (tenant_id, campaign_id, recipient_key) SELECT 't', 'c', n FROM generate_series(1, 500) AS n;
INSERT INTO idempotency_keys (tenant_id, bot_id, idempotency_key, fingerprint, campaign_id, created_at)
  SELECT 't', 'b', n, 'f', n, 0 FROM generate_series(1, 500) AS n;
INSERT INTO deliveries (tenant_id, campaign_id, recipient_key, state, ordinal, due_at, updated_at, code)
  SELECT 't', 'c', n, (ARRAY['pending', 'sending', 'accepted', 'failed'])[n % 4 + 1], n, n, 0, 'c'
  FROM generate_series(1, 500) AS n;
INSERT INTO attempts (tenant_id, campaign_id, recipient_key, number, operation, at, outcome, evidence, decision)
  SELECT 't', 'c', n, 1, 'send', 0, 'o', 'e', 'd' FROM generate_series(1, 500) AS n;
INSERT INTO lanes (tenant_id, bot_id, fence, lease_until) SELECT n, 'b', 1, 0 FROM generate_series(1, 500) AS n;
INSERT INTO inbound_activities (tenant_id, bot_id, conversation_id, activity_id, received_at, body)
  SELECT 't', 'b', n / 5, n, n, 'b' FROM generate_series(1, 500) AS n;
ANALYZE directories, people, conversations, teams, channels, campaigns, campaign_contents, campaign_codes, exclusions,
  idempotency_keys, deliveries, attempts, lanes, inbound_activities;
DELETE FROM directories; DELETE FROM people; DELETE FROM conversations; DELETE FROM teams; DELETE FROM channels;
DELETE FROM campaigns; DELETE FROM campaign_contents; DELETE FROM campaign_codes; DELETE FROM exclusions;
DELETE FROM idempotency_keys; DELETE FROM deliveries; DELETE FROM attempts; DELETE FROM lanes;
DELETE FROM inbound_activities;
`;
