/** Edits, recalls, and campaigns that are recalled at a time. */
export const changes = `
ALTER TABLE campaigns ADD COLUMN change_of TEXT COLLATE "C";
ALTER TABLE campaigns ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN recall_at BIGINT;
ALTER TABLE campaigns ADD COLUMN recalled_at BIGINT;
CREATE UNIQUE INDEX campaigns_changes ON campaigns (tenant_id, change_of, revision) WHERE change_of IS NOT NULL;
CREATE INDEX campaigns_to_recall ON campaigns (recall_at)
  WHERE recall_at IS NOT NULL AND recalled_at IS NULL AND state <> 'draft';

-- The message before the first edit, or NULL where there was none.
ALTER TABLE campaign_contents ADD COLUMN original TEXT;

-- The campaign's revision when the row was claimed last.
ALTER TABLE deliveries ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
`;
