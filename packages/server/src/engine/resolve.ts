import { never } from "../domain/assert.ts";
import type { Person } from "../domain/directory.ts";
import type { ErrorCode } from "../domain/error-codes.ts";
import {
  type ConversationId,
  conversationId,
  personId,
  type RecipientKey,
  recipientKey,
  type TeamId,
  teamId,
} from "../domain/ids.ts";
import type { ConversationReference, Recipient, Target } from "../domain/target.ts";
import { isGuid, recipientKeyOf, teamsIdForm, threadConversationId } from "../domain/teams-id.ts";
import { type LookUpParts, lookUpName, lookUpTeamsId } from "./look-up.ts";

/** What resolving needs. */
export interface Resolver extends LookUpParts {
  /**
   * Whether Teams is asked who a `29:` id is that we never saw. Several names may be one person, who would get the message
   * twice, or although they were left out; where there is one name alone, nobody can be mistaken.
   */
  readonly unseen: "ask" | "ask while lookups are left" | "take as it is";
}

/** One recipient; or why there is none, with a recipient that stands for it in the ledger. */
export type Resolved =
  | { readonly ok: true; readonly recipient: Recipient }
  | {
      readonly ok: false;
      readonly recipient: Recipient;
      readonly code: ErrorCode;
      readonly detail: string;
      /** Teams could not be asked, so it may be found later. */
      readonly isPassing: boolean;
    };

/** Targets that name one recipient each. */
export type SingleTarget = Exclude<Target, { readonly everyone: true }>;

/** Finds out whom one target means. The directory knows most; a UPN it does not know is looked up: see `lookUpName`. */
export async function resolveTarget(resolver: Resolver, target: SingleTarget): Promise<Resolved> {
  if ("user" in target) return resolveUser(resolver, target.user);
  if ("conversation" in target) return resolveConversation(resolver, target.conversation);
  if ("reference" in target) return resolveReference(resolver, target.reference);
  if ("channel" in target) return channelOf(resolver, conversationId(target.channel));
  if ("chat" in target) return resolveConversation(resolver, target.chat);
  if ("thread" in target) {
    const { channel, rootId } = target.thread;
    return found(conversationRecipient(threadConversationId(channel, rootId)));
  }
  if ("team" in target) return channelOf(resolver, conversationId(target.team));
  return never(target, "target");
}

/** The recipient that a person is. */
export function personRecipient(person: Pick<Person, "id" | "aadObjectId" | "teamsId">): Recipient {
  return {
    kind: "person",
    key: recipientKeyOf({ person: person.id }),
    personId: person.id,
    memberId: person.aadObjectId ?? person.teamsId ?? person.id,
  };
}

/** A row that stands for something that is no recipient, such as a team whose roster cannot be read. */
export function standIn(key: RecipientKey, id: ConversationId): Recipient {
  return { kind: "conversation", key, conversationId: id };
}

/** The row that stands for a team. */
export function teamStandIn(id: TeamId): Recipient {
  return standIn(recipientKey(`team:${id}`), conversationId(id));
}

async function resolveUser(resolver: Resolver, user: string): Promise<Resolved> {
  const { directory, scope } = resolver;
  switch (teamsIdForm(user)) {
    case "guid": {
      const known = await directory.findPerson(scope, { aadObjectId: user });
      const unknown = { id: personId(user), aadObjectId: user, teamsId: null };
      return found(personRecipient(known ?? unknown));
    }
    case "user":
      return resolveTeamsId(resolver, user);
    default: {
      const by = { userPrincipalName: user };
      const known = (await directory.findPerson(scope, by)) ?? (await lookUpName(resolver, user));
      if (known === "nobody answered") return unanswered(user);
      if (known !== null) return found(personRecipient(known));
      return refused(standInPerson(user), "RECIPIENT_UNKNOWN", unknownName(resolver, user));
    }
  }
}

async function resolveTeamsId(resolver: Resolver, teamsId: string): Promise<Resolved> {
  const { directory, scope, unseen, lookupsLeft } = resolver;
  const isAsked = unseen === "ask" || (unseen !== "take as it is" && lookupsLeft > 0);
  const known = await directory.findPerson(scope, { teamsId });
  // One who was written to by the `29:` id alone is known by nothing else.
  const hasOneName = known === null || known.aadObjectId === null;
  const person = hasOneName && isAsked ? await lookUpTeamsId(resolver, teamsId) : known;
  if (person === "nobody answered") return unanswered(teamsId);
  const itself = { id: personId(teamsId), aadObjectId: null, teamsId };
  return found(personRecipient(person ?? known ?? itself));
}

