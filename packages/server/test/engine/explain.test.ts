// Goal: what happened can be explained from stored facts: for a delivery, a campaign and a person. Method: the real store, a
// connector that answers from a script; a second engine on the same store says the same.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ProblemError } from "../../src/domain/errors.ts";
import { conversationId } from "../../src/domain/ids.ts";
import type { Outcome } from "../../src/domain/outcome.ts";
import {
  installed,
  objectId,
  openWorld,
  personOf,
  seen,
  serviceUrl,
  startCampaign,
  startEngine,
  tenant,
  untilOver,
  type World,
  within,
} from "./engine-world.ts";

const explain = (world: World, id: string, n: number) =>
  within(world, world.engine.explain.delivery(id, objectId(n)));

function script(world: World, answers: readonly (Outcome | undefined)[]): void {
  let next = 0;
  world.connector.script = () => {
    next += 1;
    return answers[next - 1];
  };
}

test("a first-time success is shown as the one request that it was, with what Teams said", async () => {
  const world = await openWorld({ people: 1 });
  const id = await within(world, startCampaign(world));
  await untilOver(world, id);
  const { line, next, history, delivery, person, campaign } = await explain(world, id, 0);
  assert.match(line, /^Teams accepted the message to Person 0 at .*, at the first request\.$/);
  assert.equal(next, "nothing");
  assert.equal(history.length, 1);
  const [only] = history;
  assert.deepEqual(
    [only?.number, only?.operation, only?.at, only?.outcome.kind],
    [1, "send", delivery.firstAttemptAt, "accepted"],
  );
  assert.deepEqual(only?.evidence, {
    status: 201,
    platformCode: null,
    subCode: null,
    detail: null,
    requestId: delivery.requestId,
    retryAfterMs: null,
    latencyMs: 20,
  });
  assert.equal(world.connector.sends[0]?.at, only?.at);
  assert.equal((await world.engine.campaigns.attempts(id, delivery.recipient)).length, 0);
  assert.deepEqual([person?.name, campaign.id, campaign.state], ["Person 0", id, "finished"]);
  await within(world, world.engine.stop());
});

test("one that needed its chat first says so, and claims no time for the second request", async () => {
  const world = await openWorld({});
  await world.engine.learn([seen(0)]);
  const id = await within(world, startCampaign(world));
  await untilOver(world, id);
  const { line, history } = await explain(world, id, 0);
  assert.match(line, /after 2 requests\.$/);
  const [only, ...others] = history;
  assert.deepEqual([only?.number, others], [2, []]);
  assert.match(only?.decision ?? "", /after the conversation was created/);
  await within(world, world.engine.stop());
});

test("each request of a troubled delivery has what was observed, and what was decided and why", async () => {
  const world = await openWorld({ people: 1 });
  script(world, [
    { kind: "throttled", retryAfterMs: 3_000, scope: "unknown" },
    { kind: "unreachable", reason: "conversation-gone" },
    undefined,
    { kind: "uncertain", reason: "timeout" },
  ]);
  const id = await within(world, startCampaign(world));
  await untilOver(world, id);
  const { line, history, delivery } = await explain(world, id, 0);
  assert.deepEqual(
    history.map(({ number, operation, outcome }) => [number, operation, outcome.kind]),
    [
      [1, "send", "throttled"],
      [2, "send", "unreachable"],
      [3, "create-conversation", "accepted"],
      [4, "send", "uncertain"],
      [5, "send", "accepted"],
    ],
  );
  const decisions = history.map(({ decision }) => decision);
  for (const [index, pattern] of [
    /slow down; next try in \d+(?:\.\d)? s/,
    /gone, so it is created again/,
    /the message follows/,
    /may have arrived.*send it again/,
    /accepted/,
  ].entries())
    assert.match(decisions[index] ?? "", pattern);
  for (const { evidence, at } of history)
    assert.ok(evidence.latencyMs >= 0 && at > 0 && "requestId" in evidence);
  assert.equal(delivery.resent, 1);
  assert.match(line, /after 5 requests.*tried again once.*may have arrived more than once/);
  await within(world, world.engine.stop());
});

