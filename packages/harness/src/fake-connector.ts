import type { Channel } from "../../server/src/domain/directory.ts";
import {
  type ActivityId,
  activityId,
  type ConversationId,
  conversationId,
} from "../../server/src/domain/ids.ts";
import type { Evidence, Outcome } from "../../server/src/domain/outcome.ts";
import type { Signal } from "../../server/src/domain/signal.ts";
import type {
  Answer,
  Connector,
  ConnectorAddress,
  RosterMember,
  RosterPage,
} from "../../server/src/engine/ports/connector.ts";
import type { Clock } from "../../server/src/engine/ports/runtime.ts";

/** One request that reached the fake. */
export interface FakeRequest {
  readonly operation:
    | "create"
    | "thread"
    | "send"
    | "update"
    | "delete"
    | "members"
    | "member"
    | "team"
    | "channels";
  readonly at: number;
  readonly address: ConnectorAddress;
  /** The member, conversation, channel or team that the request names. */
  readonly target: string;
  /** The message that an update or a delete names. */
  readonly activityId?: ActivityId;
  readonly body: string | null;
}

/** A message that was taken, as people see it now. */
export interface FakeMessage {
  readonly conversationId: string;
  /** Null where the answer named none. */
  readonly activityId: ActivityId | null;
  body: string;
  readonly at: number;
  /** Every body that it had, in order; null for its deletion. */
  readonly editions: (string | null)[];
  deleted: boolean;
}

/**
 * A connector that answers from a script, on the clock it is given. Unless the script says otherwise it accepts everything:
 * the same person gives the same conversation, and every message is kept in `messages`.
 */
export class FakeConnector implements Connector {
  readonly requests: FakeRequest[] = [];
  /** What was taken, in order, also where `answerLost` hid it from the sender. */
  readonly messages: FakeMessage[] = [];
  readonly rosters = new Map<string, readonly RosterMember[]>();
  readonly channels = new Map<string, readonly Channel[]>();
  /** Says how a request ends; undefined accepts it. Asked when the request starts. */
  script: (request: FakeRequest) => Outcome | undefined = () => undefined;
  /** Whether a message is taken although its outcome is not `accepted`. */
  answerLost: (request: FakeRequest) => boolean = () => false;
  latencyMs = 20;
  prepare: NonNullable<Connector["prepare"]> = () => null;
  trusted: (serviceUrl: string) => boolean = () => true;
  alternate: string | null = null;
  inFlight = 0;
  inFlightMax = 0;
  readonly #clock: Clock;
  #activities = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The requests that carried a message. */
  get sends(): readonly FakeRequest[] {
    return this.requests.filter(({ operation }) => operation === "send" || operation === "thread");
  }

