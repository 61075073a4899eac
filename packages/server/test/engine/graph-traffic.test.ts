// Goal: whoever asks Graph is answered soon whatever becomes of it, and Graph is asked no more often than it allows. Method: traffic over
// a Graph that answers as it is told, in virtual time; every request is written down.
import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../../harness/src/virtual-clock.ts";
import type { GraphOutcome } from "../../src/domain/graph-outcome.ts";
import { tenantId } from "../../src/domain/ids.ts";
import type { Log, LogEvent, LogFields } from "../../src/domain/log.ts";
import { noMetrics } from "../../src/domain/metrics.ts";
import { noAnswer } from "../../src/domain/outcome.ts";
import { GraphTenants } from "../../src/engine/graph/graph-tenants.ts";
import { graphLimits } from "../../src/engine/graph/limits.ts";
import type { Graph, GraphUsage } from "../../src/engine/ports/graph.ts";
import { steadyClock } from "../../src/engine/steady-clock.ts";

const tenant = tenantId("70000000-0000-4000-8000-000000000000");
const other = tenantId("71000000-0000-4000-8000-000000000000");
const share = graphLimits.identity.inTenant.units * graphLimits.identity.shareOfProcess;

interface Scripted {
  readonly outcome: GraphOutcome;
  readonly usage?: GraphUsage;
  readonly latencyMs?: number;
}

const answered: Scripted = { outcome: { kind: "answered" } };
const refused: Scripted = { outcome: { kind: "refused", reason: "not-consented" } };
const down: Scripted = {
  outcome: { kind: "transient", reason: "unavailable", retryAfterMs: null },
  latencyMs: 5000,
};
const throttled = (retryAfterMs: number | null, scope: "tenant" | "application" = "tenant") =>
  ({ outcome: { kind: "throttled", retryAfterMs, scope } }) satisfies Scripted;

function setup() {
  const clock = new VirtualClock();
  const logged: { readonly event: LogEvent; readonly fields: LogFields }[] = [];
  const note = (event: LogEvent, fields: LogFields = {}) => void logged.push({ event, fields });
  const log: Log = { info: note, warn: note, error: note };
  const asked: { readonly at: number; readonly name: string }[] = [];
  const world = { script: (_name: string): Scripted => answered };
  const graph: Graph = {
    prepare: () => null,
    async findUser(_tenant, name) {
      asked.push({ at: clock.now(), name });
      const { outcome, usage = { units: 1, load: null }, latencyMs = 30 } = world.script(name);
      await clock.sleep(latencyMs);
      const evidence = {
        ...noAnswer(`about ${name}`, latencyMs),
        status: outcome === down.outcome ? null : 200,
      };
      const user = { id: "id", userPrincipalName: name, name, isGuest: false };
      return { outcome, evidence, usage, ...(outcome.kind === "answered" && { value: user }) };
    },
  };
  const tenants = new GraphTenants({ clock: steadyClock(clock), graph, log, metrics: noMetrics });
  const within = async <T>(promise: Promise<T>): Promise<T> => {
    let isDone = false;
    const mark = () => {
      isDone = true;
    };
    promise.then(mark, mark);
    assert.ok(await clock.runUntil(() => isDone, 120_000));
    return promise;
  };
  return {
    ...{ clock, logged, asked, world, tenants },
    /** Asks about somebody; answers the outcome, and after how long it came. */
    async ask(name = "x@y", of = tenant) {
      const since = clock.now();
      const { outcome } = await within(tenants.traffic(of).findUser(name));
      return { kind: outcome.kind, ms: clock.now() - since };
    },
    within,
    events: () => logged.map(({ event }) => event),
  };
}

test("what Graph answers comes through, and counts in the tenant that was asked about", async () => {
  const { ask, tenants } = setup();
  assert.deepEqual(await ask(), { kind: "answered", ms: 30 });
  await ask("x@y", other);
  await ask("x@y", other);
  assert.deepEqual(
    tenants
      .views()
      .map(({ tenantId: id, requests, budgets }) => [id, requests, budgets[0]?.unitsSpent]),
    [
      [tenant, 1, 1],
      [other, 2, 2],
    ],
  );
});

