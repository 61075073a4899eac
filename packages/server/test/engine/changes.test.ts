import assert from "node:assert/strict";
import { test } from "node:test";
import { isOver } from "../../src/domain/campaign.ts";
import { ProblemError } from "../../src/domain/errors.ts";
import type { CampaignView } from "../../src/engine/engine.ts";
import {
  deliveriesOf,
  mortal,
  objectId,
  openWorld,
  startCampaign,
  startEngine,
  tenant,
  untilOver,
  type World,
  within,
} from "./engine-world.ts";

const newText = { text: "corrected" };

/** A world in which a campaign to everyone is over. */
async function afterCampaign(people: number, options: Parameters<typeof openWorld>[0] = {}) {
  const world = await openWorld({ people, ...options });
  const id = await within(world, startCampaign(world));
  await untilOver(world, id);
  return { world, id };
}

/** The newest change of a campaign, followed to its end. */
async function changed(world: World, view: CampaignView): Promise<CampaignView> {
  const id = view.changes[0]?.id ?? "it has no change";
  if (!isOver((await world.engine.campaigns.get(id)).state)) await untilOver(world, id);
  return world.engine.campaigns.get(id);
}

async function edited(world: World, id: string, message = newText): Promise<CampaignView> {
  return changed(world, await within(world, world.engine.campaigns.edit(id, { message })));
}

async function recalled(world: World, id: string): Promise<CampaignView> {
  return changed(world, await within(world, world.engine.campaigns.recall(id)));
}

/** What each person sees now: the texts of their messages that are there. */
function seenBy({ connector }: World): ReadonlyMap<string, readonly string[]> {
  const seen = new Map<string, string[]>();
  for (const { conversationId, body, deleted } of connector.messages) {
    const texts = seen.get(conversationId) ?? [];
    seen.set(conversationId, texts);
    if (!deleted) texts.push(textOf(body));
  }
  return seen;
}

function textOf(body: string): string {
  return (JSON.parse(body) as { readonly text: string }).text;
}

function assertAllSee(world: World, people: number, texts: readonly string[]): void {
  const seen = seenBy(world);
  assert.equal(seen.size, people);
  for (const [person, shown] of seen) assert.deepEqual(shown, texts, person);
}

async function refusalOf(promise: Promise<unknown>): Promise<ProblemError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ProblemError, String(error));
  return error;
}

test("an edit replaces the message of everyone who got it, at the lane's pace", async () => {
  const { world, id } = await afterCampaign(200);
  const change = await edited(world, id);
  assert.deepEqual([change.kind, change.state, change.changeOf], ["edit", "finished", id]);
  assert.deepEqual([change.counts.total, change.counts.accepted], [200, 200]);
  assertAllSee(world, 200, ["corrected"]);
  const updates = world.connector.requests.filter(({ operation }) => operation === "update");
  const starts = updates.map(({ at }) => at);
  for (const [index, at] of starts.entries())
    assert.ok(at - (starts[index - 50] ?? Number.NEGATIVE_INFINITY) >= 1000);
  const view = await world.engine.campaigns.get(id);
  assert.deepEqual(view.message, newText);
  assert.deepEqual(
    view.changes.map(({ id: one, kind, state, counts }) => [one, kind, state, counts.accepted]),
    [[change.id, "edit", "finished", 200]],
  );
  await within(world, world.engine.stop());
});

test("an edit is rendered anew for each recipient", async () => {
  const { world, id } = await afterCampaign(3);
  await edited(world, id, { text: "Hello ${person.givenName}" });
  const texts = [...seenBy(world).values()].flat();
  assert.deepEqual([...texts].sort(), ["Hello P0", "Hello P1", "Hello P2"]);
  await within(world, world.engine.stop());
});

test("an edit of a running campaign reaches everyone once: as an update, or as the message itself", async () => {
  const world = await openWorld({ people: 300 });
  const id = await within(world, startCampaign(world));
  await world.clock.runUntil(() => world.connector.sends.length >= 100, 60_000);
  const change = await edited(world, id);
  await untilOver(world, id);
  assertAllSee(world, 300, ["corrected"]);
  const old = world.connector.messages.filter(({ editions }) => editions.length > 1);
  assert.equal(old.length, change.counts.total);
  assert.ok(old.length >= 100 && old.length < 150, `${old.length} were updated`);
  assert.equal(world.connector.messages.length, 300);
  await within(world, world.engine.stop());
});

