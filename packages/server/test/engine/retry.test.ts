// Goal: whoever asks for a retry gets each of the failed tried once more, and nobody else, whatever else happens meanwhile.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FakeRequest } from "../../../harness/src/fake-connector.ts";
import { overlay } from "../../../harness/src/overlay.ts";
import { ProblemError } from "../../src/domain/errors.ts";
import { campaignId } from "../../src/domain/ids.ts";
import type { Outcome } from "../../src/domain/outcome.ts";
import { retryDeadlineMs } from "../../src/domain/retry-policy.ts";
import type { RetryOptions } from "../../src/engine/engine.ts";
import {
  deliveriesOf,
  installed,
  mortalEngine,
  objectId,
  openWorld,
  personOf,
  startCampaign,
  startEngine,
  tenant,
  untilOver,
  type World,
  type WorldOptions,
  within,
} from "./engine-world.ts";

const rejected: Outcome = { kind: "rejected", reason: "bad-request" };
const lost: Outcome = { kind: "uncertain", reason: "timeout" };

/** Whether the request is for one of the first `count` people. */
const isAmong = (count: number) => (request: FakeRequest) =>
  Array.from({ length: count }, (_, n) => `a:${objectId(n)}`).includes(request.target);

/** A campaign to `people`, over, of whom the first `failing` did not get it. */
async function ended(
  { people, failing, outcome = rejected }: { people: number; failing: number; outcome?: Outcome },
  options: WorldOptions & { readonly onUncertain?: "hold" } = {},
): Promise<{ readonly world: World; readonly id: string }> {
  const world = await openWorld({ people, ...options });
  const fails = isAmong(failing);
  world.connector.script = (request) => (fails(request) ? outcome : undefined);
  const { onUncertain } = options;
  const id = await within(world, startCampaign(world, { ...(onUncertain && { onUncertain }) }));
  await untilOver(world, id);
  world.connector.script = () => undefined;
  world.connector.requests.length = 0;
  return { world, id };
}

const retry = (world: World, id: string, options?: RetryOptions) =>
  within(world, world.engine.campaigns.retry(id, options));

const codeOf = (error: unknown) => (error instanceof ProblemError ? error.code : String(error));

/** The counters, by state and by code, against a count of the rows. */
async function assertCountsAgree(world: World, id: string): Promise<void> {
  const { counts, reasons, resent } = await world.engine.campaigns.get(id);
  const rows = await deliveriesOf(world, id);
  for (const state of ["pending", "sending", "accepted", "failed", "skipped", "uncertain"] as const)
    assert.equal(counts[state], rows.filter((row) => row.state === state).length, state);
  for (const { state, code, count } of reasons)
    assert.equal(count, rows.filter((row) => row.state === state && row.code === code).length);
  assert.equal(
    resent,
    rows.reduce((sum, row) => sum + row.resent, 0),
  );
}

test("a retry sends to the failed alone, in the same campaign, which then finishes again", async () => {
  const { world, id } = await ended({ people: 40, failing: 12 });
  const before = await world.engine.campaigns.get(id);
  assert.deepEqual([before.counts.failed, before.counts.accepted], [12, 28]);
  const asked = await retry(world, id);
  assert.deepEqual([asked.state, asked.finishedAt], ["sending", null]);
  await untilOver(world, id);
  const targets = world.connector.sends.map(({ target }) => target).sort();
  assert.deepEqual(
    targets,
    Array.from({ length: 12 }, (_, n) => `a:${objectId(n)}`),
  );
  const after = await world.engine.campaigns.get(id);
  assert.deepEqual([after.state, after.counts.accepted, after.reasons], ["finished", 40, []]);
  assert.ok((after.finishedAt ?? 0) > (before.finishedAt ?? 0));
  await assertCountsAgree(world, id);
  await within(world, world.engine.stop());
});

test("attempts stay as history, their numbers go on, and the retry deadline begins anew", async () => {
  const outcome = {
    kind: "throttled",
    retryAfterMs: 2 * retryDeadlineMs,
    scope: "unknown",
  } as const;
  const { world: before, id } = await ended({ people: 1, failing: 1, outcome });
  const [failed] = await deliveriesOf(before, id);
  assert.deepEqual(
    [failed?.state, failed?.code, failed?.attempts],
    ["failed", "TEAMS_THROTTLED", 1],
  );
  await within(before, before.engine.stop());
  await before.clock.runFor(3 * retryDeadlineMs);
  const world = startEngine(before);
  await world.engine.start();
  let refusals = 2;
  world.connector.script = () => {
    refusals -= 1;
    return refusals < 0
      ? undefined
      : { kind: "transient", reason: "unavailable", retryAfterMs: null };
  };
  await retry(world, id);
  await untilOver(world, id);
  const [row] = await deliveriesOf(world, id);
  assert.deepEqual([row?.state, row?.attempts], ["accepted", 4], "two refusals did not end it");
  assert.ok(row !== undefined);
  const attempts = await world.engine.campaigns.attempts(id, row.recipient);
  assert.deepEqual(
    attempts.map(({ number, outcome: { kind } }) => [number, kind]),
    [
      [1, "throttled"],
      [2, "transient"],
      [3, "transient"],
      [4, "accepted"],
    ],
  );
  await within(world, world.engine.stop());
});

