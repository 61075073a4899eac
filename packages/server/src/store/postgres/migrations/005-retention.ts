/**
 * What retention has removed, and since when. `kept` is 2 while everything is there, 1 without attempts, 0 without recipients.
 */
export const retention = `
ALTER TABLE campaigns ADD COLUMN attempts_forgotten_at BIGINT;
ALTER TABLE campaigns ADD COLUMN recipients_forgotten_at BIGINT;
ALTER TABLE campaigns ADD COLUMN kept SMALLINT NOT NULL DEFAULT 2;
CREATE INDEX campaigns_with_attempts ON campaigns (bot_id, finished_at, campaign_id) WHERE finished_at IS NOT NULL AND kept > 1;
CREATE INDEX campaigns_with_recipients ON campaigns (bot_id, finished_at, campaign_id) WHERE finished_at IS NOT NULL AND kept > 0;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (bot_id, created_at);
`;