test("a paused campaign goes on with the edited message", async () => {
  const world = await openWorld({ people: 100 });
  const id = await within(world, startCampaign(world));
  await world.clock.runUntil(() => world.connector.sends.length >= 40, 60_000);
  await within(world, world.engine.campaigns.pause(id));
  await edited(world, id);
  await world.clock.runFor(5000);
  assert.equal((await world.engine.campaigns.get(id)).state, "paused");
  await within(world, world.engine.campaigns.resume(id));
  await untilOver(world, id);
  assertAllSee(world, 100, ["corrected"]);
  await within(world, world.engine.stop());
});

test("a draft and a campaign for later are edited before anything is sent", async () => {
  const world = await openWorld({ people: 5 });
  const request = { name: "x", message: { text: "old" }, audience: { include: [everyone] } };
  const draft = await world.engine.campaigns.create(request);
  const change = await edited(world, draft.id);
  assert.deepEqual([change.state, change.counts.total], ["finished", 0]);
  assert.equal((await world.engine.campaigns.get(draft.id)).state, "draft");
  await within(world, world.engine.campaigns.start(draft.id));
  await untilOver(world, draft.id);
  assertAllSee(world, 5, ["corrected"]);
  await within(world, world.engine.stop());
});

const everyone = { everyone: true } as const;

test("a recall of a running campaign sends nothing more and deletes what was accepted", async () => {
  const world = await openWorld({ people: 300 });
  const id = await within(world, startCampaign(world));
  await world.clock.runUntil(() => world.connector.sends.length >= 100, 60_000);
  const view = await within(world, world.engine.campaigns.recall(id));
  assert.equal(view.state, "cancelled");
  assert.ok(view.recalledAt !== null);
  const sent = world.connector.sends.length;
  const change = await changed(world, view);
  assert.equal(world.connector.sends.length, sent);
  assert.deepEqual([change.kind, change.state, change.priority], ["recall", "finished", "urgent"]);
  assert.equal(change.counts.accepted, sent);
  assert.ok(world.connector.messages.every(({ deleted }) => deleted));
  await world.clock.runFor(10_000);
  const { counts } = await world.engine.campaigns.get(id);
  assert.deepEqual([counts.accepted, counts.cancelled], [sent, 300 - sent]);
  await within(world, world.engine.stop());
});

test("a recall overtakes what is sent at the same time", async () => {
  const { world, id } = await afterCampaign(40);
  await within(world, startCampaign(world, { message: { text: "another" } }));
  await world.clock.runFor(200);
  const askedAt = world.clock.now();
  await recalled(world, id);
  const deletes = world.connector.requests.filter(({ operation }) => operation === "delete");
  assert.equal(deletes.length, 40);
  assert.ok(world.clock.now() - askedAt < 2500, `${world.clock.now() - askedAt} ms`);
  await within(world, world.engine.stop());
});

test("a message that is gone counts as recalled, with a remark, and cannot be edited", async () => {
  const { world, id } = await afterCampaign(4);
  for (const message of world.connector.messages.slice(0, 2)) message.deleted = true;
  const edit = await edited(world, id);
  assert.deepEqual([edit.counts.accepted, edit.counts.failed], [2, 2]);
  assert.deepEqual(edit.reasons, [{ state: "failed", code: "TEAMS_MESSAGE_GONE", count: 2 }]);
  const recall = await recalled(world, id);
  assert.equal(recall.counts.accepted, 4);
  const rows = await deliveriesOf(world, recall.id);
  assert.equal(rows.filter(({ detail }) => detail === "The message was gone already.").length, 2);
  await within(world, world.engine.stop());
});