test("of a double click and a repeated request, each failed delivery is tried once", async () => {
  const { world, id } = await ended({ people: 30, failing: 30 });
  await within(
    world,
    Promise.all([
      world.engine.campaigns.retry(id),
      world.engine.campaigns.retry(id),
      world.engine.campaigns.retry(id, { states: ["failed"] }),
    ]),
  );
  await untilOver(world, id);
  assert.equal(world.connector.sends.length, 30);
  const again = await retry(world, id);
  assert.equal(again.state, "finished", "nobody is left, so nothing changes");
  assert.equal(world.connector.sends.length, 30);
  await within(world, world.engine.stop());
});

test("an idempotency key asks once, also when what was asked for has failed again", async () => {
  const { world, id } = await ended({ people: 3, failing: 3 });
  world.connector.script = () => rejected;
  await retry(world, id, { idempotencyKey: "k" });
  await untilOver(world, id);
  assert.equal(world.connector.sends.length, 3);
  assert.equal((await retry(world, id, { idempotencyKey: "k" })).state, "finished");
  await assert.rejects(
    retry(world, id, { idempotencyKey: "k", states: ["skipped"] }),
    (error) => codeOf(error) === "IDEMPOTENCY_KEY_REUSED",
  );
  assert.equal(world.connector.sends.length, 3);
  await within(world, world.engine.stop());
});

test("two processes that are asked at once try each failed delivery once", async () => {
  const { world, id } = await ended({ people: 50, failing: 50 });
  const other = startEngine(world);
  await other.engine.start();
  await within(
    world,
    Promise.all([world.engine.campaigns.retry(id), other.engine.campaigns.retry(id)]),
  );
  await world.clock.runUntil(() => world.connector.sends.length >= 50, 60_000);
  await world.clock.runFor(10_000);
  assert.equal(world.connector.sends.length, 50);
  const { state, counts } = await other.engine.campaigns.get(id);
  assert.deepEqual([state, counts.accepted], ["finished", 50]);
  await assertCountsAgree(world, id);
  await within(world, Promise.all([world.engine.stop(), other.engine.stop()]));
});

test("a process that dies in the middle of a retry leaves the rest to the next one", async () => {
  const { world: base, id } = await ended({ people: 40, failing: 40 });
  await within(base, base.engine.stop());
  let walks = 0;
  // Each walk is small, and with the third one the process dies.
  const ledger = overlay(base.store.ledger, {
    retryRows: async (campaign, _limit, now) => {
      const walked = await base.store.ledger.retryRows(campaign, 5, now);
      walks += 1;
      if (walks === 3) first.kill();
      return walked;
    },
  });
  const first = await mortalEngine({ ...base, store: overlay(base.store, { ledger }) });
  await within(base, first.world.engine.campaigns.retry(id));
  await base.clock.runFor(1_000);
  assert.equal(walks, 3);
  const { counts } = await base.store.ledger.counts(campaignId(id));
  assert.equal(counts.failed, 25, "the rest has not been walked");
  const next = startEngine(base);
  await next.engine.start();
  await untilOver(next, id);
  const after = await next.engine.campaigns.get(id);
  assert.equal(after.counts.accepted, 40);
  assert.equal(new Set(next.connector.sends.map(({ target }) => target)).size, 40);
  assert.ok(next.connector.sends.length <= 40 + after.resent);
  await assertCountsAgree(next, id);
  await within(next, next.engine.stop());
});

test("while a campaign is sending, those that failed already are tried again", async () => {
  const world = await openWorld({ people: 200 });
  const fails = isAmong(20);
  world.connector.script = (request) => (fails(request) ? rejected : undefined);
  const id = await within(world, startCampaign(world));
  await world.clock.runUntil(() => world.connector.sends.length >= 100, 60_000);
  await world.clock.runFor(500);
  assert.equal((await world.engine.campaigns.get(id)).counts.failed, 20);
  world.connector.script = () => undefined;
  assert.equal((await retry(world, id)).state, "sending");
  await untilOver(world, id);
  assert.equal(world.connector.sends.length, 220);
  assert.equal((await world.engine.campaigns.get(id)).counts.accepted, 200);
  await within(world, world.engine.stop());
});

