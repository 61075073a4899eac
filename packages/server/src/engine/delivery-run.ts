import { isChange } from "../domain/campaign.ts";
import type { DirectoryFact, PersonFields } from "../domain/directory.ts";
import type { ConversationId } from "../domain/ids.ts";
import type { Recipient } from "../domain/target.ts";
import { baseConversationId, isGuid } from "../domain/teams-id.ts";
import type { OpenCampaign } from "./campaign-cache.ts";
import type { Visitor } from "./conversation-turns.ts";
import type { PostponedDelivery } from "./ports/slot-store.ts";
import type { Attempt, ClaimedDelivery, Operation } from "./ports/store.ts";
import type { Place } from "./throttles.ts";

/** One claimed delivery while it is worked on: what was found out so far in this turn. */
export interface DeliveryRun {
  readonly claim: ClaimedDelivery;
  readonly campaign: OpenCampaign;
  /** The delivery as its conversation knows it. */
  readonly visitor: Visitor;
  conversationId: ConversationId | null;
  serviceUrl: string | null;
  /** Healed already in this delivery; each is done once. */
  recreated: boolean;
  hostSwitched: boolean;
  tokenRenewed: boolean;
  /** Whether the message itself was asked to be taken, in this turn. */
  isTried: boolean;
  /** Requests made in this turn. */
  requests: number;
  firstAttemptAt: number | null;
  readonly attempts: Attempt[];
  /** Whether each request of this turn was accepted, so that the ledger needs no record of them. */
  smooth: boolean;
  /** Settled, or no longer ours to settle. */
  isOver: boolean;
}

/** A run at its beginning. */
export function beginRun(
  claim: ClaimedDelivery,
  campaign: OpenCampaign,
  lastServiceUrl: string | null,
): DeliveryRun {
  const { recipient } = claim;
  const brought = recipient.kind === "conversation" ? recipient.serviceUrl : undefined;
  return {
    claim,
    campaign,
    visitor: visitorOf(claim),
    conversationId:
      claim.posted?.conversationId ??
      (recipient.kind === "conversation" ? recipient.conversationId : claim.conversationId),
    serviceUrl: claim.serviceUrl ?? claim.person?.serviceUrl ?? brought ?? lastServiceUrl,
    recreated: false,
    hostSwitched: false,
    tokenRenewed: false,
    isTried: false,
    requests: 0,
    firstAttemptAt: null,
    attempts: [],
    smooth: true,
    isOver: false,
  };
}

/** The delivery as its conversation knows it: where its messages go one after another, and who it is. */
export function visitorOf(claim: ClaimedDelivery): Visitor {
  // What its process took along was perhaps never tried, and nobody answered it.
  const isRetry = claim.attempts > claim.resent;
  return { ...identityOf(claim), isRetry, isFromBefore: false };
}

/** The same for one that an earlier holder of the lane put off. */
export function postponedVisitor(postponed: PostponedDelivery): Visitor {
  return { ...identityOf(postponed), isRetry: false, isFromBefore: true };
}

function identityOf({
  campaignId,
  entry,
  recipient,
  priority,
}: Pick<PostponedDelivery, "campaignId" | "entry" | "recipient" | "priority">) {
  return {
    conversation: turnKeyOf(recipient),
    campaignId,
    entry,
    key: `${campaignId} ${recipient.key}`,
    trafficClass: priority,
  };
}

/** Names the conversation in which a recipient's messages go one after another. */
export function turnKeyOf(recipient: Recipient): string {
  if (recipient.kind === "person") return recipient.key;
  return baseConversationId(
    recipient.kind === "channel" ? recipient.channelId : recipient.conversationId,
  );
}

/** The next request that the delivery needs. */
export function nextOperation(run: DeliveryRun): Operation {
  const { kind } = run.campaign.row;
  if (isChange(kind)) return kind === "edit" ? "update" : "delete";
  if (run.claim.recipient.kind === "channel") return "create-thread";
  return run.conversationId === null ? "create-conversation" : "send";
}

/** What the request counts as, and where. */
export function placeOf(run: DeliveryRun, operation: Operation): Place {
  const { conversation } = run.visitor;
  if (operation === "create-conversation" || operation === "create-thread")
    return { use: "create", conversation };
  return { use: operation, conversation: baseConversationId(run.conversationId ?? conversation) };
}

/** How a fact names the person that a delivery is for. */
export function personFieldsOf({ person, recipient }: ClaimedDelivery): PersonFields {
  if (person !== null)
    return {
      ...(person.aadObjectId !== null && { aadObjectId: person.aadObjectId }),
      ...(person.teamsId !== null && { teamsId: person.teamsId }),
    };
  if (recipient.kind !== "person") return {};
  return isGuid(recipient.memberId)
    ? { aadObjectId: recipient.memberId }
    : { teamsId: recipient.memberId };
}

/**
 * A person's chat, as an accepted answer taught it; null where no verified service URL is known to keep beside it, and for a
 * change, whose chat may be one of old.
 */
export function conversationFact(run: DeliveryRun): DirectoryFact | null {
  const { claim, conversationId, serviceUrl, campaign } = run;
  if (conversationId === null || serviceUrl === null || claim.posted !== null) return null;
  if (claim.recipient.kind !== "person") return null;
  return {
    fact: "personal-conversation",
    tenantId: campaign.row.tenantId,
    person: personFieldsOf(claim),
    conversationId,
    serviceUrl,
  };
}