async function resolveConversation(resolver: Resolver, id: string): Promise<Resolved> {
  const { directory, scope } = resolver;
  const conversation = conversationId(id);
  const person = await directory.findPerson(scope, { conversationId: conversation });
  if (person !== null) return found(personRecipient(person));
  const form = teamsIdForm(id);
  if (form === "channel") return channelOf(resolver, conversation);
  const stored = await directory.findConversation(scope, conversation);
  if (stored?.personId) {
    const owner = await directory.findPerson(scope, { id: stored.personId });
    if (owner !== null) return found(personRecipient(owner));
  }
  const recipient = conversationRecipient(conversation);
  // Group chats and threads may be tried: the bot may be in one that it never heard of. A personal chat that we do not know is nobody's.
  if (stored !== null || form === "group-chat" || form === "thread") return found(recipient);
  return refused(
    recipient,
    "RECIPIENT_UNKNOWN",
    `The conversation "${id}" is not stored. Give its conversation reference, or name the person.`,
  );
}

async function resolveReference(
  resolver: Resolver,
  reference: ConversationReference,
): Promise<Resolved> {
  const { directory, connector, scope } = resolver;
  const { conversation, serviceUrl } = reference;
  const tenant = conversation.tenantId;
  const recipient: Recipient = {
    ...conversationRecipient(conversationId(conversation.id)),
    serviceUrl,
  };
  if (tenant !== undefined && tenant.toLowerCase() !== scope.tenantId.toLowerCase())
    return refused(
      recipient,
      "TARGET_UNSUPPORTED",
      `The conversation reference is of tenant ${tenant}, and this is sent in tenant ${scope.tenantId}.`,
    );
  const stored = await resolveConversation(resolver, conversation.id);
  if (stored.ok && (await isKnown(resolver, stored.recipient))) return stored;
  const owner = ownerOf(reference);
  const person = owner === null ? null : await directory.findPerson(scope, owner);
  if (person !== null) return found(personRecipient(person));
  if (!connector.isTrusted(serviceUrl))
    return refused(
      recipient,
      "TARGET_UNSUPPORTED",
      `No token may go to ${serviceUrl}, which the conversation reference names: it is none of Teams' hosts. If it is right, add it to CARILLON_TRUSTED_HOSTS.`,
    );
  if (stored.ok && stored.recipient.kind === "channel") return found(stored.recipient);
  // Whoever names the same person by an id means the same recipient.
  if (owner !== null && "aadObjectId" in owner)
    return found({ ...recipient, key: recipientKeyOf({ person: personId(owner.aadObjectId) }) });
  return found(recipient);
}

/** Whose chat a reference is of, by the id that says most; null where it is nobody's personal chat, or does not say. */
function ownerOf({
  conversation,
  user,
}: ConversationReference): { readonly aadObjectId: string } | { readonly teamsId: string } | null {
  const isPersonal =
    conversation.conversationType === "personal" || teamsIdForm(conversation.id) === "personal";
  if (!isPersonal || user === undefined) return null;
  const { aadObjectId, id } = user;
  if (aadObjectId !== undefined && isGuid(aadObjectId))
    return { aadObjectId: aadObjectId.toLowerCase() };
  return teamsIdForm(id) === "user" ? { teamsId: id } : null;
}

/** Whether we have a service URL of our own for it, which wins over one that a caller brought. */
async function isKnown({ directory, scope }: Resolver, recipient: Recipient): Promise<boolean> {
  if (recipient.kind === "person") return true;
  if (recipient.kind === "channel") return recipient.teamId !== undefined;
  return (await directory.findConversation(scope, recipient.conversationId)) !== null;
}

async function channelOf({ directory, scope }: Resolver, id: ConversationId): Promise<Resolved> {
  const channel = await directory.findChannel(scope, id);
  const team = channel === null ? await directory.findTeam(scope, teamId(id)) : null;
  const of = channel?.teamId ?? team?.id;
  const key = recipientKeyOf({ channel: id });
  return found({ kind: "channel", key, channelId: id, ...(of !== undefined && { teamId: of }) });
}

function conversationRecipient(id: ConversationId): Recipient & { readonly kind: "conversation" } {
  return { kind: "conversation", key: recipientKeyOf({ conversation: id }), conversationId: id };
}

function standInPerson(user: string): Recipient {
  const id = personId(user);
  return { kind: "person", key: recipientKeyOf({ person: id }), personId: id, memberId: user };
}

function unknownName({ graph }: Resolver, user: string): string {
  const next = "Use the Entra object id, or let the person install the app first.";
  const refusal =
    graph?.attention?.code === "GRAPH_REFUSED"
      ? " Graph may know, and refuses to say: the service's status has its reason."
      : "";
  return `Nobody we know has the name "${user}". ${next}${refusal}`;
}

function unanswered(user: string): Resolved {
  const detail = `It could not be found out now who "${user}" is. Use the Entra object id, or try again.`;
  return { ...refused(standInPerson(user), "TEAMS_UNAVAILABLE", detail), isPassing: true };
}

function found(recipient: Recipient): Resolved {
  return { ok: true, recipient };
}

function refused(
  recipient: Recipient,
  code: ErrorCode,
  detail: string,
): Extract<Resolved, { readonly ok: false }> {
  return { ok: false, recipient, code, detail, isPassing: false };
}
