/**
 * When a delivery is due that waits for no instant: before every instant there is. What is due at once must not be due by a clock,
 * since whoever claims it may read another one, or one that was set back.
 */
export const atOnceDueAt = 0;

/** When a delivery is due that waits for its campaign's canary: after every instant there is. */
export const heldDueAt = Number.MAX_SAFE_INTEGER;

/** As people are shown it: since it was written, where it was due at once; null where it waits for a canary. */
export function shownDueAt(row: {
  readonly due_at: number;
  readonly updated_at: number;
}): number | null {
  if (row.due_at === heldDueAt) return null;
  return row.due_at === atOnceDueAt ? row.updated_at : row.due_at;
}

/** When deliveries of a new campaign are due that may be sent from `sendAt` on. */
export function firstDueAt({
  sendAt,
  createdAt,
}: {
  readonly sendAt: number | null;
  readonly createdAt: number;
}): number {
  return sendAt === null || sendAt <= createdAt ? atOnceDueAt : sendAt;
}
