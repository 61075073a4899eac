// Goal: retries and changes of the same messages never undo one another. Method: the engine on the fake connector.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ProblemError } from "../../src/domain/errors.ts";
import {
  deliveriesOf,
  objectId,
  openWorld,
  startCampaign,
  untilOver,
  type World,
  within,
} from "./engine-world.ts";

const newText = { text: "corrected" };

/** A campaign to three people that is over, whose message did not reach the first. */
async function withOneFailed(): Promise<{ readonly world: World; readonly id: string }> {
  const world = await openWorld({ people: 3 });
  refuse(world, "send");
  const id = await within(world, startCampaign(world));
  await untilOver(world, id);
  world.connector.script = () => undefined;
  return { world, id };
}

/** Refuses a kind of request that concerns the first person. */
function refuse(world: World, refused: string): void {
  world.connector.script = ({ operation, target }) =>
    operation === refused && target === `a:${objectId(0)}`
      ? { kind: "rejected", reason: "bad-request" }
      : undefined;
}

/** Asks for it, and follows it to its end; answers its id. */
async function changed(world: World, asked: "edit" | "recall", id: string): Promise<string> {
  const { campaigns } = world.engine;
  const call = asked === "edit" ? campaigns.edit(id, { message: newText }) : campaigns.recall(id);
  const [change] = (await within(world, call)).changes;
  assert.ok(change);
  await untilOver(world, change.id);
  return change.id;
}

function textsNow({ connector }: World): readonly unknown[] {
  return connector.messages
    .filter(({ deleted }) => !deleted)
    .map(({ body }) => (JSON.parse(body) as { readonly text: unknown }).text);
}

async function refusalOf(promise: Promise<unknown>): Promise<ProblemError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ProblemError, String(error));
  return error;
}

test("who is tried again after an edit gets the new message at once, and no edit", async () => {
  const { world, id } = await withOneFailed();
  const change = await changed(world, "edit", id);
  assert.equal((await deliveriesOf(world, change)).length, 2);
  await within(world, world.engine.campaigns.retry(id, {}));
  await untilOver(world, id);
  assert.deepEqual(textsNow(world), ["corrected", "corrected", "corrected"]);
  assert.equal(world.connector.messages.filter(({ editions }) => editions.length > 1).length, 2);
  const next = await changed(world, "edit", id);
  assert.equal((await deliveriesOf(world, next)).length, 3);
  await within(world, world.engine.stop());
});

test("what could not be edited is tried again as an edit of the same message", async () => {
  const world = await openWorld({ people: 3 });
  const id = await within(world, startCampaign(world));
  await untilOver(world, id);
  refuse(world, "update");
  const change = await changed(world, "edit", id);
  assert.equal((await world.engine.campaigns.get(change)).counts.failed, 1);
  world.connector.script = () => undefined;
  await within(world, world.engine.campaigns.retry(change, {}));
  await untilOver(world, change);
  const { counts, reasons } = await world.engine.campaigns.get(change);
  assert.deepEqual([counts.accepted, counts.failed, reasons], [3, 0, []]);
  assert.deepEqual(textsNow(world), ["corrected", "corrected", "corrected"]);
  assert.equal(world.connector.messages.length, 3);
  await within(world, world.engine.stop());
});

test("an edit after which another was made is not tried again", async () => {
  const { world, id } = await withOneFailed();
  refuse(world, "update");
  const first = await changed(world, "edit", id);
  await changed(world, "edit", id);
  const refused = await refusalOf(world.engine.campaigns.retry(first, {}));
  assert.equal(refused.code, "CAMPAIGN_STATE_CONFLICT");
  assert.match(refused.message, /what was done to cmp_\w+ since counts/);
  await within(world, world.engine.stop());
});

test("nobody of a recalled campaign is tried again; those whose message is still there are, in the recall", async () => {
  const { world, id } = await withOneFailed();
  world.connector.script = ({ operation, target }) =>
    operation === "delete" && target === `a:${objectId(1)}`
      ? { kind: "unreachable", reason: "blocked-by-user" }
      : undefined;
  const recall = await changed(world, "recall", id);
  const refused = await refusalOf(world.engine.campaigns.retry(id, {}));
  assert.equal(refused.code, "CAMPAIGN_RECALLED");
  assert.deepEqual(textsNow(world).length, 1);
  world.connector.script = () => undefined;
  await within(world, world.engine.campaigns.retry(recall, {}));
  await untilOver(world, recall);
  assert.deepEqual(textsNow(world), []);
  await within(world, world.engine.stop());
});
