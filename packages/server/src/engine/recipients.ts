import type { Person } from "../domain/directory.ts";
import { ProblemError } from "../domain/errors.ts";
import { conversationId, personId, type RecipientKey, recipientKey } from "../domain/ids.ts";
import { recipientKeyOf, teamsIdForm } from "../domain/teams-id.ts";
import type { Campaign, Delivery, Store } from "./ports/store.ts";

/** The keys under which a person may have deliveries: the one of now first, then the one from before the object id was known. */
export function keysOf({ id, teamsId }: Pick<Person, "id" | "teamsId">): readonly RecipientKey[] {
  const keys = [id, ...(teamsId === null ? [] : [personId(teamsId)])];
  return [...new Set(keys.map((one) => recipientKeyOf({ person: one })))];
}

/**
 * A campaign's delivery to somebody: by the key that the delivery has, or by object id, UPN, `29:` id or conversation id.
 * Throws DELIVERY_UNKNOWN.
 */
export async function deliveryTo(
  { directory, ledger }: Pick<Store, "directory" | "ledger">,
  campaign: Pick<Campaign, "id" | "botId" | "tenantId">,
  recipient: string,
): Promise<Delivery> {
  for (const key of await keysFor(directory, campaign, recipient)) {
    const delivery = await ledger.getDelivery(campaign.id, key);
    if (delivery !== null) return delivery;
  }
  throw new ProblemError("DELIVERY_UNKNOWN", {
    detail: `${campaign.id} has no delivery to "${recipient}".`,
  });
}

async function keysFor(
  directory: Store["directory"],
  scope: Pick<Campaign, "botId" | "tenantId">,
  recipient: string,
): Promise<readonly RecipientKey[]> {
  const itself = recipientKey(recipient);
  const find = async (by: Parameters<Store["directory"]["findPerson"]>[1]) => {
    const person = await directory.findPerson(scope, by);
    return person === null ? [] : keysOf(person);
  };
  if (recipient.startsWith("user:"))
    return [itself, ...(await find({ id: personId(recipient.slice("user:".length)) }))];
  switch (teamsIdForm(recipient)) {
    case "guid":
      return [
        recipientKey(`user:${recipient.toLowerCase()}`),
        ...(await find({ aadObjectId: recipient })),
      ];
    case "user":
      return [...(await find({ teamsId: recipient })), recipientKey(`user:${recipient}`)];
    case "upn":
      return [...(await find({ userPrincipalName: recipient })), recipientKey(`user:${recipient}`)];
    case "other":
      return [itself];
    default: {
      const conversation = conversationId(recipient);
      return [...(await find({ conversationId: conversation })), recipientKeyOf({ conversation })];
    }
  }
}
