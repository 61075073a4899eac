import { never } from "../domain/assert.ts";
import type { DirectoryFact, Person } from "../domain/directory.ts";
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
import { recipientKeyOf, teamsIdForm, threadConversationId } from "../domain/teams-id.ts";
import type { Connector } from "./ports/connector.ts";
import type { DirectoryStore, Scope } from "./ports/store.ts";
import { isPassing, memberFact } from "./roster.ts";
import type { Traffic } from "./traffic.ts";

/** What resolving needs. */
export interface Resolver {
  readonly directory: DirectoryStore;
  readonly connector: Connector;
  readonly scope: Scope;
  readonly traffic: Traffic;
  learn(facts: readonly DirectoryFact[]): Promise<void>;
  /** How many more requests may be made to find people by UPN; counted down. */
  lookupsLeft: number;
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

/** Finds out whom one target means. The directory knows most; a UPN it does not know is looked up in the rosters of a few teams. */
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
    case "user": {
      const known = await directory.findPerson(scope, { teamsId: user });
      const unknown = { id: personId(user), aadObjectId: null, teamsId: user };
      return found(personRecipient(known ?? unknown));
    }
    default: {
      const by = { userPrincipalName: user };
      const known = (await directory.findPerson(scope, by)) ?? (await lookUp(resolver, user));
      if (known === "nobody answered")
        return {
          ...refused(
            standInPerson(user),
            "TEAMS_UNAVAILABLE",
            `Teams could not be asked who "${user}" is. Use the Entra object id, or try again.`,
          ),
          isPassing: true,
        };
      if (known !== null) return found(personRecipient(known));
      return refused(
        standInPerson(user),
        "RECIPIENT_UNKNOWN",
        `Nobody we know has the name "${user}". Use the Entra object id, or let the person install the app first.`,
      );
    }
  }
}

/** Asks a few teams whether they have a member of this name. Null where all those that were asked say no. */
async function lookUp(
  resolver: Resolver,
  name: string,
): Promise<Person | "nobody answered" | null> {
  const { directory, connector, scope, traffic } = resolver;
  // Nobody should wait for a lane that does not move.
  if (traffic.circuit.isHalted) return "nobody answered";
  let isSure = true;
  await connector.prepare?.(scope);
  const teams = await directory.listTeams(scope, { limit: teamsAsked });
  for (const team of teams.items) {
    if (team.install === "removed") continue;
    if (resolver.lookupsLeft <= 0) return "nobody answered";
    resolver.lookupsLeft -= 1;
    const at = conversationId(team.id);
    const answer = await traffic.request(
      { use: "members", conversation: at, priority: "normal" },
      () =>
        connector.getMember(
          { ...scope, serviceUrl: team.serviceUrl },
          { conversationId: at, memberId: name },
        ),
    );
    if (answer?.value === undefined) {
      isSure &&= answer !== null && !isPassing(answer.outcome);
      continue;
    }
    await resolver.learn([memberFact(scope.tenantId, answer.value)]);
    const { aadObjectId, teamsId } = answer.value;
    return directory.findPerson(scope, aadObjectId === null ? { teamsId } : { aadObjectId });
  }
  return isSure ? null : "nobody answered";
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
  const { conversation, serviceUrl, user } = reference;
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
  if (user?.aadObjectId !== undefined && conversation.conversationType === "personal") {
    const person = await directory.findPerson(scope, { aadObjectId: user.aadObjectId });
    if (person !== null) return found(personRecipient(person));
  }
  if (!connector.isTrusted(serviceUrl))
    return refused(
      recipient,
      "TARGET_UNSUPPORTED",
      `No token may go to ${serviceUrl}, which the conversation reference names: it is none of Teams' hosts. If it is right, add it to CARILLON_TRUSTED_HOSTS.`,
    );
  return found(stored.ok && stored.recipient.kind === "channel" ? stored.recipient : recipient);
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

const teamsAsked = 5;