test("after a restart the same is said", async () => {
  const world = await openWorld({ people: 2 });
  script(world, [{ kind: "rejected", reason: "too-big" }]);
  const id = await within(world, startCampaign(world));
  await untilOver(world, id);
  const before = [
    await explain(world, id, 0),
    await world.engine.explain.person(objectId(1)),
    await world.engine.explain.campaign(id),
  ] as const;
  await within(world, world.engine.stop());
  const next = startEngine(world);
  const after = [
    await next.engine.explain.delivery(id, objectId(0)),
    await next.engine.explain.person(objectId(1)),
    await next.engine.explain.campaign(id),
  ] as const;
  assert.deepEqual(after, before);
  const [, , campaign] = after;
  assert.match(campaign.line, /1 of 2 accepted, 1 failed\. Why: .*size.*TEAMS_TOO_BIG, 1/);
  assert.equal(campaign.next, "correct");
  assert.deepEqual(
    campaign.reasons.map(({ code, count, next: step }) => [code, count, step]),
    [["TEAMS_TOO_BIG", 1, "correct"]],
  );
});

test("a person's explanation tells their last campaigns and notifications, also those under an id of old", async () => {
  const world = await openWorld({});
  const { engine } = world;
  const { aadObjectId: _, ...unnamed } = personOf(0);
  const conversation = conversationId("a:x");
  await engine.learn([
    {
      ...{
        fact: "personal-conversation",
        tenantId: tenant,
        conversationId: conversation,
        serviceUrl,
      },
      person: unnamed,
    },
  ]);
  const old = await within(world, startCampaign(world, { name: "Of old" }));
  await untilOver(world, old);
  await engine.learn([
    { fact: "person-seen", tenantId: tenant, person: personOf(0) },
    installed(0),
  ]);
  const made = await within(
    world,
    engine.notifications.create({ to: { user: objectId(0) }, message: { text: "hi" } }),
  );
  await within(world, engine.notifications.settled(made.id));
  await engine.learn([installed(1)]);
  const others = await within(world, startCampaign(world, { name: "All" }));
  await untilOver(world, others);
  for (const name of [objectId(0), "29:0", "person0@contoso.example"]) {
    const { line, deliveries, serviceHost } = await engine.explain.person(name);
    assert.match(line, /^Person 0 can be reached/);
    assert.equal(serviceHost, "smba.trafficmanager.net");
    assert.deepEqual(
      deliveries.map(({ campaign }) => campaign.id),
      [others, made.id, old],
    );
    for (const one of deliveries) assert.match(one.line, /^Teams accepted the message to Person 0/);
  }
  // The old row is found by the person's present names.
  assert.equal((await engine.explain.delivery(old, objectId(0))).delivery.state, "accepted");
  assert.equal((await engine.explain.delivery(made.id, "29:0")).campaign.kind, "notification");
  await within(world, engine.stop());
});

test("what is not there is said to be not there", async () => {
  const world = await openWorld({ people: 1 });
  const id = await within(world, startCampaign(world));
  await untilOver(world, id);
  const { explain: told } = world.engine;
  for (const [asked, code] of [
    [told.person("nobody@contoso.example"), "PERSON_UNKNOWN"],
    [told.campaign("cmp_nothing"), "CAMPAIGN_UNKNOWN"],
    [told.delivery("ntf_nothing", objectId(0)), "CAMPAIGN_UNKNOWN"],
    [told.delivery(id, objectId(7)), "DELIVERY_UNKNOWN"],
  ] as const)
    await assert.rejects(asked, (error) => error instanceof ProblemError && error.code === code);
  await within(world, world.engine.stop());
});