test("who blocked the bot or removed the app is tried, and reported with the reason", async () => {
  const { world, id } = await afterCampaign(4);
  await world.engine.learn([
    {
      fact: "person-install",
      tenantId: tenant,
      person: { aadObjectId: objectId(0) },
      install: "removed",
    },
  ]);
  world.connector.script = ({ operation, target }) => {
    if (operation !== "delete") return undefined;
    if (target === `a:${objectId(0)}`) return { kind: "unreachable", reason: "not-in-roster" };
    if (target === `a:${objectId(1)}`) return { kind: "unreachable", reason: "blocked-by-user" };
    return undefined;
  };
  const recall = await recalled(world, id);
  assert.equal(recall.counts.accepted, 2);
  assert.deepEqual(
    recall.reasons.map(({ state, code, count }) => [state, code, count]),
    [
      ["failed", "TEAMS_BLOCKED_BY_USER", 1],
      ["failed", "TEAMS_NOT_IN_CONVERSATION", 1],
    ],
  );
  const { items } = await world.engine.campaigns.deliveries(id, { limit: 10 });
  assert.deepEqual(
    items.map(({ change }) => change?.code ?? null),
    ["TEAMS_NOT_IN_CONVERSATION", "TEAMS_BLOCKED_BY_USER", null, null],
  );
  assert.ok(items.every(({ change }) => change?.id === recall.id && change.kind === "recall"));
  const blocked = await world.engine.directory.person(objectId(1));
  assert.ok(blocked.blockedAt !== null);
  await within(world, world.engine.stop());
});

test("what has no id, or may have arrived, is reported as what cannot be changed", async () => {
  const world = await openWorld({ people: 3 });
  world.connector.script = ({ operation, target }) =>
    operation === "send" && target === `a:${objectId(0)}`
      ? { kind: "uncertain", reason: "timeout" }
      : undefined;
  const send = world.connector.sendActivity.bind(world.connector);
  world.connector.sendActivity = async (address, request, signal) => {
    const answer = await send(address, request, signal);
    const isSplit = request.conversationId === `a:${objectId(1)}`;
    return isSplit && answer.value ? { ...answer, value: { activityId: null } } : answer;
  };
  const id = await within(world, startCampaign(world, { onUncertain: "hold" }));
  await untilOver(world, id);
  const recall = await recalled(world, id);
  assert.deepEqual([recall.counts.accepted, recall.counts.failed], [1, 2]);
  assert.deepEqual(recall.reasons, [{ state: "failed", code: "DELIVERY_ID_UNKNOWN", count: 2 }]);
  // There is nothing that another recall could reach.
  const again = await within(world, world.engine.campaigns.recall(id));
  assert.equal(again.changes.length, 1);
  await within(world, world.engine.stop());
});

test("a recall is paused and resumed like any campaign, and deletes each message once", async () => {
  const { world, id } = await afterCampaign(120);
  const view = await within(world, world.engine.campaigns.recall(id));
  const change = view.changes[0]?.id ?? "";
  const deletes = () => world.connector.requests.filter(({ operation }) => operation === "delete");
  await world.clock.runUntil(() => deletes().length >= 40, 60_000);
  await within(world, world.engine.campaigns.pause(change));
  const before = deletes().length;
  await world.clock.runFor(10_000);
  assert.equal(deletes().length, before);
  assert.equal((await world.engine.campaigns.get(id)).changes[0]?.state, "paused");
  await within(world, world.engine.campaigns.resume(change));
  await untilOver(world, change);
  assert.equal(deletes().length, 120);
  assert.ok(world.connector.messages.every(({ deleted }) => deleted));
  await within(world, world.engine.stop());
});

test("a cancelled edit changes nothing more", async () => {
  const { world, id } = await afterCampaign(120);
  const view = await within(world, world.engine.campaigns.edit(id, { message: newText }));
  const change = view.changes[0]?.id ?? "";
  const updates = () => world.connector.requests.filter(({ operation }) => operation === "update");
  await world.clock.runUntil(() => updates().length >= 40, 60_000);
  await within(world, world.engine.campaigns.cancel(change));
  const before = updates().length;
  await world.clock.runFor(10_000);
  assert.equal(updates().length, before);
  const { counts } = await world.engine.campaigns.get(change);
  assert.deepEqual([counts.accepted, counts.cancelled], [before, 120 - before]);
  await within(world, world.engine.stop());
});

test("a newer edit takes the place of an older one that is not over", async () => {
  const { world, id } = await afterCampaign(120);
  const first = await within(
    world,
    world.engine.campaigns.edit(id, { message: { text: "first" } }),
  );
  await world.clock.runFor(1000);
  const second = await edited(world, id, { text: "second" });
  assert.equal(second.counts.accepted, 120);
  assertAllSee(world, 120, ["second"]);
  const older = await world.engine.campaigns.get(first.changes[0]?.id ?? "");
  assert.equal(older.state, "cancelled");
  assert.ok(older.counts.accepted > 0 && older.counts.cancelled > 0);
  await within(world, world.engine.stop());
});

