import assert from "node:assert/strict";
import { test } from "node:test";
import { deliveriesOf, objectId, openWorld, seen, within } from "./engine-world.ts";

test("a notification to one person is stored, sent and settled", async () => {
  const world = await openWorld({ people: 1 });
  const made = await within(
    world,
    world.engine.notifications.create({ to: { user: objectId(0) }, message: { text: "hello" } }),
  );
  assert.equal(made.deliveries.length, 1);
  const done = await within(world, world.engine.notifications.settled(made.id));
  assert.equal(done.state, "finished");
  assert.deepEqual(
    done.deliveries.map(({ state, recipient }) => ({ state, recipient })),
    [{ state: "accepted", recipient: `user:${objectId(0)}` }],
  );
  assert.equal(world.connector.requests.length, 1);
  await within(world, world.engine.stop());
});

test("a person without a known chat gets one first, and it is kept", async () => {
  const world = await openWorld();
  await world.engine.learn([seen(7)]);
  const made = await within(
    world,
    world.engine.notifications.create({ to: { user: objectId(7) }, message: { text: "hello" } }),
  );
  await within(world, world.engine.notifications.settled(made.id));
  const [delivery] = await deliveriesOf(world, made.id);
  assert.equal(delivery?.state, "accepted");
  assert.deepEqual(
    world.connector.requests.map(({ operation }) => operation),
    ["create", "send"],
  );
  await within(world, world.engine.stop());
});
