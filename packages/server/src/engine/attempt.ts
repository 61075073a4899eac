import { assert } from "../domain/assert.ts";
import { isChange } from "../domain/campaign.ts";
import type { DirectoryFact } from "../domain/directory.ts";
import type { RecipientFields, RenderRefusal } from "../domain/message.ts";
import type { Metrics } from "../domain/metrics.ts";
import { type FailedOutcome, retryDecision } from "../domain/retry-policy.ts";
import type { Signal } from "../domain/signal.ts";
import type { Verdict } from "./admission.ts";
import { conversationFact, type DeliveryRun, nextOperation, placeOf } from "./delivery-run.ts";
import { factsOf } from "./outcome-facts.ts";
import type { Connector } from "./ports/connector.ts";
import type { Rng } from "./ports/runtime.ts";
import type { ClaimedDelivery, Operation, Settlement } from "./ports/store.ts";
import { type DeliveryAnswer, makeRequest } from "./requests.ts";
import type { ServiceUrls } from "./service-urls.ts";
import { accepted, decided, ended, pending, record, type Tried, uncertain } from "./settle.ts";
import type { SteadyClock } from "./steady-clock.ts";
import type { Traffic } from "./traffic.ts";

/** What a delivery needs of its lane. */
export interface DeliveryLane {
  readonly clock: SteadyClock;
  readonly rng: Rng;
  readonly connector: Connector;
  readonly serviceUrls: Pick<ServiceUrls, "last">;
  readonly metrics: Metrics;
  readonly traffic: Traffic;
  /** Cuts waits short: the lane ends. */
  readonly closing: Signal;
  /** Cuts requests short: nobody waits for them any more. */
  readonly abandon: Signal;
  /** Takes what was learnt; it is written with the settlement. */
  learn(fact: DirectoryFact): void;
}

/**
 * Works on one claimed delivery until it is settled: waits for its turn in the conversation, creates the conversation where
 * none is stored, sends, heals a conversation that is gone and a wrong host once each. The campaign's state and the
 * recipient's are checked before each request. Never rejects but for a broken invariant.
 */
export async function deliver(lane: DeliveryLane, run: DeliveryRun): Promise<Settlement> {
  const { turns } = lane.traffic;
  // More of them than can go soon would only fill the lane's memory.
  const comeBackAt = turns.comeBackAt(run.visitor, lane.clock.now());
  if (comeBackAt !== null) return pending(run, comeBackAt);
  const isFirst = turns.tryEnter(run.visitor);
  if (!isFirst) await turns.enter(run.visitor);
  try {
    // Whoever stood before us may have been given back, and must not be overtaken.
    const goBackAt = isFirst ? null : turns.goBackAt(run.visitor, lane.clock.now());
    if (goBackAt !== null) return pending(run, goBackAt);
    if (!isFirst && lane.traffic.circuit.isHalted) return sentBack(lane, run, lane.clock.now());
    return await requestUntilSettled(lane, run);
  } finally {
    turns.leave(run.visitor);
  }
}

/** Back to the ledger before the message was tried: it keeps its place among those for the same conversation. */
function sentBack(
  { traffic, clock }: DeliveryLane,
  run: DeliveryRun,
  dueAt: number,
  why: Parameters<typeof pending>[2] = {},
): Settlement {
  const { state } = run.campaign.row;
  const comesAgain = state === "sending" || state === "expanding";
  if (comesAgain && !run.isTried && !run.isOver)
    traffic.turns.sentBack(run.visitor, dueAt, clock.now());
  return pending(run, dueAt, why);
}

async function requestUntilSettled(lane: DeliveryLane, run: DeliveryRun): Promise<Settlement> {
  const before = settledUnsent(lane, run);
  if (before !== null) return before;
  const rendered = bodyOf(run);
  if (typeof rendered !== "string")
    return ended(run, "failed", { code: rendered.code, detail: rendered.detail });
  for (let round = 0; round < requestsMax; round += 1) {
    const operation = nextOperation(run);
    const verdict = await admitted(lane, run, operation);
    if (typeof verdict === "number") return sentBack(lane, run, verdict);
    // Things may have changed while it waited: this is the last look before the request.
    const late = settledUnsent(lane, run);
    if (late !== null) {
      lane.traffic.withdrawn(verdict);
      return late;
    }
    const settled = await requestOnce(lane, run, { operation, verdict, body: rendered });
    if (settled !== null) return settled;
  }
  throw assertBounded();
}

