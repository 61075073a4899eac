/** What several processes on one database need. */
export const processes = `
CREATE INDEX campaigns_under_way ON campaigns (bot_id, created_at, campaign_id)
  WHERE kind = 'campaign' AND state IN ('scheduled', 'expanding', 'sending', 'paused');
`;
