import {
  indexOfAadObjectId,
  indexOfAddress,
  indexOfConversation,
  indexOfTeamsId,
  type PersonSource,
} from "../tenant/person.ts";

/** The index of the person that a reference names (index, object id, UPN, `29:` id, personal conversation), or null. */
export function findPerson(source: PersonSource, ref: number | string): number | null {
  if (typeof ref === "number")
    return Number.isInteger(ref) && ref >= 0 && ref < source.people ? ref : null;
  if (ref.startsWith("29:")) return indexOfTeamsId(source, ref);
  if (ref.startsWith("a:")) return indexOfConversation(source, ref);
  if (ref.includes("@")) return indexOfAddress(source, ref);
  if (/^\d{1,9}$/.test(ref)) return findPerson(source, Number(ref));
  return indexOfAadObjectId(source, ref);
}
