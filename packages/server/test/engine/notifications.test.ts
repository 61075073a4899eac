import assert from "node:assert/strict";
import { test } from "node:test";
import { ProblemError } from "../../src/domain/errors.ts";
import type { NewNotification, NotificationView } from "../../src/engine/engine.ts";
import {
  deliveriesOf,
  objectId,
  openWorld,
  range,
  seen,
  type World,
  within,
} from "./engine-world.ts";

function send(world: World, request: Partial<NewNotification> = {}): Promise<NotificationView> {
  const to = { user: objectId(0) };
  return within(
    world,
    world.engine.notifications.create({ to, message: { text: "hello" }, ...request }),
  );
}

function hasCode(code: string) {
  return (error: unknown) => error instanceof ProblemError && error.code === code;
}

test("a notification to one person is stored, sent and settled", async () => {
  const world = await openWorld({ people: 1 });
  const made = await send(world);
  assert.equal(made.deliveries.length, 1);
  const done = await within(world, world.engine.notifications.settled(made.id));
  assert.equal(done.state, "finished");
  assert.deepEqual(
    done.deliveries.map(({ id, state, recipient }) => ({ id, state, recipient })),
    [
      {
        id: `${made.id}/user:${objectId(0)}`,
        state: "accepted",
        recipient: `user:${objectId(0)}`,
      },
    ],
  );
  assert.equal(world.connector.requests.length, 1);
  await within(world, world.engine.stop());
});

test("a person without a known chat gets one first, and it is kept", async () => {
  const world = await openWorld();
  await world.engine.learn([seen(7)]);
  const made = await send(world, { to: { user: objectId(7) } });
  await within(world, world.engine.notifications.settled(made.id));
  const [delivery] = await deliveriesOf(world, made.id);
  assert.equal(delivery?.state, "accepted");
  assert.deepEqual(
    world.connector.requests.map(({ operation }) => operation),
    ["create", "send"],
  );
  await within(world, world.engine.stop());
});

test("a message on an idle lane is on the wire at once, and settled right after its answer", async () => {
  const world = await openWorld({ people: 1 });
  const from = world.clock.now();
  const made = await send(world);
  await within(world, world.engine.notifications.settled(made.id));
  assert.ok((world.connector.requests[0]?.at ?? 0) - from <= 1);
  assert.ok(world.clock.now() - from <= world.connector.latencyMs + 2);
  await within(world, world.engine.stop());
});

test("somebody named twice gets one message", async () => {
  const world = await openWorld({ people: 2 });
  const users = [objectId(0), "person0@contoso.example", "29:0", objectId(1)];
  const made = await send(world, { to: users.map((user) => ({ user })) });
  await within(world, world.engine.notifications.settled(made.id));
  assert.equal(made.deliveries.length, 2);
  assert.equal(world.connector.sends.length, 2);
  await within(world, world.engine.stop());
});

test("the same key and content answer the first notification; another content is refused", async () => {
  const world = await openWorld({ people: 1 });
  const first = await send(world, { idempotencyKey: "k" });
  const again = await send(world, { idempotencyKey: "k" });
  assert.equal(again.id, first.id);
  await assert.rejects(
    send(world, { idempotencyKey: "k", message: { text: "other" } }),
    hasCode("IDEMPOTENCY_KEY_REUSED"),
  );
  await world.clock.runFor(2000);
  assert.equal(world.connector.sends.length, 1);
  await within(world, world.engine.stop());
});

test("a notification for later waits for its time", async () => {
  const world = await openWorld({ people: 1 });
  const sendAt = world.clock.now() + 60_000;
  const made = await send(world, { sendAt });
  assert.equal(made.state, "scheduled");
  await within(world, world.engine.notifications.settled(made.id), 120_000);
  const at = world.connector.sends[0]?.at ?? 0;
  assert.ok(at >= sendAt && at < sendAt + 100, `${at - sendAt}`);
  await within(world, world.engine.stop());
});

test("waiting for a notification ends with its time-out, and says how it stands", async () => {
  const world = await openWorld({ people: 1 });
  world.connector.latencyMs = 60_000;
  const made = await send(world);
  const from = world.clock.now();
  const view = await within(
    world,
    world.engine.notifications.settled(made.id, { timeoutMs: 5000 }),
  );
  assert.equal(view.deliveries[0]?.state, "sending");
  assert.equal(world.clock.now() - from, 5000);
  await within(world, world.engine.stop({ graceMs: 0 }));
});

test("what is created before the start is sent after it", async () => {
  const world = await openWorld({ people: 1, start: false });
  const made = await send(world);
  await world.clock.runFor(5000);
  assert.equal(world.connector.sends.length, 0);
  await world.engine.start();
  await within(world, world.engine.notifications.settled(made.id));
  assert.equal(world.connector.sends.length, 1);
  await within(world, world.engine.stop());
});

const refusals: readonly { name: string; request: Partial<NewNotification>; code: string }[] = [
  { name: "to nobody", request: { to: [] }, code: "REQUEST_INVALID" },
  {
    name: "to more than a thousand",
    request: { to: range(1001).map((n) => ({ user: objectId(n) })) },
    code: "REQUEST_INVALID",
  },
  { name: "that expired before it is sent", request: { expiresAt: 1 }, code: "REQUEST_INVALID" },
  { name: "for an instant that is none", request: { sendAt: 0.5 }, code: "REQUEST_INVALID" },
  { name: "with an empty text", request: { message: { text: "" } }, code: "MESSAGE_INVALID" },
];

for (const { name, request, code } of refusals)
  test(`a notification ${name} is refused`, async () => {
    const world = await openWorld({ people: 1 });
    await assert.rejects(send(world, request), hasCode(code));
    await within(world, world.engine.stop());
  });

test("a notification that does not exist is said to be unknown", async () => {
  const world = await openWorld();
  await assert.rejects(
    world.engine.notifications.get("ntf_nothing"),
    hasCode("NOTIFICATION_UNKNOWN"),
  );
  await within(world, world.engine.stop());
});
