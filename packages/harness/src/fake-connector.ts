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
  readonly operation: "create" | "thread" | "send" | "members" | "member" | "team" | "channels";
  readonly at: number;
  readonly address: ConnectorAddress;
  /** The member, conversation, channel or team that the request names. */
  readonly target: string;
  readonly body: string | null;
}

/**
 * A connector that answers from a script, on the clock it is given. Unless the script says otherwise it accepts everything:
 * the same person gives the same conversation, and every message is kept in `messages`.
 */
export class FakeConnector implements Connector {
  readonly requests: FakeRequest[] = [];
  /** What was taken, in order, also where `answerLost` hid it from the sender. */
  readonly messages: { readonly conversationId: string; readonly body: string; at: number }[] = [];
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

  updateActivity(): Promise<Answer<{ readonly activityId: ActivityId | null }>> {
    throw new Error("the engine edits nothing yet");
  }

  deleteActivity(): Promise<Answer<null>> {
    throw new Error("the engine recalls nothing yet");
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
      body: call.body ?? null,
    };
    this.requests.push(request);
    const outcome = this.script(request) ?? otherwise ?? { kind: "accepted" };
    this.inFlight += 1;
    this.inFlightMax = Math.max(this.inFlightMax, this.inFlight);
    await this.#clock.sleep(this.latencyMs, call.signal);
    this.inFlight -= 1;
    const taken = outcome.kind === "accepted" || this.answerLost(request);
    if (taken && request.body !== null)
      this.messages.push({
        conversationId: call.target,
        body: request.body,
        at: this.#clock.now(),
      });
    if (call.signal?.aborted)
      return evidenced({ kind: "uncertain", reason: "timeout" }, this.latencyMs);
    return outcome.kind === "accepted"
      ? { ...evidenced(outcome, this.latencyMs), value: value() }
      : evidenced(outcome, this.latencyMs);
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
