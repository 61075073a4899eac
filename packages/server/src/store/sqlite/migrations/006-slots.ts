/** Requests that processes without a lane ask its holder for, and conversations that Teams asked to be left alone. */
export const slots = `
CREATE TABLE lane_slots (
  tenant_id TEXT NOT NULL,
  bot_id TEXT NOT NULL,
  slot_id TEXT NOT NULL,
  thread_use TEXT NOT NULL,
  conversation TEXT NOT NULL,
  priority INTEGER NOT NULL,
  asked_at INTEGER NOT NULL,
  granted INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, bot_id, slot_id)
) WITHOUT ROWID;
CREATE INDEX lane_slots_of_bot ON lane_slots (bot_id, tenant_id);

CREATE TABLE quiet_places (
  tenant_id TEXT NOT NULL,
  bot_id TEXT NOT NULL,
  thread_use TEXT NOT NULL,
  conversation TEXT NOT NULL,
  quiet_until INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, bot_id, thread_use, conversation)
) WITHOUT ROWID;
`;