test("in a paused campaign the failed wait for the resume", async () => {
  const world = await openWorld({ people: 100, ratePerSecond: 10 });
  const fails = isAmong(5);
  world.connector.script = (request) => (fails(request) ? rejected : undefined);
  const id = await within(world, startCampaign(world));
  await world.clock.runFor(3_000);
  await within(world, world.engine.campaigns.pause(id));
  await world.clock.runFor(1_000);
  world.connector.script = () => undefined;
  const before = world.connector.sends.length;
  assert.equal((await retry(world, id)).state, "paused");
  await world.clock.runFor(5_000);
  assert.equal((await world.engine.campaigns.get(id)).counts.failed, 0);
  assert.equal(world.connector.sends.length, before);
  await within(world, world.engine.campaigns.resume(id));
  await untilOver(world, id);
  assert.equal((await world.engine.campaigns.get(id)).counts.accepted, 100);
  await within(world, world.engine.stop());
});

test("a campaign that is cancelled, expired or not begun refuses, and says why", async () => {
  const world = await openWorld({ people: 5 });
  world.connector.script = () => rejected;
  const { campaigns } = world.engine;
  const everyone = { include: [{ everyone: true }] } as const;
  const draft = await campaigns.create({ name: "d", message: { text: "x" }, audience: everyone });
  const expiresAt = world.clock.now() + 5_000;
  const expired = await within(world, startCampaign(world, { expiresAt }));
  await untilOver(world, expired);
  await world.clock.runFor(10_000);
  const cancelled = await within(world, startCampaign(world));
  await within(world, campaigns.cancel(cancelled));
  for (const [id, why] of [
    [draft.id, /is draft.*not? been tried|nothing of it has been tried/],
    [expired, /has expired/],
    [cancelled, /is cancelled.*final/],
  ] as const)
    await assert.rejects(campaigns.retry(id), (error) => {
      assert.equal(codeOf(error), "CAMPAIGN_STATE_CONFLICT");
      assert.match(String(error), why);
      return true;
    });
  await within(world, world.engine.stop());
});

test("one recipient is tried again by any of their names; who got the message, or nobody, is refused", async () => {
  const { world, id } = await ended({ people: 5, failing: 3 });
  await retry(world, id, { recipient: "person1@contoso.example" });
  await untilOver(world, id);
  await retry(world, id, { recipient: `user:${objectId(2)}` });
  await untilOver(world, id);
  await retry(world, id, { recipient: "29:0" });
  await untilOver(world, id);
  assert.deepEqual(
    world.connector.sends.map(({ target }) => target),
    [1, 2, 0].map((n) => `a:${objectId(n)}`),
  );
  for (const [recipient, code] of [
    [objectId(4), "DELIVERY_NOT_RETRIABLE"],
    [objectId(0), "DELIVERY_NOT_RETRIABLE"],
    ["nobody@contoso.example", "DELIVERY_UNKNOWN"],
    ["19:chat@thread.v2", "DELIVERY_UNKNOWN"],
  ] as const)
    await assert.rejects(retry(world, id, { recipient }), (error) => codeOf(error) === code);
  await within(world, world.engine.stop());
});

test("a retry names only states and codes that there are", async () => {
  const { world, id } = await ended({ people: 1, failing: 1 });
  for (const options of [{ states: ["accepted"] }, { states: [] }, { codes: ["TEAMS_NOTHING"] }])
    await assert.rejects(
      // As a caller without types might.
      retry(world, id, options as unknown as RetryOptions),
      (error) => codeOf(error) === "REQUEST_INVALID",
    );
  await within(world, world.engine.stop());
});

test("who was skipped as removed, and installed the app since, gets it on a retry", async () => {
  const world = await openWorld({ people: 3 });
  const removed = { fact: "person-install", tenantId: tenant, install: "removed" } as const;
  await world.engine.learn([1, 2].map((n) => ({ ...removed, person: personOf(n) })));
  const id = await within(world, startCampaign(world));
  await untilOver(world, id);
  assert.equal((await world.engine.campaigns.get(id)).counts.skipped, 2);
  await world.engine.learn([
    { ...removed, person: personOf(1), install: "installed" },
    installed(1),
  ]);
  world.connector.requests.length = 0;
  await retry(world, id, { states: ["skipped"] });
  await untilOver(world, id);
  assert.deepEqual(
    world.connector.sends.map(({ target }) => target),
    [`a:${objectId(1)}`],
  );
  const { counts, reasons } = await world.engine.campaigns.get(id);
  assert.deepEqual([counts.accepted, counts.skipped], [2, 1]);
  assert.deepEqual(reasons, [{ state: "skipped", code: "TEAMS_APP_REMOVED", count: 1 }]);
  await within(world, world.engine.stop());
});

