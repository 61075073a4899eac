// Goal: what nobody knows is found in one list, whatever it belongs to, until somebody decides: to send it again, or to leave it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { overlay } from "../../../harness/src/overlay.ts";
import { ProblemError, StoreError } from "../../src/domain/errors.ts";
import { leftUncertain } from "../../src/domain/retry-request.ts";
import {
  objectId,
  openWorld,
  startCampaign,
  startEngine,
  untilOver,
  type World,
  within,
} from "./engine-world.ts";

const lost = { kind: "uncertain", reason: "timeout" } as const;
const codeOf = (error: unknown) => (error instanceof ProblemError ? error.code : String(error));

/** Three people, a campaign to them and a notification to the first, both over: of each, what the first got is not known. */
async function ended() {
  const world = await openWorld({ people: 3 });
  world.connector.script = ({ target }) => (target === `a:${objectId(0)}` ? lost : undefined);
  const cmp = await within(world, startCampaign(world, { onUncertain: "hold" }));
  await untilOver(world, cmp);
  const request = {
    to: { user: objectId(0) },
    message: { text: "x" },
    onUncertain: "hold",
  } as const;
  const { id: ntf } = await within(world, world.engine.notifications.create(request));
  await within(world, world.engine.notifications.settled(ntf));
  world.connector.script = () => undefined;
  world.connector.requests.length = 0;
  return { world, cmp, ntf };
}

const open = async ({ engine }: World) =>
  (await engine.uncertain({ limit: 10 })).items.map(({ campaign }) => String(campaign.id));

test("what may have arrived is listed until it was decided: sent again, or left as it is", async () => {
  const { world, cmp, ntf } = await ended();
  assert.deepEqual(await open(world), [ntf, cmp]);
  const left = await within(world, world.engine.campaigns.leave(cmp));
  assert.deepEqual([left.state, left.counts.uncertain, left.resent], ["finished", 1, 0]);
  assert.deepEqual(left.reasons, [{ state: "uncertain", code: leftUncertain, count: 1 }]);
  assert.deepEqual(await open(world), [ntf]);
  await within(world, world.engine.notifications.retry(ntf, { states: ["uncertain"] }));
  const { deliveries } = await within(world, world.engine.notifications.settled(ntf));
  assert.deepEqual(
    deliveries.map(({ state, resent }) => [state, resent]),
    [["accepted", 1]],
  );
  assert.deepEqual(await open(world), []);
  assert.equal(world.connector.sends.length, 1);
  await within(world, world.engine.stop());
});

test("leaving it again changes nothing, and a retry of all that is uncertain passes it over", async () => {
  const { world, cmp } = await ended();
  const { campaigns } = world.engine;
  await within(world, campaigns.leave(cmp));
  const { updatedAt } = await campaigns.get(cmp);
  await within(world, campaigns.leave(cmp));
  assert.equal((await campaigns.get(cmp)).updatedAt, updatedAt);
  await within(world, campaigns.retry(cmp, { states: ["uncertain"] }));
  assert.equal((await campaigns.get(cmp)).state, "finished");
  assert.equal(world.connector.sends.length, 0);
  await within(world, world.engine.stop());
});

test("somebody who thinks better of it names the recipient, who then gets it", async () => {
  const { world, ntf } = await ended();
  const { notifications } = world.engine;
  await within(world, notifications.leave(ntf, { recipient: objectId(0) }));
  await within(world, notifications.retry(ntf, { recipient: objectId(0) }));
  const { deliveries } = await within(world, notifications.settled(ntf));
  assert.equal(deliveries[0]?.state, "accepted");
  assert.equal(world.connector.sends.length, 1);
  await within(world, world.engine.stop());
});

test("only what is uncertain can be left so, and whoever is meant must be a recipient", async () => {
  const { world, cmp } = await ended();
  const { campaigns } = world.engine;
  for (const [recipient, code] of [
    [objectId(1), "DELIVERY_NOT_UNCERTAIN"],
    ["nobody@contoso.example", "DELIVERY_UNKNOWN"],
  ] as const)
    await assert.rejects(campaigns.leave(cmp, { recipient }), (error) => codeOf(error) === code);
  await assert.rejects(
    campaigns.leave("cmp_none"),
    (error) => codeOf(error) === "CAMPAIGN_UNKNOWN",
  );
  assert.equal((await open(world)).length, 2);
  await within(world, world.engine.stop());
});

test("its explanation says that it was left, and how to send it after all", async () => {
  const { world, cmp } = await ended();
  const told = () => world.engine.explain.delivery(cmp, objectId(0));
  assert.equal((await told()).next, "decide");
  await within(world, world.engine.campaigns.leave(cmp));
  const { line, next } = await told();
  assert.match(
    line,
    /^Nobody knows whether the message to .* arrived\. .*somebody decided to leave it/,
  );
  assert.match(line, /retry this recipient by name/);
  assert.equal(next, "nothing");
  await within(world, world.engine.stop());
});

test("a campaign of many is left part by part, and where the database fails in between, the rest stays listed", async () => {
  const base = await openWorld({ people: 5 });
  let calls = 0;
  // Each part is small, and the third one fails.
  const ledger = overlay(base.store.ledger, {
    leaveUncertain: (request) => {
      calls += 1;
      if (calls === 3) throw new StoreError("STORE_FULL", { detail: "No room." });
      const { which } = request;
      const part = "limit" in which ? { ...which, limit: 2 } : which;
      return base.store.ledger.leaveUncertain({ ...request, which: part });
    },
  });
  const world = startEngine({ ...base, store: overlay(base.store, { ledger }) });
  await world.engine.start();
  world.connector.script = () => lost;
  const id = await within(world, startCampaign(world, { onUncertain: "hold" }));
  await untilOver(world, id);
  const leave = () => within(world, world.engine.campaigns.leave(id));
  await assert.rejects(leave(), (error) => error instanceof StoreError);
  assert.equal((await open(world)).length, 1);
  assert.equal((await leave()).counts.uncertain, 5);
  assert.deepEqual(await open(world), []);
  await within(world, world.engine.stop());
});

test("a campaign that paused by itself is told of after a restart, and by every process, until it is resumed", async () => {
  const world = await openWorld({ people: 30 });
  world.connector.script = () => ({ kind: "rejected", reason: "bad-request" });
  const stopWhen = { failedPercent: 10, atLeast: 5 };
  const id = await within(world, startCampaign(world, { stopWhen }));
  await world.clock.runUntil(() => world.connector.sends.length >= 5, 60_000);
  await world.clock.runFor(5_000);
  assert.equal((await world.engine.campaigns.get(id)).state, "paused");
  await within(world, world.engine.stop());
  const other = startEngine(world);
  const again = startEngine(world);
  for (const { engine } of [other, again]) {
    const [stopped, ...more] = await engine.campaigns.stopped();
    assert.deepEqual([stopped?.id, stopped?.code, more], [id, "CAMPAIGN_FAILURES_PASSED", []]);
    assert.match(stopped?.detail ?? "", /TEAMS_REJECTED \d+/, "it says which failures");
    assert.equal(stopped?.retryAt, null);
  }
  await within(world, again.engine.campaigns.resume(id));
  assert.deepEqual(await other.engine.campaigns.stopped(), []);
});