test("a refusal is said once, remembered, and looked at again after 1, 2, 4 … 60 s by one request", async () => {
  const { ask, asked, world, clock, logged, tenants, within } = setup();
  world.script = () => refused;
  assert.equal((await ask("first")).kind, "refused");
  const since = clock.now();
  for (let step = 0; step < 3000; step += 1) {
    const answers = await within(Promise.all([ask("a"), ask("b"), ask("c")]));
    assert.ok(answers.every(({ kind }) => kind === "refused"));
    await clock.runFor(since + (step + 1) * 100 - clock.now());
  }
  const gaps = asked
    .slice(1)
    .map(({ at }, index) => Math.round((at - (asked[index]?.at ?? 0)) / 1000));
  assert.deepEqual(gaps, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
  assert.deepEqual(
    logged.map(({ event, fields }) => [event, fields.code]),
    [["graph.halted", "GRAPH_REFUSED"]],
  );
  const [view] = tenants.views();
  assert.equal(view?.attention?.code, "GRAPH_REFUSED");
  assert.match(view?.attention?.detail ?? "", /about/);
  world.script = () => answered;
  await clock.runFor(60_000);
  assert.equal((await ask()).kind, "answered");
  assert.equal(logged.at(-1)?.event, "graph.resumed");
  assert.equal(tenants.views()[0]?.attention, null);
});

test("a tenant that refuses is no matter of another one", async () => {
  const { ask, world } = setup();
  world.script = () => refused;
  await ask();
  world.script = () => answered;
  assert.equal((await ask()).kind, "refused");
  assert.equal((await ask("x@y", other)).kind, "answered");
});

test("a Graph that does not answer is waited for once, and then everybody is told so at once", async () => {
  const { ask, world, asked } = setup();
  world.script = () => down;
  assert.deepEqual(await ask(), { kind: "transient", ms: 5000 });
  assert.deepEqual(await ask(), { kind: "transient", ms: 0 });
  assert.equal(asked.length, 1);
});

test("nothing is asked inside a Retry-After, and nobody waits for its end", async () => {
  const { ask, world, asked, clock, events } = setup();
  world.script = () => throttled(20_000);
  assert.equal((await ask()).kind, "throttled");
  world.script = () => answered;
  assert.deepEqual(await ask(), { kind: "transient", ms: 0 });
  // Its end is near enough to be waited for.
  await clock.runFor(18_500);
  assert.equal((await ask()).kind, "answered");
  const [first, second] = asked.map(({ at }) => at);
  assert.equal((second ?? 0) - (first ?? 0), 20_030);
  assert.deepEqual(events(), ["graph.throttled"]);
});

test("of many that are refused at once, one is told of", async () => {
  const { ask, world, within, asked, events } = setup();
  world.script = () => throttled(20_000);
  await within(Promise.all(Array.from({ length: 30 }, () => ask())));
  assert.equal(asked.length, 30);
  assert.deepEqual(events(), ["graph.throttled"]);
});

test("a Retry-After of an outage is obeyed, too", async () => {
  const { ask, world, asked, clock } = setup();
  world.script = () => ({
    outcome: { kind: "transient", reason: "unavailable", retryAfterMs: 90_000 },
  });
  await ask();
  world.script = () => answered;
  for (let second = 0; second < 120; second += 1) {
    await ask();
    await clock.runFor(1000);
  }
  const [first, second] = asked.map(({ at }) => at);
  assert.ok((second ?? 0) - (first ?? 0) >= 90_000);
});

test("a 429 of the application in all tenants stops them all, one of a tenant that tenant alone", async () => {
  const { ask, world, clock } = setup();
  world.script = () => throttled(10_000);
  await ask();
  world.script = () => answered;
  assert.equal((await ask("x@y", other)).kind, "answered");
  assert.equal((await ask()).kind, "transient");
  await clock.runFor(10_000);
  world.script = () => throttled(10_000, "application");
  await ask();
  world.script = () => answered;
  assert.equal((await ask("x@y", other)).kind, "transient");
});

test("who is not let in within two seconds is answered that Graph was not asked", async () => {
  const { ask, within, asked, clock } = setup();
  const answers = await within(Promise.all(Array.from({ length: share + 25 }, () => ask())));
  assert.equal(asked.length, share);
  assert.ok(answers.slice(share).every(({ kind }) => kind === "transient"));
  await clock.runFor(10_000);
  assert.equal((await ask()).kind, "answered");
});

test("what a request cost beyond what was known is counted, and a high load takes the share down", async () => {
  const { ask, world, tenants } = setup();
  const budget = () => tenants.views()[0]?.budgets[0];
  world.script = () => ({ ...answered, usage: { units: 5, load: 0.95 } });
  await ask();
  assert.deepEqual([budget()?.unitsSpent, budget()?.unitsAllowed], [5, Math.floor(share * 0.9)]);
});

test("a stale token is nobody's trouble: the same request is made once more", async () => {
  const { ask, world, asked, events } = setup();
  const stale: GraphOutcome = { kind: "transient", reason: "token-stale", retryAfterMs: null };
  world.script = () => (asked.length === 1 ? { outcome: stale } : answered);
  assert.deepEqual(await ask(), { kind: "answered", ms: 60 });
  assert.deepEqual(events(), []);
});

test("a service that ends lets nothing more in, waits for nothing, and blames nobody for it", async () => {
  const { ask, tenants, asked, world, within, clock, events } = setup();
  world.script = () => down;
  const underWay = tenants.traffic(tenant).findUser("x@y");
  await clock.runFor(1000);
  tenants.close();
  assert.deepEqual(await ask(), { kind: "transient", ms: 0 });
  assert.equal(asked.length, 1);
  await within(underWay);
  assert.deepEqual(events(), []);
});
