/**
 * The order in which things were asked for, as the store itself numbers them. `entry`: campaigns as they were stored.
 * `retries_asked`: how many retries somebody has asked for; `retries_before`: how many, when the row ended. `turned_at`: the
 * instant of the lane's last turn, by the clock of whoever took it. `quiet_ms`: for how long it is to be quiet from its next turn on.
 */
export const order = `
ALTER TABLE campaigns ADD COLUMN entry INTEGER NOT NULL DEFAULT 0;
UPDATE campaigns SET entry = n.entry FROM (
    SELECT campaign_id, row_number() OVER (ORDER BY created_at, campaign_id) AS entry FROM campaigns) AS n
  WHERE n.campaign_id = campaigns.campaign_id;
CREATE UNIQUE INDEX campaigns_by_entry ON campaigns (entry);
DROP INDEX campaigns_ready;
DROP INDEX campaigns_waiting;
CREATE INDEX campaigns_ready ON campaigns (tenant_id, bot_id, priority, turn, entry) WHERE queue = 1;
CREATE INDEX campaigns_waiting ON campaigns (tenant_id, bot_id, priority, next_due_at, entry) WHERE queue = 0;

-- What waits to be carried out was asked for before there were numbers: it is the first.
ALTER TABLE campaigns ADD COLUMN retries_asked INTEGER NOT NULL DEFAULT 0;
UPDATE campaigns SET retries_asked = 1 WHERE retries IS NOT NULL;
ALTER TABLE deliveries ADD COLUMN retries_before INTEGER NOT NULL DEFAULT 0;

ALTER TABLE lanes ADD COLUMN turned_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lanes ADD COLUMN quiet_ms INTEGER;
`;