test("after a recall an edit is refused, and a recall is answered with the one that runs", async () => {
  const { world, id } = await afterCampaign(60);
  const view = await within(world, world.engine.campaigns.recall(id));
  const refused = await refusalOf(world.engine.campaigns.edit(id, { message: newText }));
  assert.deepEqual([refused.code, refused.status], ["CAMPAIGN_RECALLED", 409]);
  const again = await within(world, world.engine.campaigns.recall(id));
  assert.deepEqual(
    again.changes.map((change) => change.id),
    view.changes.map((change) => change.id),
  );
  await changed(world, view);
  const over = await within(world, world.engine.campaigns.recall(id));
  assert.equal(over.changes.length, 1);
  assert.deepEqual((await world.engine.campaigns.get(id)).message, { text: "hello" });
  await within(world, world.engine.stop());
});

test("a recall after one that failed for some tries those alone", async () => {
  const { world, id } = await afterCampaign(10);
  world.connector.script = ({ operation, target }) =>
    operation === "delete" && target < `a:${objectId(3)}`
      ? { kind: "rejected", reason: "not-permitted" }
      : undefined;
  const first = await recalled(world, id);
  assert.deepEqual([first.counts.accepted, first.counts.failed], [7, 3]);
  world.connector.script = () => undefined;
  const second = await recalled(world, id);
  assert.notEqual(second.id, first.id);
  assert.deepEqual([second.counts.total, second.counts.accepted], [3, 3]);
  assert.ok(world.connector.messages.every(({ deleted }) => deleted));
  await within(world, world.engine.stop());
});

test("a draft cannot be recalled, and a change cannot be changed: the answer says what can", async () => {
  const { world, id } = await afterCampaign(1);
  const request = { name: "x", message: { text: "old" }, audience: { include: [everyone] } };
  const draft = await world.engine.campaigns.create(request);
  const refused = await refusalOf(world.engine.campaigns.recall(draft.id));
  assert.equal(refused.code, "CAMPAIGN_STATE_CONFLICT");
  assert.match(refused.message, /draft.*Cancel it/);
  const change = await edited(world, id);
  for (const call of [
    () => world.engine.campaigns.edit(change.id, { message: newText }),
    () => world.engine.campaigns.recall(change.id),
  ])
    assert.match((await refusalOf(call())).message, new RegExp(id));
  assert.equal((await refusalOf(world.engine.campaigns.preflight(change.id))).status, 409);
  assert.equal(
    (await refusalOf(world.engine.campaigns.edit("cmp_x", { message: newText }))).status,
    404,
  );
  assert.equal(
    (await refusalOf(world.engine.campaigns.edit(id, { message: { text: "" } }))).code,
    "MESSAGE_INVALID",
  );
  await within(world, world.engine.stop());
});

test("a repeated edit with the same idempotency key is made once", async () => {
  const { world, id } = await afterCampaign(3);
  const request = { message: newText, idempotencyKey: "k" };
  await within(world, world.engine.campaigns.edit(id, request));
  const again = await within(world, world.engine.campaigns.edit(id, request));
  assert.equal(again.changes.length, 1);
  const other = { message: { text: "other" }, idempotencyKey: "k" };
  const refused = await refusalOf(world.engine.campaigns.edit(id, other));
  assert.equal(refused.code, "IDEMPOTENCY_KEY_REUSED");
  await within(world, world.engine.stop());
});

test("lost answers are asked again until Teams says what became of the message, and nothing stays uncertain", async () => {
  const world = await openWorld({ people: 50 });
  const id = await within(world, startCampaign(world, { onUncertain: "hold" }));
  await untilOver(world, id);
  let count = 0;
  world.connector.script = ({ operation }) => {
    count += 1;
    return operation === "delete" && count % 3 > 0
      ? { kind: "uncertain", reason: "timeout" }
      : undefined;
  };
  world.connector.answerLost = () => count % 2 === 0;
  const recall = await recalled(world, id);
  assert.deepEqual([recall.counts.accepted, recall.counts.uncertain], [50, 0]);
  assert.ok(recall.resent > 0);
  assert.ok(world.connector.messages.every(({ deleted }) => deleted));
  await within(world, world.engine.stop());
});

