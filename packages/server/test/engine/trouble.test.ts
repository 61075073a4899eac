import assert from "node:assert/strict";
import { test } from "node:test";
import type { FakeRequest } from "../../../harness/src/fake-connector.ts";
import { StoreError } from "../../src/domain/errors.ts";
import { campaignId, teamId, workerId } from "../../src/domain/ids.ts";
import type { Outcome } from "../../src/domain/outcome.ts";
import type { LedgerStore, Store } from "../../src/engine/ports/store.ts";
import {
  deliveriesOf,
  objectId,
  openWorld,
  range,
  serviceUrl,
  startCampaign,
  startEngine,
  tenant,
  untilOver,
  type World,
  within,
} from "./engine-world.ts";

const throttled = (retryAfterMs: number | null): Outcome => ({
  kind: "throttled",
  retryAfterMs,
  scope: "unknown",
});
const noConnection: Outcome = { kind: "transient", reason: "no-connection", retryAfterMs: null };

function laneOf(world: World) {
  const lane = world.engine.lanes()[0];
  assert.ok(lane !== undefined);
  return lane;
}

test("after a 429 no request of the lane starts before its Retry-After, and the rate goes down", async () => {
  const world = await openWorld({ people: 600 });
  let at429 = 0;
  world.connector.script = ({ at }) => {
    if (at429 !== 0 || world.connector.requests.length < 100) return undefined;
    at429 = at;
    return throttled(7000);
  };
  const id = await within(world, startCampaign(world));
  await world.clock.runUntil(() => at429 !== 0, 60_000);
  await world.clock.runFor(world.connector.latencyMs + 1);
  const until = laneOf(world).throttledUntil ?? 0;
  assert.ok(until >= at429 + 7000);
  assert.ok(laneOf(world).ratePerSecond < 46);
  const answeredAt = at429 + world.connector.latencyMs;
  await untilOver(world, id);
  const inside = world.connector.requests.filter(({ at }) => at > answeredAt && at < until);
  assert.deepEqual(inside, []);
  assert.equal((await world.engine.campaigns.get(id)).counts.accepted, 600);
  await within(world, world.engine.stop());
});

test("a 429 without Retry-After stops the lane for a second", async () => {
  const world = await openWorld({ people: 300 });
  let answeredAt = 0;
  world.connector.script = ({ at }) => {
    if (answeredAt !== 0 || world.connector.requests.length < 50) return undefined;
    answeredAt = at + world.connector.latencyMs;
    return throttled(null);
  };
  const id = await within(world, startCampaign(world));
  await untilOver(world, id);
  const inside = world.connector.requests.filter(
    ({ at }) => at > answeredAt && at < answeredAt + 1000,
  );
  assert.deepEqual(inside, []);
  await within(world, world.engine.stop());
});

test("a 429 of one busy conversation stops that conversation only", async () => {
  const world = await openWorld({ people: 200 });
  const chat = "19:busy@thread.v2";
  let throttledAt = 0;
  world.connector.latencyMs = 5;
  world.connector.script = ({ target, at }) => {
    const toChat = world.connector.requests.filter((request) => request.target === chat).length;
    if (target !== chat || throttledAt !== 0 || toChat < 7) return undefined;
    throttledAt = at;
    return throttled(5000);
  };
  const id = await within(world, startCampaign(world));
  for (const n of range(12))
    await within(
      world,
      world.engine.notifications.create({ to: { chat }, message: { text: `chat ${n}` } }),
    );
  await world.clock.runUntil(() => throttledAt !== 0, 60_000);
  await world.clock.runFor(4000);
  assert.equal(laneOf(world).throttledUntil, null);
  const others = world.connector.requests.filter(({ at }) => at > throttledAt + 5);
  assert.ok(others.length > 100);
  assert.ok(others.every(({ target }) => target !== chat));
  await untilOver(world, id);
  await world.clock.runFor(60_000);
  assert.equal(world.connector.messages.filter((m) => m.conversationId === chat).length, 12);
  await within(world, world.engine.stop());
});

