import type { GraphOutcome } from "../../domain/graph-outcome.ts";
import type { TenantId } from "../../domain/ids.ts";
import type { Log } from "../../domain/log.ts";
import type { Metrics } from "../../domain/metrics.ts";
import { type Evidence, noAnswer } from "../../domain/outcome.ts";
import type { Signal } from "../../domain/signal.ts";
import { Circuit, type LaneTrouble } from "../circuit.ts";
import type { Attention } from "../engine.ts";
import type { Graph, GraphAnswer, GraphUser } from "../ports/graph.ts";
import type { Clock } from "../ports/runtime.ts";
import { orAborted } from "../stop-signal.ts";
import { GraphBudget } from "./budget.ts";
import {
  type GraphCallName,
  type GraphLimitName,
  graphCalls,
  graphLimits,
  loadMax,
} from "./limits.ts";

/** What the traffic of one tenant shares with that of others. */
export interface GraphTrafficParts {
  /** A stopwatch. */
  readonly clock: Clock;
  readonly graph: Graph;
  readonly log: Log;
  readonly metrics: Metrics;
  /** What the process may use in all tenants together. */
  readonly inAll: Readonly<Record<GraphLimitName, GraphBudget>>;
  /** Aborts when nothing may start any more. */
  readonly closing: Signal;
}

/**
 * Everything that decides when requests to Graph for one tenant may start, and makes them. It shares nothing with the connector's
 * `Traffic`. Whoever asks waits two seconds at most to be let in: where the budget is used up, Graph has asked for quiet, cannot be
 * reached or refuses, it is answered at once that it was not asked. What Graph refuses, and that it cannot be reached, is remembered:
 * one request at a time looks again, after 1, 2, 4 … 60 s.
 */
export class GraphTraffic {
  readonly tenantId: TenantId;
  readonly inTenant = budgetsOf("inTenant");
  readonly #parts: GraphTrafficParts;
  readonly #circuit = new Circuit();
  /** What halted it last. */
  #trouble: GraphOutcome = { kind: "rejected" };
  /** Totals since this process started: how often Graph was asked, and answered 429. */
  requests = 0;
  throttled = 0;

  constructor(parts: GraphTrafficParts, tenantId: TenantId) {
    this.#parts = parts;
    this.tenantId = tenantId;
  }

  /** See `Graph.findUser`. */
  findUser(name: string): Promise<GraphAnswer<GraphUser>> {
    const { graph, closing } = this.#parts;
    return this.#request("find-user", () => graph.findUser(this.tenantId, name, closing));
  }

  /** What stands in the way of every request, or null; by the stopwatch. */
  get attention(): Attention | null {
    return this.#circuit.attention;
  }