test("an edit that was cancelled while its answer was lost is uncertain, not cancelled", async () => {
  const { world, id } = await afterCampaign(1);
  world.connector.script = ({ operation }) =>
    operation === "update" ? { kind: "uncertain", reason: "timeout" } : undefined;
  const view = await within(world, world.engine.campaigns.edit(id, { message: newText }));
  const change = view.changes[0]?.id ?? "";
  await world.clock.runUntil(() => world.connector.requests.length >= 3, 60_000);
  await within(world, world.engine.campaigns.cancel(change));
  await world.clock.runFor(5000);
  const { counts } = await world.engine.campaigns.get(change);
  assert.deepEqual([counts.uncertain, counts.cancelled], [1, 0]);
  await within(world, world.engine.stop());
});

test("threads in channels and replies are edited and recalled where they were posted", async () => {
  const world = await openWorld({ people: 1 });
  const channel = "19:c@thread.tacv2";
  const made = await within(
    world,
    world.engine.notifications.create({
      to: [{ channel }, { thread: { channel, rootId: "1700" } }, { user: objectId(0) }],
      message: { text: "hello" },
    }),
  );
  await within(world, world.engine.notifications.settled(made.id));
  const after = await within(world, world.engine.notifications.edit(made.id, { message: newText }));
  await untilOver(world, after.changes[0]?.id ?? "");
  assert.deepEqual([...seenBy(world).values()].flat(), ["corrected", "corrected", "corrected"]);
  const updates = world.connector.requests.filter(({ operation }) => operation === "update");
  assert.deepEqual(
    updates.map(({ target }) => target).sort(),
    [
      `${channel};messageid=${world.connector.messages.find(({ conversationId }) => conversationId === channel)?.activityId}`,
      `${channel};messageid=1700`,
      `a:${objectId(0)}`,
    ].sort(),
  );
  const recall = await within(world, world.engine.notifications.recall(made.id));
  await untilOver(world, recall.changes[0]?.id ?? "");
  assert.ok(world.connector.messages.every(({ deleted }) => deleted));
  const view = await world.engine.notifications.get(made.id);
  assert.deepEqual(
    view.deliveries.map(({ change }) => [change?.kind, change?.state]),
    Array.from({ length: 3 }, () => ["recall", "accepted"]),
  );
  await within(world, world.engine.stop());
});

test("a campaign is recalled at its time, exactly once, and nothing is tried after it", async () => {
  const world = await openWorld({ people: 100 });
  const recallAt = world.clock.now() + 1500;
  const id = await within(world, startCampaign(world, { recallAt }));
  await world.clock.runFor(500);
  const other = startEngine(world, { seed: 2 });
  await other.engine.start();
  await world.clock.runUntil(() => world.clock.now() >= recallAt + 10_000, 60_000);
  const view = await world.engine.campaigns.get(id);
  assert.equal(view.state, "cancelled");
  assert.equal(view.changes.length, 1);
  assert.deepEqual([view.recallAt, view.changes[0]?.state], [recallAt, "finished"]);
  const sent = world.connector.sends.length;
  assert.ok(sent > 30 && sent < 100, `${sent} were sent`);
  assert.ok(world.connector.sends.every(({ at }) => at < recallAt));
  assert.ok(world.connector.messages.every(({ deleted }) => deleted));
  const change = await world.engine.campaigns.get(view.changes[0]?.id ?? "");
  assert.equal(change.priority, "bulk");
  await within(world, Promise.all([world.engine.stop(), other.engine.stop()]));
});

test("a recall whose time came while no process ran is made by the next, and only what was not recalled before", async () => {
  const world = await openWorld({ people: 6 });
  const recallAt = world.clock.now() + 60_000;
  const [late, before] = [
    await within(world, startCampaign(world, { recallAt })),
    await within(world, startCampaign(world, { recallAt })),
  ];
  await untilOver(world, before);
  await recalled(world, before);
  await within(world, world.engine.stop());
  await world.clock.runFor(100_000);
  const next = startEngine(world, { seed: 2 });
  await next.engine.start();
  await world.clock.runFor(10_000);
  assert.ok(world.connector.messages.every(({ deleted }) => deleted));
  const views = [await next.engine.campaigns.get(late), await next.engine.campaigns.get(before)];
  assert.deepEqual(
    views.map(({ changes }) => changes.length),
    [1, 1],
  );
  await within(next, next.engine.stop());
});