/** Waits until the request may start. Answers how it was let in, or, as a number, when to come back. */
async function admitted(
  lane: DeliveryLane,
  run: DeliveryRun,
  operation: Operation,
): Promise<Verdict | number> {
  const { traffic, clock } = lane;
  const { use, conversation } = placeOf(run, operation);
  for (;;) {
    const now = traffic.now();
    const waitMs = traffic.windows.nextAt(use, conversation, now) - now;
    if (waitMs <= 0) break;
    if (waitMs > windowWaitMsMax || lane.closing.aborted) return clock.now() + Math.ceil(waitMs);
    await clock.sleep(waitMs, lane.closing);
  }
  const { id, priority, cap } = run.campaign;
  const entry = { trafficClass: priority, campaignId: id, cap };
  const { admission } = traffic;
  run.visitor.stepBack = () => admission.withdraw(entry);
  const verdict = admission.tryStart(entry) ?? (await admission.start(entry));
  run.visitor.stepBack = null;
  return verdict === "released" ? clock.now() : verdict;
}

/** What ends a delivery without a request: the campaign's state, its expiry, or what the directory says of the person. */
function settledUnsent({ clock }: DeliveryLane, run: DeliveryRun): Settlement | null {
  const now = clock.now();
  // The lane was lost while it waited: the row is somebody else's now, and what is answered here is heard by nobody.
  if (run.isOver) return pending(run, now);
  const { row } = run.campaign;
  const { person, resent } = run.claim;
  if (row.state === "cancelled") return cancelled(run);
  if (row.state !== "sending" && row.state !== "expanding") return pending(run, now);
  if (now >= (expiryOf(clock, run) ?? Number.POSITIVE_INFINITY))
    // What may have arrived once is never called failed for want of time.
    return resent > 0
      ? uncertain(run, "It expired before it could be sent again.")
      : ended(run, "failed", { code: "DELIVERY_EXPIRED", detail: null });
  // Whether a message can still be changed, Teams alone knows.
  if (person === null || run.requests > 0 || isChange(row.kind)) return null;
  if (person.blockedAt !== null)
    return ended(run, "skipped", { code: "TEAMS_BLOCKED_BY_USER", detail: null });
  if (person.install === "removed")
    return ended(run, "skipped", { code: "TEAMS_APP_REMOVED", detail: null });
  return null;
}

/** The end in a cancelled campaign: what may have arrived once stays `uncertain`. */
function cancelled(run: DeliveryRun): Settlement {
  return run.claim.resent > 0
    ? uncertain(run, "The campaign was cancelled before it could be sent again.")
    : ended(run, "cancelled", { code: "DELIVERY_CANCELLED", detail: null });
}

interface AdmittedRequest {
  readonly operation: Operation;
  readonly verdict: Verdict;
  readonly body: string;
}

async function requestOnce(
  lane: DeliveryLane,
  run: DeliveryRun,
  { operation, verdict, body }: AdmittedRequest,
): Promise<Settlement | null> {
  const place = placeOf(run, operation);
  const at = lane.clock.now();
  const before = { firstAttemptAt: run.firstAttemptAt, isTried: run.isTried };
  run.requests += 1;
  run.isTried ||= operation !== "create-conversation";
  run.firstAttemptAt ??= at;
  const request = lane.traffic.starts(place);
  const answer = await makeRequest(lane.connector, run, { operation, body, signal: lane.abandon });
  const halted = lane.traffic.ends(request, verdict, answer);
  const { outcome, evidence } = answer;
  lane.metrics.add("carillon_attempts_total", { operation, outcome: outcome.kind });
  lane.metrics.observe("carillon_attempt_seconds", { operation }, evidence.latencyMs / 1000);
  const tried: Tried = { operation, at, outcome, evidence };
  if (outcome.kind === "accepted") return afterAccepted(lane, run, tried, answer.value);
  if (halted && isUntried(outcome)) {
    // The lane's trouble, not this delivery's: it goes back as if nothing had been tried.
    run.requests -= 1;
    Object.assign(run, before);
    const code = lane.traffic.circuit.attention?.code ?? null;
    return sentBack(lane, run, lane.clock.now(), { code, detail: evidence.detail });
  }
  return afterRefusal(lane, run, { ...tried, outcome });
}

/** Whether nothing of the request was carried out, nor said of whom it was for. */
function isUntried(outcome: FailedOutcome): boolean {
  if (outcome.kind === "unauthorized") return true;
  return (
    outcome.kind === "transient" &&
    (outcome.reason === "no-connection" || outcome.reason === "token-unavailable")
  );
}

function afterAccepted(
  lane: DeliveryLane,
  run: DeliveryRun,
  tried: Tried,
  value: DeliveryAnswer | undefined,
): Settlement | null {
  run.conversationId = value?.conversationId ?? run.conversationId;
  const isNew = tried.operation === "create-conversation" || run.hostSwitched;
  const fact = isNew ? conversationFact(run) : null;
  if (fact !== null) lane.learn(fact);
  if (tried.operation !== "create-conversation")
    return accepted(run, tried, value?.activityId ?? null);
  assert(run.conversationId !== null, "an accepted create answers a conversation");
  record(run, tried, "the conversation is there; the message follows");
  return null;
}

