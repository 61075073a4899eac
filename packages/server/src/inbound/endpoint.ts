import { hash } from "node:crypto";
import type { Activity } from "../domain/activity.ts";
import type { DirectoryFact } from "../domain/directory.ts";
import { activityId, type BotId, conversationId, type TenantId, tenantId } from "../domain/ids.ts";
import type { Log } from "../domain/log.ts";
import { type Metrics, noMetrics } from "../domain/metrics.ts";
import type { NewNotification, NotificationView } from "../engine/engine.ts";
import type { InboundStore, RawActivity } from "../engine/ports/inbound-store.ts";
import type { Clock } from "../engine/ports/runtime.ts";
import type { InboundVerifier } from "../teams/inbound-token.ts";
import { parseActivity } from "../teams/parse-activity.ts";
import { isBotId, tenantOf, textOf } from "./activity-ids.ts";
import { createDispatcher, type Dispatcher } from "./bot-dispatch.ts";
import type { BotEventHandlers, InvokeAnswer } from "./bot-events.ts";
import { answerForgotten, answerOf, answerWithoutCode } from "./invoke-answer.ts";
import { KeptAnswers } from "./kept-answers.ts";
import { problem } from "./problem.ts";
import { answeringMax, InboundProcessing, keyOf, type Stored } from "./processing.ts";
import { readBody } from "./read-body.ts";

/** `POST /api/messages`, as a web-standard function: verified, stored durably, answered, and then processed. */
export interface InboundEndpoint {
  /** Answers every request, and never rejects. Does not look at the path. */
  handle(request: Request): Promise<Response>;
  /** Takes up what an earlier process stored and did not process, and goes on with what comes in. */
  start(): Promise<void>;
  /** Ends after the handlers that run now (at most `graceMs`, default 15,000); what is left waits for the next `start`. */
  stop(options?: { readonly graceMs?: number }): Promise<void>;
  /** Resolves when everything received so far is processed: for tests, and before a planned stop. */
  drain(): Promise<void>;
}

export interface InboundEndpointDeps {
  readonly verifier: InboundVerifier;
  readonly store: InboundStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Default: nothing is measured. */
  readonly metrics?: Metrics;
  /** `engine.learn`. */
  learn(facts: readonly DirectoryFact[]): Promise<void>;
  /** `engine.notifications.create`. */
  notify(request: NewNotification): Promise<NotificationView>;
}

export interface InboundEndpointOptions {
  readonly botId: BotId;
  /** `off` believes everything: only for a listener on loopback. */
  readonly auth: "required" | "off";
  readonly handlers?: BotEventHandlers;
  /** Default: every tenant. */
  readonly allowedTenants?: readonly string[];
  /** Stands in where an activity names no tenant: the bot's own. */
  readonly defaultTenant?: string;
}

/**
 * The bot's endpoint. An activity is answered with 200 once it is stored durably, and processed afterwards; the same one
 * again gets 200 and is not processed again. Invokes are answered with what the bot's code says, within 10 s. Refusals are
 * problem documents: 400 not an activity, 401/403 not from Teams or not for this bot, 405, 413 over 256 KiB,
 * 503 where it cannot be stored, so that Teams delivers it again. Headers other than `Authorization` are not believed.
 */
export function createInboundEndpoint(
  deps: InboundEndpointDeps,
  options: InboundEndpointOptions,
): InboundEndpoint {
  return new Endpoint(deps, options);
}

class Endpoint implements InboundEndpoint {
  readonly #deps: InboundEndpointDeps;
  readonly #metrics: Metrics;
  readonly #options: InboundEndpointOptions;
  readonly #allowed: ReadonlySet<string> | null;
  readonly #dispatcher: Dispatcher;
  readonly #processing: InboundProcessing;
  readonly #kept = new KeptAnswers();
  /** What is being recorded or answered now, so that a redelivery waits for the same. */
  readonly #current = new Map<string, Promise<Reply>>();
  #stopped = false;

