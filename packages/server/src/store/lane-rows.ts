import { atOnceDueAt } from "./due-at.ts";

/**
 * Whether something in a lane `l` may wait for an instant that a turn has written: a delivery, also one behind others of its campaign
 * that are due at once, or the end of a time of quiet.
 */
export const waitsForInstant = `(
  EXISTS (SELECT 1 FROM campaigns c WHERE c.tenant_id = l.tenant_id AND c.bot_id = l.bot_id AND c.queue = 1)
  OR EXISTS (SELECT 1 FROM campaigns c
    WHERE c.tenant_id = l.tenant_id AND c.bot_id = l.bot_id AND c.queue = 0 AND (c.next_due_at > ${atOnceDueAt} OR c.pending > 1))
  OR l.quiet_until > l.turned_at
  OR EXISTS (SELECT 1 FROM quiet_places q
    WHERE q.tenant_id = l.tenant_id AND q.bot_id = l.bot_id AND q.quiet_until > l.turned_at))`;
