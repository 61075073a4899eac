/** Campaigns with deliveries of which nobody knows whether they arrived. */
export const uncertain = `
CREATE INDEX campaigns_uncertain ON campaigns (bot_id, created_at, campaign_id) WHERE uncertain > 0;
`;