  constructor(deps: InboundEndpointDeps, options: InboundEndpointOptions) {
    this.#deps = deps;
    this.#metrics = deps.metrics ?? noMetrics;
    this.#options = options;
    const { allowedTenants } = options;
    this.#allowed = allowedTenants ? new Set(allowedTenants.map((id) => id.toLowerCase())) : null;
    this.#dispatcher = createDispatcher(deps.notify, options.handlers ?? {}, options.botId);
    const find = (activity: Activity) => this.#dispatcher.find(activity);
    const { store, clock, log, learn } = deps;
    this.#processing = new InboundProcessing(
      {
        store,
        clock,
        log,
        learn,
        find,
        answered: (key, end) => this.#kept.keep(key, answerOf(end)),
      },
      options.botId,
    );
  }

  async handle(request: Request): Promise<Response> {
    try {
      return await this.#handle(request);
    } catch (error) {
      this.#deps.log.error("inbound.failed", { reason: "unforeseen", error: String(error) });
      this.#count("unavailable");
      return problem("INTERNAL");
    }
  }

  async start(): Promise<void> {
    this.#stopped = false;
    this.#processing.start();
  }

  async stop({ graceMs = 15_000 }: { readonly graceMs?: number } = {}): Promise<void> {
    this.#stopped = true;
    await this.#processing.stop(graceMs);
    await Promise.allSettled(this.#current.values());
  }

  drain(): Promise<void> {
    return this.#processing.drain();
  }

  async #handle(request: Request): Promise<Response> {
    if (request.method !== "POST") return problem("ROUTE_METHOD_WRONG", { allow: "POST" });
    if (this.#stopped) return this.#comeAgain();
    const authorization = request.headers.get("authorization");
    if (this.#options.auth === "required" && authorization === null) return this.#refuse("scheme");
    const body = await readBody(request, bodyBytesMax);
    if (!body.ok) {
      this.#count("not-an-activity");
      return problem(body.reason === "too-large" ? "REQUEST_TOO_LARGE" : "INBOUND_NOT_AN_ACTIVITY");
    }
    const parsed = parseActivity(body.text, { charsMax: bodyBytesMax });
    if (!parsed.ok) return this.#notAnActivity(parsed.reason);
    const refused = await this.#check(authorization, parsed.activity);
    if (refused !== null) return refused;
    const tenant = tenantOf(parsed.activity) ?? this.#options.defaultTenant?.toLowerCase();
    if (tenant === undefined) return this.#notAnActivity("no-tenant");
    if (this.#allowed !== null && !this.#allowed.has(tenant)) return this.#refuse("tenant", 403);
    const raw = this.#rawOf(parsed.activity, tenantId(tenant), body.text);
    const reply = await this.#take({ key: keyOf(raw), raw, activity: parsed.activity });
    return reply();
  }

  /** The token, the channel, and that the activity is meant for this bot. Null: nothing speaks against it. */
  async #check(authorization: string | null, activity: Activity): Promise<Response | null> {
    const { auth, botId } = this.#options;
    if (auth === "required") {
      const verified = await this.#deps.verifier.verify(authorization, activity);
      if (!verified.ok) return this.#refuse(verified.check, verified.status);
    }
    if (activity.channelId !== undefined && activity.channelId !== "msteams") {
      return this.#refuse("channel", 403);
    }
    const recipient = textOf(activity.recipient?.id);
    if (recipient !== undefined && !isBotId(recipient, botId))
      return this.#refuse("recipient", 403);
    return null;
  }

  #rawOf(activity: Activity, tenant: TenantId, body: string): RawActivity {
    return {
      botId: this.#options.botId,
      tenantId: tenant,
      conversationId: conversationId(activity.conversation?.id ?? ""),
      activityId: activityId(deliveryIdOf(activity, body)),
      receivedAt: this.#deps.clock.now(),
      body,
    };
  }

  #take(stored: Stored): Promise<Reply> {
    const current = this.#current.get(stored.key);
    if (current !== undefined) {
      this.#count("duplicate");
      return current;
    }
    if (!this.#processing.claim(stored.key)) return Promise.resolve(this.#repeat(stored));
    const reply = this.#record(stored);
    this.#current.set(stored.key, reply);
    void reply.finally(() => this.#current.delete(stored.key));
    return reply;
  }

  /** Stores a claimed activity and hands it on. Never rejects. */
  async #record(stored: Stored): Promise<Reply> {
    const { key, raw, activity } = stored;
    const isInvoke = activity.type === "invoke";
    if (isInvoke && this.#processing.answering >= answeringMax) {
      this.#processing.release(key);
      return this.#comeAgain;
    }
    const result = await this.#store(raw, activity.type);
    if (result !== "new" || this.#stopped) this.#processing.release(key);
    if (result === "failed") return this.#comeAgain;
    if (result === "duplicate") return this.#repeat(stored);
    this.#count("accepted");
    if (isInvoke) return this.#stopped ? this.#comeAgain : this.#invoke(stored);
    if (!this.#stopped) this.#processing.accept(stored);
    return done;
  }

  async #store(raw: RawActivity, type: string): Promise<"new" | "duplicate" | "failed"> {
    const { log, store } = this.#deps;
    const { conversationId, activityId } = raw;
    const fields = { type, conversationId, activityId };
    try {
      const result = await store.recordActivity(raw);
      log.info("inbound.accepted", { ...fields, duplicate: result === "duplicate" });
      return result;
    } catch (error) {
      log.error("inbound.failed", { ...fields, reason: "record", error: String(error) });
      return "failed";
    }
  }

  async #invoke(stored: Stored): Promise<Reply> {
    const dispatch = this.#dispatcher.find(stored.activity);
    const ready = answerWithoutCode(stored.activity, dispatch !== null);
    if (ready !== null || dispatch === null) {
      this.#processing.accept(stored);
      return () => json(ready ?? answerForgotten);
    }
    const end = await this.#processing.answer(stored, dispatch);
    return end.end === "stopped" ? this.#comeAgain : () => json(answerOf(end));
  }

  /** What was recorded before is answered again, and nothing more. */
  #repeat({ key, activity }: Stored): Reply {
    this.#count("duplicate");
    if (activity.type !== "invoke") return done;
    const hasCode = this.#dispatcher.find(activity) !== null;
    const answer = this.#kept.find(key) ?? answerWithoutCode(activity, hasCode);
    return () => json(answer ?? answerForgotten);
  }

  #notAnActivity(reason: string): Response {
    this.#deps.log.warn("inbound.refused", { check: reason, status: 400 });
    this.#count("not-an-activity");
    return problem("INBOUND_NOT_AN_ACTIVITY");
  }

  readonly #comeAgain: Reply = () => {
    this.#count("unavailable");
    return problem("SERVICE_UNAVAILABLE", { "retry-after": "1" });
  };

  #count(result: InboundResult): void {
    this.#metrics.add("carillon_inbound_activities_total", { result });
  }

  /** Says nothing of the reason to the caller; the log has it. */
  #refuse(check: string, status: 401 | 403 = 401): Response {
    // Without keys we cannot tell; it may well be Teams, so it shall come again.
    const code = check === "keys-unavailable" ? "SERVICE_UNAVAILABLE" : refusals[status];
    this.#deps.log.warn("inbound.refused", { check, status });
    this.#count(check === "keys-unavailable" ? "unavailable" : "refused");
    return problem(code, status === 401 ? { "www-authenticate": "Bearer" } : {});
  }
}

/**
 * What names the delivery of an activity. Edits and deletions carry the id of the message they are about, so they are named by
 * type and time as well; an activity without an id is named by its content.
 */
function deliveryIdOf({ id, type, timestamp }: Activity, body: string): string {
  if (textOf(id) === undefined || id === undefined) return `sha256:${hash("sha256", body)}`;
  const aboutAnother = type === "messageUpdate" || type === "messageDelete";
  return aboutAnother ? `${id} ${type} ${timestamp ?? hash("sha256", body)}` : id;
}

function json({ status, body }: InvokeAnswer): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json; charset=utf-8" },
  });
}

/** What a request to the endpoint counts as. */
type InboundResult = "accepted" | "duplicate" | "refused" | "not-an-activity" | "unavailable";

/** Makes a response; each redelivery needs one of its own, as a response can be read only once. */
type Reply = () => Response;

const done: Reply = () => new Response(null, { status: 200 });
const bodyBytesMax = 256 * 1024;
const refusals = { 401: "INBOUND_UNAUTHENTICATED", 403: "INBOUND_FORBIDDEN" } as const;
