/**
 * What can be decided about a campaign while it runs, and what a delivery's explanation needs. `canary`, `stop_when`, `watched`,
 * `pause_cause` and `retries` are JSON; `held` counts the pending rows that wait for the canary, whose `due_at` is the largest
 * there is.
 */
export const decisions = `
ALTER TABLE campaigns ADD COLUMN canary TEXT;
ALTER TABLE campaigns ADD COLUMN canary_left BIGINT;
ALTER TABLE campaigns ADD COLUMN held BIGINT NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN stop_when TEXT;
ALTER TABLE campaigns ADD COLUMN watched TEXT;
ALTER TABLE campaigns ADD COLUMN pause_cause TEXT;
ALTER TABLE campaigns ADD COLUMN retries TEXT;
CREATE INDEX campaigns_retrying ON campaigns (updated_at) WHERE retries IS NOT NULL;
CREATE INDEX campaigns_of_bot ON campaigns (tenant_id, bot_id, created_at, campaign_id);

ALTER TABLE deliveries ADD COLUMN status INTEGER;
ALTER TABLE deliveries ADD COLUMN retried_at BIGINT;
`;