test("an instant of recall that lets nothing be sent is refused", async () => {
  const world = await openWorld({ people: 1 });
  const now = world.clock.now();
  const request = { to: { user: objectId(0) }, message: { text: "x" } };
  for (const options of [{ recallAt: now }, { sendAt: now + 5000, recallAt: now + 5000 }]) {
    const refused = await refusalOf(world.engine.notifications.create({ ...request, ...options }));
    assert.equal(refused.code, "REQUEST_INVALID");
    assert.match(refused.message, /recallAt/);
  }
  await within(world, world.engine.stop());
});

test("a process that dies in the middle of an edit leaves the rest to the next, and every message ends edited", async () => {
  const life = { alive: true };
  const { world, id } = await afterCampaign(150, { around: mortal(life) });
  const view = await within(world, world.engine.campaigns.edit(id, { message: newText }));
  const updates = () => world.connector.requests.filter(({ operation }) => operation === "update");
  await world.clock.runUntil(() => updates().length >= 60, 60_000);
  life.alive = false;
  const next = startEngine(world, { seed: 2 });
  await next.engine.start();
  const change = await changed(next, view);
  assert.deepEqual([change.counts.accepted, change.counts.uncertain], [150, 0]);
  assert.ok(change.resent > 0);
  assertAllSee(world, 150, ["corrected"]);
  await within(next, next.engine.stop());
});

test("what a dead process asked for comes late, and does not undo a newer edit", async () => {
  const life = { alive: true };
  const { world, id } = await afterCampaign(1, { around: mortal(life) });
  const { clock, connector } = world;
  connector.latencyMs = 25_000;
  await within(world, world.engine.campaigns.edit(id, { message: { text: "first" } }));
  await clock.runUntil(
    () => connector.requests.some(({ operation }) => operation === "update"),
    5000,
  );
  life.alive = false;
  connector.latencyMs = 20;
  const next = startEngine(world, { seed: 2 });
  await next.engine.start();
  const view = await within(next, next.engine.campaigns.edit(id, { message: newText }));
  const change = await changed(next, view);
  assert.equal(change.counts.accepted, 1);
  const [message] = connector.messages;
  assert.deepEqual(
    message?.editions.map((body) => textOf(body ?? "")),
    ["hello", "first", "corrected"],
  );
  await within(next, next.engine.stop());
});

test("an edit by one process reaches what another one is sending", async () => {
  const world = await openWorld({ people: 200 });
  const id = await within(world, startCampaign(world));
  await world.clock.runUntil(() => world.connector.sends.length >= 50, 60_000);
  // Holds no lane: the first process goes on with it.
  const other = startEngine(world, { seed: 2 });
  const view = await within(other, other.engine.campaigns.edit(id, { message: newText }));
  await untilOver(world, id);
  const change = await changed(world, view);
  assertAllSee(world, 200, ["corrected"]);
  assert.ok(change.counts.total >= 50 && change.counts.total < 200, `${change.counts.total}`);
  await within(world, world.engine.stop());
});

test("a change that has to wait long for requests before it says so", async () => {
  const { world, id } = await afterCampaign(2);
  world.connector.latencyMs = 60_000;
  await within(world, world.engine.campaigns.edit(id, { message: { text: "first" } }));
  await world.clock.runFor(2000);
  const view = await within(world, world.engine.campaigns.edit(id, { message: newText }));
  const change = view.changes[0]?.id ?? "";
  await world.clock.runFor(20_000);
  assert.equal((await world.engine.campaigns.get(change)).attention, null);
  await world.clock.runFor(30_000);
  const waiting = await world.engine.campaigns.get(change);
  assert.equal(waiting.attention?.code, "CAMPAIGN_CHANGE_WAITS");
  world.connector.latencyMs = 20;
  await untilOver(world, change);
  assertAllSee(world, 2, ["corrected"]);
  await within(world, world.engine.stop());
});