function afterRefusal(
  lane: DeliveryLane,
  run: DeliveryRun,
  tried: Tried & { readonly outcome: FailedOutcome },
): Settlement | null {
  run.smooth = false;
  for (const fact of factsOf(run, tried.operation, tried.outcome)) lane.learn(fact);
  if (tried.outcome.kind === "unauthorized") return hostRefused(run, tried);
  const now = lane.clock.now();
  const decision = retryDecision({
    outcome: tried.outcome,
    attemptsSoFar: run.claim.attempts + run.requests,
    resentSoFar: run.claim.resent,
    firstAttemptAt: run.claim.firstAttemptAt ?? run.firstAttemptAt ?? now,
    now,
    expiresAt: expiryOf(lane.clock, run),
    onUncertain: run.campaign.row.onUncertain,
    canRecreate:
      run.claim.recipient.kind === "person" && tried.operation === "send" && !run.recreated,
    canRenewToken: !run.tokenRenewed,
    canSwitchHost: !run.hostSwitched && otherServiceUrl(lane, run) !== null,
    hasMoved: !run.hostSwitched && heardServiceUrl(lane, run) !== null,
    repeatable: isChange(run.campaign.row.kind),
    goneIsDone: run.campaign.row.kind === "recall",
    random: lane.rng(),
  });
  record(run, tried, decision.why);
  if (decision.do === "heal") heal(lane, run, decision.how);
  if (decision.do === "retry" && run.campaign.row.state === "cancelled")
    return decision.resend ? uncertain(run, tried.evidence.detail) : cancelled(run);
  return decided(run, decision, tried.evidence);
}

/** A refusal of the credentials that did not halt the lane: one stored address to which no token may go. */
function hostRefused(run: DeliveryRun, tried: Tried): Settlement {
  record(run, tried, "no token may go to this recipient's service URL, so nothing was sent");
  return ended(run, "failed", { code: "TEAMS_WRONG_HOST", detail: tried.evidence.detail });
}

/** When the delivery expires, by the lane's clock: nothing is sent that would be recalled at once. */
function expiryOf(clock: SteadyClock, { campaign }: DeliveryRun): number | null {
  const { expiresAt, recallAt } = campaign.row;
  if (expiresAt === null && recallAt === null) return null;
  const never = Number.POSITIVE_INFINITY;
  return Math.min(expiresAt ?? never, recallAt ?? never) + clock.aheadMs();
}

function heal(
  lane: DeliveryLane,
  run: DeliveryRun,
  how: "recreate-conversation" | "switch-host" | "renew-token",
): void {
  switch (how) {
    case "recreate-conversation":
      run.recreated = true;
      run.conversationId = null;
      return;
    case "switch-host":
      run.serviceUrl = otherServiceUrl(lane, run);
      run.hostSwitched = true;
      return;
    case "renew-token":
      run.tokenRenewed = true;
  }
}

/** Where else the recipient may be: where Teams was last heard of in the tenant, else the cloud's other host. */
function otherServiceUrl(lane: DeliveryLane, run: DeliveryRun): string | null {
  return heardServiceUrl(lane, run) ?? lane.connector.alternateServiceUrl(run.serviceUrl);
}

/** Where Teams was last heard of in the tenant, if that is elsewhere. */
function heardServiceUrl({ serviceUrls }: DeliveryLane, run: DeliveryRun): string | null {
  const heard = serviceUrls.last(run.campaign.row.tenantId);
  return heard === run.serviceUrl ? null : heard;
}

/** The request's body; a delete has none. */
function bodyOf({ campaign, claim }: DeliveryRun):
  | string
  | (Omit<RenderRefusal, "missing" | "code"> & {
      readonly code: "MESSAGE_FIELD_MISSING" | "MESSAGE_TOO_BIG" | "MESSAGE_INVALID";
    }) {
  const { compiled, row } = campaign;
  if (row.kind === "recall") return "";
  if (!compiled.ok)
    return { code: compiled.code, detail: compiled.problems.map(({ text }) => text).join(" ") };
  const rendered = compiled.message.render(fieldsOf(claim));
  return "body" in rendered ? rendered.body : rendered;
}

function fieldsOf({ person, data }: ClaimedDelivery): RecipientFields {
  if (person === null) return data === null ? {} : { data };
  return data === null ? { person } : { person, data };
}

function assertBounded(): never {
  assert(false, `a delivery needs at most ${requestsMax} requests in one turn`);
}

/** Create, send, and each healing once: no delivery makes more requests in one turn. */
const requestsMax = 8;
/** A longer wait for a conversation's own window is spent in the ledger. */
const windowWaitMsMax = 1000;
