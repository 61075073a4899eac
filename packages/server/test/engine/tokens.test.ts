import assert from "node:assert/strict";
import { test } from "node:test";
import { overlay } from "../../../harness/src/overlay.ts";
import { teamId } from "../../src/domain/ids.ts";
import type { Outcome } from "../../src/domain/outcome.ts";
import {
  openWorld,
  serviceUrl,
  startCampaign,
  startEngine,
  tenant,
  untilOver,
  within,
} from "./engine-world.ts";

const stale: Outcome = { kind: "transient", reason: "token-stale", retryAfterMs: null };

test("the repeat after a 401 is let in like any other request, and recorded", async () => {
  const world = await openWorld({ people: 12, ratePerSecond: 4 });
  world.connector.latencyMs = 1;
  let refusals = 2;
  world.connector.script = () => {
    refusals -= 1;
    return refusals >= 0 ? stale : undefined;
  };
  const id = await within(world, startCampaign(world));
  await untilOver(world, id);
  const starts = world.connector.requests.map(({ at }) => at);
  assert.equal(starts.length, 14);
  for (const [index, at] of starts.entries())
    assert.ok(at - (starts[index - 4] ?? Number.NEGATIVE_INFINITY) >= 1_000, `start ${index}`);
  const { counts } = await world.engine.campaigns.get(id);
  assert.equal(counts.accepted, 12);
  const first = world.connector.requests[0]?.target.slice(2) ?? "";
  const attempts = await world.engine.campaigns.attempts(id, `user:${first}`);
  assert.deepEqual(
    attempts.map(({ outcome }) => outcome.kind),
    ["transient", "accepted"],
  );
  await within(world, world.engine.stop());
});

test("the repeat after a 401 waits for a Retry-After, and is given up when the campaign is paused", async () => {
  const world = await openWorld({ people: 2 });
  world.connector.script = ({ target }) => {
    if (world.connector.requests.length > 2) return undefined;
    return target.endsWith("0") ? stale : { kind: "throttled", retryAfterMs: 9000, scope: "lane" };
  };
  world.connector.latencyMs = 300;
  const id = await within(world, startCampaign(world));
  await world.clock.runUntil(() => world.connector.requests.length === 2, 5000);
  const heardAt = world.clock.now() + 300;
  await world.clock.runFor(5000);
  assert.equal(world.connector.requests.length, 3, "the 401 was answered before the 429");
  await world.clock.runFor(20_000);
  assert.ok(world.connector.requests.slice(3).every(({ at }) => at >= heardAt + 9000));

  world.connector.script = () => stale;
  const paused = await within(world, startCampaign(world));
  await world.clock.runFor(100);
  await within(world, world.engine.campaigns.pause(paused));
  const before = world.connector.requests.length;
  await world.clock.runFor(60_000);
  assert.equal(world.connector.requests.length, before);
  assert.equal((await world.engine.campaigns.get(id)).counts.accepted, 2);
  await within(world, world.engine.stop());
});

test("a roster that is refused for a stale token is asked for once more, within the budget", async () => {
  const world = await openWorld({ readsRosters: true, ratePerSecond: 1 });
  world.connector.script = () => (world.connector.requests.length === 1 ? stale : undefined);
  const team = teamId("19:team@thread.tacv2");
  await world.engine.learn([
    { fact: "team-seen", tenantId: tenant, teamId: team, serviceUrl, install: "installed" },
  ]);
  await world.clock.runFor(10_000);
  const [first, second, ...others] = world.connector.requests;
  assert.deepEqual(others, []);
  assert.ok((second?.at ?? 0) - (first?.at ?? 0) >= 1000);
  await within(world, world.engine.stop());
});

test("a token that ends while the lane waits is there before the first request is let in", async () => {
  const { clock, connector, store } = await openWorld({ people: 30, start: false });
  let readyAt = clock.now();
  let endsAt = clock.now() + 20_000;
  const starts: number[] = [];
  connector.script = ({ at }) => {
    starts.push(at);
    assert.ok(at >= readyAt && at < endsAt, "no request waits for a token");
    return starts.length === 5
      ? { kind: "throttled", retryAfterMs: 60_000, scope: "lane" }
      : undefined;
  };
  const slow = overlay(connector, {
    prepare: () => {
      if (clock.now() < endsAt) return null;
      readyAt = clock.now() + 700;
      endsAt = readyAt + 3_600_000;
      return clock.sleep(700);
    },
  });
  const world = startEngine({ clock, connector: slow, store }, { ratePerSecond: 10 });
  await world.engine.start();
  const id = await within(world, startCampaign(world));
  await untilOver(world, id);
  for (const [index, at] of starts.entries())
    assert.ok(at - (starts[index - 10] ?? Number.NEGATIVE_INFINITY) >= 1_000);
  await within(world, world.engine.stop());
});