test("messages to one conversation never overlap, keep their order, and keep the conversation's windows", async () => {
  const world = await openWorld();
  const chat = "19:busy@thread.v2";
  world.connector.latencyMs = 400;
  let inChat = 0;
  let most = 0;
  world.connector.script = (request: FakeRequest) => {
    if (request.target !== chat) return undefined;
    inChat += 1;
    most = Math.max(most, inChat);
    void world.clock.sleep(399).then(() => {
      inChat -= 1;
    });
    return undefined;
  };
  for (const n of range(30))
    await within(
      world,
      world.engine.notifications.create({ to: { chat }, message: { text: `#${n}.` } }),
    );
  await world.clock.runUntil(() => world.connector.messages.length === 30, 300_000);
  assert.equal(most, 1);
  const order = world.connector.messages.map(({ body }) => Number(/#(\d+)\./.exec(body)?.[1]));
  assert.deepEqual(order, [...range(30)]);
  await within(world, world.engine.stop());
});

test("ten minutes without a connection harm nobody: everything is accepted afterwards", async () => {
  const world = await openWorld({ people: 500 });
  const id = await within(world, startCampaign(world));
  await world.clock.runUntil(() => world.connector.sends.length > 100, 60_000);
  world.connector.script = () => noConnection;
  const attentions: string[] = [];
  world.engine.subscribe((event) => {
    if (event.type === "attention") attentions.push(event.attention?.code ?? "none");
  });
  await world.clock.runFor(60_000);
  const before = world.connector.requests.length;
  await world.clock.runFor(540_000);
  const probes = world.connector.requests.length - before;
  assert.ok(probes > 5 && probes < 20, `${probes} probes in nine minutes`);
  const view = await world.engine.campaigns.get(id);
  assert.equal(view.attention?.code, "TEAMS_UNAVAILABLE");
  assert.equal(view.counts.failed, 0);
  assert.equal(view.counts.sending, 0);
  world.connector.script = () => undefined;
  await untilOver(world, id, 120_000);
  const after = await world.engine.campaigns.get(id);
  assert.deepEqual([after.counts.accepted, after.counts.total], [500, 500]);
  assert.equal(after.attention, null);
  assert.deepEqual([attentions.at(0), attentions.at(-1)], ["TEAMS_UNAVAILABLE", "none"]);
  const rows = await deliveriesOf(world, id);
  // The four failures before the lane halted count; those after it are the lane's, not the deliveries'.
  assert.ok(rows.reduce((sum, { attempts }) => sum + attempts, 0) <= 504);
  await within(world, world.engine.stop());
});

test("refused credentials halt the lane at once, and it goes on by itself once they work", async () => {
  const world = await openWorld({ people: 50 });
  world.connector.script = () => ({ kind: "unauthorized", reason: "credentials-wrong" });
  const id = await within(world, startCampaign(world));
  await world.clock.runFor(20_000);
  assert.equal(laneOf(world).attention?.code, "TEAMS_UNAUTHORIZED");
  assert.ok(world.connector.requests.length < 20);
  world.connector.script = () => undefined;
  await untilOver(world, id, 120_000);
  assert.equal((await world.engine.campaigns.get(id)).counts.accepted, 50);
  assert.equal(laneOf(world).attention, null);
  await within(world, world.engine.stop());
});

test("pause and cancel work while the lane is halted", async () => {
  const world = await openWorld({ people: 50 });
  world.connector.script = () => noConnection;
  const id = await within(world, startCampaign(world));
  await world.clock.runFor(20_000);
  await within(world, world.engine.campaigns.pause(id));
  await world.clock.runFor(70_000);
  const before = world.connector.requests.length;
  await world.clock.runFor(70_000);
  assert.equal(world.connector.requests.length, before);
  await within(world, world.engine.campaigns.cancel(id));
  await world.clock.runFor(5000);
  assert.equal((await world.engine.campaigns.get(id)).counts.cancelled, 50);
  await within(world, world.engine.stop());
});

/** A store of which every ledger write fails while `failing()` says so. */
function flaky(failing: () => boolean): (store: Store) => Store {
  const writes: readonly (keyof LedgerStore)[] = ["takeTurn", "acquireLane", "expandEveryone"];
  return (store) => ({
    ...store,
    ledger: new Proxy(store.ledger, {
      get: (ledger, name: keyof LedgerStore) =>
        writes.includes(name) && failing()
          ? () => Promise.reject(new StoreError("STORE_FULL", { detail: "no room" }))
          : ledger[name],
    }),
  });
}

test("a full disk loses nothing: sending stops, says so, and goes on when there is room", async () => {
  let full = false;
  const world = await openWorld({ people: 300, around: flaky(() => full) });
  const id = await within(world, startCampaign(world));
  await world.clock.runUntil(() => world.connector.sends.length > 100, 60_000);
  full = true;
  await world.clock.runFor(150);
  const before = world.connector.sends.length;
  await world.clock.runFor(60_000);
  assert.equal(world.connector.sends.length, before);
  assert.equal((await world.engine.campaigns.get(id)).attention?.code, "STORE_FULL");
  full = false;
  await untilOver(world, id, 60_000);
  const { counts, attention } = await world.engine.campaigns.get(id);
  assert.deepEqual([counts.accepted, counts.total, attention], [300, 300, null]);
  assert.equal(world.connector.sends.length, 300);
  await within(world, world.engine.stop());
});

test("a disk that is full before the start delays the campaign and its expansion", async () => {
  let full = true;
  const world = await openWorld({ people: 20, around: flaky(() => full) });
  const id = await within(world, startCampaign(world));
  await world.clock.runFor(30_000);
  assert.equal(world.connector.sends.length, 0);
  full = false;
  await untilOver(world, id, 30_000);
  assert.equal(world.connector.sends.length, 20);
  await within(world, world.engine.stop());
});

for (const onUncertain of ["resend", "hold"] as const)
  test(`after a crash the rows in flight are uncertain, and the policy ${onUncertain} decides`, async () => {
    const alive = { value: true };
    const never = new Promise<never>(() => undefined);
    const mortal = (store: Store): Store => ({
      ...store,
      ledger: new Proxy(store.ledger, {
        get: (ledger, name: keyof LedgerStore) => (alive.value ? ledger[name] : () => never),
      }),
    });
    const first = await openWorld({ people: 300, around: mortal });
    const id = await within(first, startCampaign(first, { onUncertain }));
    await first.clock.runUntil(() => first.connector.sends.length > 100, 60_000);
    alive.value = false;
    await first.clock.runFor(30_000);
    const sentBefore = first.connector.sends.length;
    const rows = await first.store.ledger.listDeliveries(campaignId(id), {
      state: "sending",
      limit: 1000,
    });
    const left = rows.items.length;
    assert.ok(left > 0 && left < 40, `${left} rows left in flight`);
    const second = startEngine(first);
    await second.engine.start();
    await untilOver(second, id);
    const view = await second.engine.campaigns.get(id);
    assert.equal(view.counts.total, 300);
    assert.equal(view.counts.sending + view.counts.pending, 0);
    if (onUncertain === "resend") {
      assert.deepEqual([view.counts.accepted, view.resent], [300, left]);
      const again = second.connector.sends.length - 300;
      assert.ok(again <= left && sentBefore > 0, `${again} twice`);
    } else {
      assert.deepEqual([view.counts.accepted, view.counts.uncertain], [300 - left, left]);
      assert.ok(second.connector.sends.length <= 300);
    }
    await within(second, second.engine.stop());
  });

test("a worker that lost its lane stops, drops what it had, and says how much that was", async () => {
  const world = await openWorld({ people: 300 });
  world.connector.latencyMs = 150;
  const id = await within(world, startCampaign(world));
  await world.clock.runUntil(() => world.connector.sends.length > 50, 60_000);
  const scope = { botId: world.engine.botId, tenantId: tenant };
  const [lane] = await world.store.ledger.openLanes(world.engine.botId);
  assert.ok(lane?.holder != null);
  const other = await world.store.ledger.acquireLane({
    scope,
    worker: workerId("other"),
    leaseUntil: world.clock.now() + 20_000,
    from: lane.holder,
  });
  assert.ok("hold" in other);
  const before = world.connector.sends.length;
  await world.clock.runFor(2_000);
  assert.ok(world.connector.sends.length - before <= 7, "it goes on after its lane was taken");
  const lost = world.logged.find(({ event }) => event === "lane.lost")?.fields ?? {};
  const inFlight = await world.store.ledger.listDeliveries(campaignId(id), {
    state: "sending",
    limit: 1000,
  });
  assert.equal(lost.deliveries, inFlight.items.length, "all that the next holder finds in flight");
  assert.ok(Number(lost.requests) >= 5 && Number(lost.requests) <= Number(lost.deliveries));
  const [view] = world.engine.lanes();
  assert.deepEqual([view?.holdsLost, view?.settlementsIgnored], [1, lost.settlements]);
  await world.store.ledger.releaseLane(other.hold, 0);
  await untilOver(world, id);
  const { counts } = await world.engine.campaigns.get(id);
  assert.deepEqual([counts.accepted, counts.total], [300, 300]);
  await within(world, world.engine.stop());
});

test("stop leaves nothing in flight, and the next start goes on", async () => {
  const world = await openWorld({ people: 300 });
  world.connector.latencyMs = 800;
  const id = await within(world, startCampaign(world));
  await world.clock.runUntil(() => world.connector.sends.length > 100, 60_000);
  await within(world, world.engine.stop());
  const { counts } = await world.engine.campaigns.get(id);
  assert.equal(counts.sending, 0);
  assert.equal(counts.accepted, world.connector.sends.length);
  assert.equal(world.clock.sleeping, 0);
  const next = startEngine(world);
  await next.engine.start();
  await untilOver(next, id);
  assert.equal(world.connector.sends.length, 300);
  await within(next, next.engine.stop());
});

test("stop waits for its grace only: requests that do not end are cut short and uncertain", async () => {
  const world = await openWorld({ people: 5 });
  world.connector.latencyMs = 3_600_000;
  const id = await within(world, startCampaign(world, { onUncertain: "hold" }));
  await world.clock.runUntil(() => world.connector.sends.length === 5, 60_000);
  const from = world.clock.now();
  await within(world, world.engine.stop({ graceMs: 2000 }));
  assert.ok(world.clock.now() - from < 5000);
  assert.equal((await world.engine.campaigns.get(id)).counts.uncertain, 5);
});

test("an engine without work sleeps: it takes no turns and makes no requests", async () => {
  let turns = 0;
  const counted = (store: Store): Store => ({
    ...store,
    ledger: new Proxy(store.ledger, {
      get: (ledger, name: keyof LedgerStore) => {
        if (name === "takeTurn" || name === "acquireLane") turns += 1;
        return ledger[name];
      },
    }),
  });
  const world = await openWorld({ people: 3, around: counted });
  const id = await within(world, startCampaign(world));
  await untilOver(world, id);
  await world.clock.runFor(10_000);
  turns = 0;
  await world.clock.runFor(600_000);
  assert.equal(turns, 0);
  await within(
    world,
    world.engine.notifications.create({ to: { user: objectId(0) }, message: { text: "again" } }),
  );
  await world.clock.runUntil(() => world.connector.sends.length === 4, 1000);
  assert.equal(world.connector.sends.length, 4);
  await within(world, world.engine.stop());
});

for (const [name, skewMs] of [
  ["back by an hour", -3_600_000],
  ["forward by an hour", 3_600_000],
] as const)
  test(`a machine whose clock is set ${name} goes on sending at its pace`, async () => {
    let skew = 0;
    const world = await openWorld({ people: 300, skewMs: () => skew });
    const id = await within(world, startCampaign(world));
    await world.clock.runUntil(() => world.connector.sends.length > 100, 60_000);
    skew = skewMs;
    const from = world.clock.now();
    await world.clock.runUntil(() => world.connector.sends.length === 300, 60_000);
    assert.ok(world.clock.now() - from < 5000, `${world.clock.now() - from} ms`);
    const starts = world.connector.sends.map(({ at }) => at);
    for (const [index, at] of starts.entries())
      assert.ok(at - (starts[index - 50] ?? Number.NEGATIVE_INFINITY) >= 1000);
    await untilOver(world, id, 5000);
    await within(world, world.engine.stop());
  });

test("thirty messages to one conversation at once keep their order", async () => {
  const world = await openWorld({ start: false });
  const chat = "19:busy@thread.v2";
  for (const n of range(30))
    await within(
      world,
      world.engine.notifications.create({ to: { chat }, message: { text: `#${n}.` } }),
    );
  await world.engine.start();
  await world.clock.runUntil(() => world.connector.messages.length === 30, 300_000);
  const order = world.connector.messages.map(({ body }) => Number(/#(\d+)\./.exec(body)?.[1]));
  assert.deepEqual(order, [...range(30)]);
  await within(world, world.engine.stop());
});

test("a campaign that expires while the lane is halted ends all the same", async () => {
  const world = await openWorld({ people: 50 });
  world.connector.script = () => noConnection;
  const expiresAt = world.clock.now() + 20_000;
  const id = await within(world, startCampaign(world, { expiresAt }));
  await world.clock.runFor(25_000);
  const { state, counts, reasons } = await world.engine.campaigns.get(id);
  assert.deepEqual([state, counts.failed], ["finished", 50]);
  assert.deepEqual(
    reasons.map(({ code }) => code),
    ["DELIVERY_EXPIRED"],
  );
  await within(world, world.engine.stop());
});

test("a process after the one that was told obeys its Retry-After, for deliveries and for rosters", async () => {
  const world = await openWorld({ people: 10 });
  world.connector.script = () => throttled(60_000);
  const target = { user: objectId(1) };
  await within(
    world,
    world.engine.notifications.create({ to: target, message: { text: "hello" } }),
  );
  await world.clock.runUntil(() => laneOf(world).throttled > 0, 10_000);
  const until = laneOf(world).throttledUntil ?? 0;
  assert.ok(until > world.clock.now() + 50_000);
  await within(world, world.engine.stop());
  const before = world.connector.requests.length;

  world.connector.script = () => undefined;
  const next = startEngine(world, { readsRosters: true });
  const team = teamId("19:team@thread.tacv2");
  await next.engine.start();
  await next.engine.learn([
    { fact: "team-seen", tenantId: tenant, teamId: team, serviceUrl, install: "installed" },
  ]);
  await world.clock.runFor(120_000);
  const after = world.connector.requests.slice(before);
  assert.deepEqual(new Set(after.map(({ operation }) => operation)), new Set(["members", "send"]));
  assert.ok(after.every(({ at }) => at >= until));
  await within(next, next.engine.stop());
});