  createPersonalConversation(
    address: ConnectorAddress,
    request: { readonly memberId: string },
    signal?: Signal,
  ): Promise<Answer<{ readonly conversationId: ConversationId }>> {
    return this.#answer({ operation: "create", address, target: request.memberId, signal }, () => ({
      conversationId: conversationId(`a:${request.memberId}`),
    }));
  }

  createChannelThread(
    address: ConnectorAddress,
    request: { readonly channelId: ConversationId; readonly body: string },
    signal?: Signal,
  ): Promise<
    Answer<{ readonly conversationId: ConversationId; readonly activityId: ActivityId | null }>
  > {
    const { channelId: target, body } = request;
    return this.#answer({ operation: "thread", address, target, body, signal }, () => {
      const id = this.#nextActivity();
      return { conversationId: conversationId(`${target};messageid=${id}`), activityId: id };
    });
  }

  sendActivity(
    address: ConnectorAddress,
    request: { readonly conversationId: ConversationId; readonly body: string },
    signal?: Signal,
  ): Promise<Answer<{ readonly activityId: ActivityId | null }>> {
    const { conversationId: target, body } = request;
    return this.#answer({ operation: "send", address, target, body, signal }, () => ({
      activityId: this.#nextActivity(),
    }));
  }

  updateActivity(
    address: ConnectorAddress,
    request: {
      readonly conversationId: ConversationId;
      readonly activityId: ActivityId;
      readonly body: string;
    },
    signal?: Signal,
  ): Promise<Answer<{ readonly activityId: ActivityId | null }>> {
    const { conversationId: target, activityId: id, body } = request;
    const call = { operation: "update", address, target, activityId: id, body, signal } as const;
    return this.#answer(call, () => ({ activityId: id }), this.#goneUnlessThere(id));
  }

  deleteActivity(
    address: ConnectorAddress,
    request: { readonly conversationId: ConversationId; readonly activityId: ActivityId },
    signal?: Signal,
  ): Promise<Answer<null>> {
    const { conversationId: target, activityId: id } = request;
    const call = { operation: "delete", address, target, activityId: id, signal } as const;
    return this.#answer(call, () => null, this.#goneUnlessThere(id));
  }

  getMembersPage(
    address: ConnectorAddress,
    request: {
      readonly conversationId: ConversationId;
      readonly pageSize: number;
      readonly continuationToken?: string;
    },
    signal?: Signal,
  ): Promise<Answer<RosterPage>> {
    const { conversationId: target, pageSize, continuationToken } = request;
    return this.#answer({ operation: "members", address, target, signal }, () => {
      const roster = this.rosters.get(target) ?? [];
      const start = continuationToken === undefined ? 0 : Number(continuationToken);
      const end = start + Math.min(500, Math.max(50, pageSize));
      const members = roster.slice(start, end);
      return end < roster.length ? { members, continuationToken: String(end) } : { members };
    });
  }

  getMember(
    address: ConnectorAddress,
    request: { readonly conversationId: ConversationId; readonly memberId: string },
    signal?: Signal,
  ): Promise<Answer<RosterMember>> {
    const found = (this.rosters.get(request.conversationId) ?? []).find((member) =>
      [member.teamsId, member.aadObjectId, member.userPrincipalName].includes(request.memberId),
    );
    const call = { operation: "member", address, target: request.memberId, signal } as const;
    const missing: Outcome = { kind: "unreachable", reason: "not-in-roster" };
    return found === undefined
      ? this.#answer(call, () => neverAnswered, missing)
      : this.#answer(call, () => found);
  }

  getTeam(
    address: ConnectorAddress,
    request: { readonly teamId: string },
    signal?: Signal,
  ): Promise<Answer<{ readonly name: string | null; readonly aadGroupId: string | null }>> {
    return this.#answer({ operation: "team", address, target: request.teamId, signal }, () => ({
      name: null,
      aadGroupId: null,
    }));
  }

  getChannels(
    address: ConnectorAddress,
    request: { readonly teamId: string },
    signal?: Signal,
  ): Promise<Answer<readonly Channel[]>> {
    return this.#answer(
      { operation: "channels", address, target: request.teamId, signal },
      () => this.channels.get(request.teamId) ?? [],
    );
  }

  alternateServiceUrl(): string | null {
    return this.alternate;
  }

  isTrusted(serviceUrl: string): boolean {
    return this.trusted(serviceUrl);
  }

  async #answer<T>(call: Call, value: () => T, otherwise?: Outcome): Promise<Answer<T>> {
    const request: FakeRequest = {
      operation: call.operation,
      at: this.#clock.now(),
      address: call.address,
      target: call.target,
      ...(call.activityId !== undefined && { activityId: call.activityId }),
      body: call.body ?? null,
    };
    this.requests.push(request);
    const outcome = this.script(request) ?? otherwise ?? { kind: "accepted" };
    this.inFlight += 1;
    this.inFlightMax = Math.max(this.inFlightMax, this.inFlight);
    await this.#clock.sleep(this.latencyMs, call.signal);
    this.inFlight -= 1;
    const given = outcome.kind === "accepted" ? value() : undefined;
    if (outcome.kind === "accepted" || this.answerLost(request)) this.#take(request, given);
    if (call.signal?.aborted)
      return evidenced({ kind: "uncertain", reason: "timeout" }, this.latencyMs);
    return given === undefined
      ? evidenced(outcome, this.latencyMs)
      : { ...evidenced(outcome, this.latencyMs), value: given };
  }

  /** What a request does to the messages that people see. */
  #take({ operation, target, activityId: named, body }: FakeRequest, given: unknown): void {
    if (named !== undefined) {
      const message = this.message(named);
      if (message === undefined || message.deleted) return;
      message.editions.push(body);
      if (operation === "delete") message.deleted = true;
      else message.body = body ?? "";
    } else if (body !== null)
      this.messages.push({
        conversationId: target,
        // The answers of sends and new threads name it; where none was given, the answer was lost.
        activityId: (given as { readonly activityId?: ActivityId | null })?.activityId ?? null,
        body,
        at: this.#clock.now(),
        editions: [body],
        deleted: false,
      });
  }

  /** The message with this id. */
  message(id: ActivityId): FakeMessage | undefined {
    return this.messages.find((message) => message.activityId === id);
  }

  #goneUnlessThere(id: ActivityId): Outcome | undefined {
    const message = this.message(id);
    return message === undefined || message.deleted
      ? { kind: "unreachable", reason: "activity-gone" }
      : undefined;
  }

  #nextActivity(): ActivityId {
    this.#activities += 1;
    return activityId(String(1_700_000_000_000 + this.#activities));
  }
}

interface Call {
  readonly operation: FakeRequest["operation"];
  readonly address: ConnectorAddress;
  readonly target: string;
  readonly activityId?: ActivityId;
  readonly body?: string;
  readonly signal: Signal | undefined;
}

// Stands for the value of an answer that has none: `value` is asked for only where the outcome is `accepted`.
const neverAnswered: RosterMember = {
  teamsId: "",
  aadObjectId: null,
  name: null,
  givenName: null,
  surname: null,
  email: null,
  userPrincipalName: null,
  userRole: null,
};

function evidenced(outcome: Outcome, latencyMs: number): { outcome: Outcome; evidence: Evidence } {
  const retryAfterMs = outcome.kind === "throttled" ? outcome.retryAfterMs : null;
  return {
    outcome,
    evidence: {
      status: statusOf(outcome),
      platformCode: null,
      subCode: null,
      detail: outcome.kind === "accepted" ? null : `scripted: ${outcome.kind}`,
      requestId: null,
      retryAfterMs,
      latencyMs,
    },
  };
}

function statusOf(outcome: Outcome): number | null {
  switch (outcome.kind) {
    case "accepted":
      return 201;
    case "throttled":
      return 429;
    case "unreachable":
      return outcome.reason.endsWith("-gone") ? 404 : 403;
    case "unauthorized":
      return 401;
    case "rejected":
      return 400;
    case "transient":
    case "uncertain":
      return null;
  }
}
