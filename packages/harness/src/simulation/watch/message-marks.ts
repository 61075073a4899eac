/** Every message of a simulation says which campaign or notification it belongs to, so that what arrived can be matched. */
export const markOf = (index: number | string): string => `mark-${index}-`;

/** The mark in a message's body, or null. */
export function markIn(body: string): string | null {
  return /mark-[a-z0-9]+-/.exec(body)?.[0] ?? null;
}

/** What a message says beside its mark once it was edited: which edit it was, by the order of asking from 1 on. */
export const editionOf = (number: number): string => `edition-${number}-`;

/** Which edit a message's body comes from; 0 for what was sent first. */
export function editionIn(body: string): number {
  return Number(/edition-(\d+)-/.exec(body)?.[1] ?? 0);
}
