/** Every message of a simulation says which campaign or notification it belongs to, so that what arrived can be matched. */
export const markOf = (index: number | string): string => `mark-${index}-`;

/** The mark in a message's body, or null. */
export function markIn(body: string): string | null {
  return /mark-[a-z0-9]+-/.exec(body)?.[0] ?? null;
}