  async #request<T>(
    name: GraphCallName,
    call: () => Promise<GraphAnswer<T>>,
  ): Promise<GraphAnswer<T>> {
    const answer = await this.#once(name, call);
    // A stale token is nobody's trouble: the same request is let in once more, with a fresh one.
    return isStale(answer.outcome) ? this.#once(name, call) : answer;
  }

  async #once<T>(
    name: GraphCallName,
    call: () => Promise<GraphAnswer<T>>,
  ): Promise<GraphAnswer<T>> {
    const { clock, graph, metrics, closing } = this.#parts;
    if (this.#isHalted) return this.#halted();
    const preparing = graph.prepare(this.tenantId);
    if (preparing !== null) await orAborted(preparing, closing);
    const verdict = await this.#letIn(name);
    if (verdict === "halted") return this.#halted();
    if (verdict === "full") return notLetIn("its budget for this tenant is used up, or paused");
    this.requests += 1;
    const startedAt = clock.now();
    const answer = await call();
    const { outcome, evidence } = answer;
    metrics.add("carillon_graph_requests_total", { operation: name, outcome: outcome.kind });
    if (evidence.status !== null)
      metrics.observe("carillon_graph_seconds", { operation: name }, evidence.latencyMs / 1000);
    this.#judge(verdict === "probe", answer);
    this.#count(name, startedAt, answer);
    return answer;
  }

  get #isHalted(): boolean {
    const now = this.#parts.clock.now();
    return this.#circuit.nextAt(now) > now;
  }

  async #letIn(name: GraphCallName): Promise<"go" | "probe" | "halted" | "full"> {
    const { clock, closing } = this.#parts;
    const { units } = graphCalls[name];
    const budgets = this.#budgets(name);
    const since = clock.now();
    for (;;) {
      if (this.#isHalted) return "halted";
      const now = clock.now();
      const at = Math.max(...budgets.map((budget) => budget.nextAt(now, units)));
      if (closing.aborted || at > since + patienceMs) return "full";
      if (at <= now) {
        for (const budget of budgets) budget.spend(now, units);
        return this.#circuit.started() ? "probe" : "go";
      }
      await clock.sleep(at - now, closing);
    }
  }

  /** Draws what an answer says of the limits. */
  #count(name: GraphCallName, startedAt: number, answer: GraphAnswer<unknown>): void {
    const { outcome, evidence, usage } = answer;
    const now = this.#parts.clock.now();
    const budgets = this.#budgets(name);
    const [inTenant] = budgets;
    const more = (usage.units ?? 0) - graphCalls[name].units;
    if (more > 0) for (const budget of budgets) budget.spend(now, more);
    if (usage.load !== null && usage.load > loadMax) inTenant.pressed(now);
    if (outcome.kind === "throttled") this.#refused(name, startedAt, outcome);
    else if (outcome.kind !== "transient") for (const budget of budgets) budget.passed(startedAt);
    // A `Retry-After` of the login host is not Graph's.
    else if (evidence.status !== null && outcome.retryAfterMs !== null)
      inTenant.pauseUntil(now + outcome.retryAfterMs);
  }

  #refused(
    name: GraphCallName,
    startedAt: number,
    { scope, retryAfterMs }: Extract<GraphOutcome, { readonly kind: "throttled" }>,
  ): void {
    const { clock, log } = this.#parts;
    const [inTenant, inAll] = this.#budgets(name);
    const budget = scope === "application" ? inAll : inTenant;
    this.throttled += 1;
    // Those that were under way when it was told before say nothing new.
    const isNew = startedAt >= budget.quietUntil;
    const now = clock.now();
    const ms = budget.refused(startedAt, retryAfterMs, now) - now;
    if (isNew) log.warn("graph.throttled", { tenantId: this.tenantId, scope, ms });
  }

  /** Whether Graph is there for this tenant, and lets the bot ask. */
  #judge(isProbe: boolean, { outcome, evidence }: GraphAnswer<unknown>): void {
    const { clock, log, closing } = this.#parts;
    const { tenantId } = this;
    // What we broke off ourselves says nothing of Graph.
    if (isStale(outcome) || closing.aborted) {
      this.#circuit.withdrawn(isProbe);
      return;
    }
    const before = this.#circuit.attention;
    const trouble = troubleOf(outcome, evidence);
    if (trouble === null) {
      if (this.#circuit.passed(isProbe)) log.info("graph.resumed", { tenantId });
      return;
    }
    this.#circuit.failed(trouble, isProbe, clock.now());
    if (this.#circuit.attention === before) return;
    this.#trouble = outcome;
    // Said once for each cause, however often it is looked at again.
    if (before?.code !== trouble.code)
      log.warn("graph.halted", { tenantId, code: trouble.code, detail: trouble.detail });
  }

  #halted<T>(): GraphAnswer<T> {
    const detail = this.#circuit.attention?.detail ?? null;
    const { kind } = this.#trouble;
    const outcome: GraphOutcome = kind === "refused" ? this.#trouble : notLetInOutcome;
    return { outcome, evidence: noAnswer(detail, 0), usage: nothingTold };
  }

  #budgets(name: GraphCallName): readonly [inTenant: GraphBudget, inAll: GraphBudget] {
    const { limit } = graphCalls[name];
    return [this.inTenant[limit], this.#parts.inAll[limit]];
  }
}

/** A budget for each of Graph's limits. */
export function budgetsOf(
  where: "inTenant" | "inAll",
): Readonly<Record<GraphLimitName, GraphBudget>> {
  const made = Object.entries(graphLimits).map(([name, limit]) => [
    name,
    new GraphBudget(limit[where], limit.shareOfProcess),
  ]);
  // The keys are those of the table.
  return Object.fromEntries(made) as Record<GraphLimitName, GraphBudget>;
}

const patienceMs = 2000;
const nothingTold = { units: null, load: null } as const;
const notLetInOutcome = { kind: "transient", reason: "not-let-in", retryAfterMs: null } as const;

function isStale(outcome: GraphOutcome): boolean {
  return outcome.kind === "transient" && outcome.reason === "token-stale";
}

function notLetIn<T>(why: string): GraphAnswer<T> {
  const evidence = noAnswer(`Graph was not asked: ${why}.`, 0);
  return { outcome: notLetInOutcome, evidence, usage: nothingTold };
}

/** What an answer says against every request for the tenant, or null. */
function troubleOf(outcome: GraphOutcome, evidence: Evidence): LaneTrouble | null {
  const id = evidence.requestId === null ? "" : ` (request-id ${evidence.requestId})`;
  const detail = `${evidence.detail ?? "no further detail"}${id}`;
  if (outcome.kind === "refused") return { code: "GRAPH_REFUSED", detail, atOnce: true };
  if (outcome.kind === "transient") return { code: "GRAPH_UNAVAILABLE", detail, atOnce: true };
  return null;
}
