import { atOnceDueAt } from "./due-at.ts";

/**
 * Whether something in a lane `l` waits for an instant that a turn may have written: a delivery, or the end of a time of quiet.
 */
export const waitsForInstant = `(
  EXISTS (SELECT 1 FROM campaigns c WHERE c.tenant_id = l.tenant_id AND c.bot_id = l.bot_id AND c.queue = 1)
  OR EXISTS (SELECT 1 FROM campaigns c
    WHERE c.tenant_id = l.tenant_id AND c.bot_id = l.bot_id AND c.queue = 0 AND c.next_due_at > ${atOnceDueAt})
  OR l.quiet_until > l.turned_at
  OR EXISTS (SELECT 1 FROM quiet_places q
    WHERE q.tenant_id = l.tenant_id AND q.bot_id = l.bot_id AND q.quiet_until > l.turned_at))`;
