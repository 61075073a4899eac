import { personId, type RecipientKey } from "../domain/ids.ts";
import type { JsonObject } from "../domain/message.ts";
import type { Recipient } from "../domain/target.ts";

/** The recipient of a row: the person whom the key names where nothing else was stored. */
export function recipientOf(key: RecipientKey, stored: string | null): Recipient {
  if (stored !== null) return JSON.parse(stored) as Recipient; // written by `storedRecipient`
  const id = key.slice(userKey.length);
  return { kind: "person", key, personId: personId(id), memberId: id };
}

/** The `${field}` values stored with a row. */
export function fieldsOf(stored: string | null): JsonObject | null {
  return stored === null ? null : (JSON.parse(stored) as JsonObject); // written by `JSON.stringify` beside the recipient
}

/** What the keys of people begin with; the rest is the person's id. */
export const userKey = "user:";

/** What is stored of a recipient: nothing for the person that the key names. */
export function storedRecipient(recipient: Recipient): string | null {
  const isPlain =
    recipient.kind === "person" &&
    recipient.key === `${userKey}${recipient.personId}` &&
    recipient.memberId === recipient.personId;
  return isPlain ? null : JSON.stringify(recipient);
}