test("what is uncertain under the policy hold stays so until somebody has it sent again, and is counted", async () => {
  const options = { onUncertain: "hold" } as const;
  const { world, id } = await ended({ people: 20, failing: 6, outcome: lost }, options);
  await world.clock.runFor(60_000);
  const held = await world.engine.campaigns.get(id);
  assert.deepEqual([held.counts.uncertain, held.resent, held.state], [6, 0, "finished"]);
  const page = { limit: 100, state: "uncertain" } as const;
  const { items } = await world.engine.campaigns.deliveries(id, page);
  assert.equal(items.length, 6);
  await retry(world, id);
  assert.equal(world.connector.sends.length, 0, "failed ones are meant, and there are none");
  await retry(world, id, { states: ["uncertain"] });
  await untilOver(world, id);
  const after = await world.engine.campaigns.get(id);
  assert.deepEqual([after.counts.accepted, after.counts.uncertain, after.resent], [20, 0, 6]);
  assert.equal(world.connector.sends.length, 6);
  await assertCountsAgree(world, id);
  await within(world, world.engine.stop());
});

test("an uncertain one that is sent again by hand and is uncertain again is held, however often", async () => {
  const { world, id } = await ended(
    { people: 1, failing: 1, outcome: lost },
    { onUncertain: "hold" },
  );
  world.connector.script = () => lost;
  for (let round = 1; round <= 5; round += 1) {
    await retry(world, id, { states: ["uncertain"] });
    await untilOver(world, id);
    const { counts, resent } = await world.engine.campaigns.get(id);
    assert.deepEqual([counts.uncertain, resent, world.connector.sends.length], [1, round, round]);
  }
  await within(world, world.engine.stop());
});

const people = (count: number) => Array.from({ length: count }, (_, n) => ({ user: objectId(n) }));

/** A notification to three people, over, of whom the first did not get it. */
async function notified(outcome: Outcome, onUncertain: "hold" | "resend" = "hold") {
  const world = await openWorld({ people: 3 });
  const { notifications } = world.engine;
  const isFirst = isAmong(1);
  world.connector.script = (request) => (isFirst(request) ? outcome : undefined);
  const request = { to: people(3), message: { text: "hello" }, onUncertain };
  const { id } = await within(world, notifications.create(request));
  await within(world, notifications.settled(id));
  world.connector.script = () => undefined;
  world.connector.requests.length = 0;
  const settled = () => within(world, notifications.settled(id));
  const asked = (options?: RetryOptions) => within(world, notifications.retry(id, options));
  return { world, id, notifications, settled, asked };
}

test("a notification's failed delivery is tried again on demand, once, and nobody else's", async () => {
  const { world, id, settled, asked, notifications } = await notified(rejected);
  const options = { idempotencyKey: "again" };
  const again = await asked(options);
  assert.deepEqual([again.id, again.state], [id, "sending"]);
  await settled();
  await asked(options);
  const { state, deliveries } = await settled();
  assert.deepEqual(
    [state, deliveries.map((one) => one.state)],
    ["finished", ["accepted", "accepted", "accepted"]],
  );
  assert.deepEqual(
    world.connector.sends.map(({ target }) => target),
    [`a:${objectId(0)}`],
  );
  assert.equal((await asked()).state, "finished", "nobody is left, so nothing changes");
  const told = await world.engine.explain.delivery(id, objectId(0));
  assert.match(told.line, /accepted .*, after 2 requests, when somebody had asked for a retry\.$/);
  await assert.rejects(
    notifications.retry("ntf_none"),
    (error) => codeOf(error) === "NOTIFICATION_UNKNOWN",
  );
  await within(world, world.engine.stop());
});

test("a notification that may have arrived is sent again when somebody decides so, and is counted", async () => {
  const { world, id, settled, asked } = await notified(lost);
  assert.equal((await asked()).state, "finished", "failed ones are meant, and there are none");
  await asked({ states: ["uncertain"] });
  const { deliveries } = await settled();
  assert.deepEqual(
    deliveries.map(({ state, resent }) => [state, resent]),
    [
      ["accepted", 1],
      ["accepted", 0],
      ["accepted", 0],
    ],
  );
  const told = await world.engine.explain.delivery(id, objectId(0));
  assert.match(told.line, /it may have arrived more than once/);
  await within(world, world.engine.stop());
});

test("a notification of which one was accepted is not sent to them again, and a recalled one to nobody", async () => {
  const { world, id, notifications, asked } = await notified(rejected);
  await assert.rejects(
    asked({ recipient: objectId(1) }),
    (error) => codeOf(error) === "DELIVERY_NOT_RETRIABLE",
  );
  await within(world, notifications.recall(id));
  await assert.rejects(asked(), (error) => codeOf(error) === "CAMPAIGN_RECALLED");
  await within(world, world.engine.stop());
});
