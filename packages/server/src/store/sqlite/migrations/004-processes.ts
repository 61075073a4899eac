/** What several processes on one database need. */
export const processes = `
CREATE INDEX campaigns_under_way ON campaigns (bot_id, created_at, campaign_id)
  WHERE kind = 'campaign' AND state IN ('scheduled', 'expanding', 'sending', 'paused');

-- worker and lease_until are set exactly while a job runs. put_at is when due_at was written. Jobs are the installation's, so they have no tenant.
CREATE TABLE jobs (
  bot_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  job_key TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  worker TEXT,
  fence INTEGER NOT NULL DEFAULT 0,
  lease_until INTEGER,
  note TEXT,
  put_at INTEGER NOT NULL,
  PRIMARY KEY (bot_id, kind, job_key)
) WITHOUT ROWID;
CREATE INDEX jobs_waiting ON jobs (bot_id, kind, due_at, job_key) WHERE worker IS NULL;
CREATE INDEX jobs_running ON jobs (bot_id, kind, lease_until, job_key) WHERE worker IS NOT NULL;
`;
