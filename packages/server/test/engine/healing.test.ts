import assert from "node:assert/strict";
import { test } from "node:test";
import type { FakeRequest } from "../../../harness/src/fake-connector.ts";
import type { DirectoryFact } from "../../src/domain/directory.ts";
import { conversationId } from "../../src/domain/ids.ts";
import type { Outcome } from "../../src/domain/outcome.ts";
import {
  deliveriesOf,
  installed,
  objectId,
  openWorld,
  personOf,
  seen,
  serviceUrl,
  startEngine,
  tenant,
  untilOver,
  type World,
  within,
} from "./engine-world.ts";

/** One person, one message, and what the connector answers to the requests in turn. */
interface Case {
  readonly name: string;
  readonly facts: readonly DirectoryFact[];
  readonly answers: readonly (Outcome | "accepted")[];
  readonly state: string;
  readonly code: string | null;
  readonly requests: readonly FakeRequest["operation"][];
  /** Attempts in the ledger; none for a first-time success. */
  readonly recorded: number;
}

const unreachable = (reason: (Outcome & { kind: "unreachable" })["reason"]): Outcome => ({
  kind: "unreachable",
  reason,
});

const cases: readonly Case[] = [
  {
    name: "a known chat takes one request",
    facts: [installed(0)],
    answers: [],
    state: "accepted",
    code: null,
    requests: ["send"],
    recorded: 0,
  },
  {
    name: "an unknown chat is created first",
    facts: [seen(0)],
    answers: [],
    state: "accepted",
    code: null,
    requests: ["create", "send"],
    recorded: 0,
  },
  {
    name: "a chat that is gone is created again and gets the message in the same delivery",
    facts: [installed(0)],
    answers: [unreachable("conversation-gone")],
    state: "accepted",
    code: null,
    requests: ["send", "create", "send"],
    recorded: 3,
  },
  {
    name: "a chat that is gone again after it was created fails",
    facts: [installed(0)],
    answers: [unreachable("conversation-gone"), "accepted", unreachable("conversation-gone")],
    state: "failed",
    code: "TEAMS_CONVERSATION_GONE",
    requests: ["send", "create", "send"],
    recorded: 3,
  },
  {
    name: "a missing app is said to be missing",
    facts: [seen(0)],
    answers: [unreachable("app-not-installed")],
    state: "failed",
    code: "TEAMS_APP_NOT_INSTALLED",
    requests: ["create"],
    recorded: 1,
  },
  {
    name: "a block ends the delivery",
    facts: [installed(0)],
    answers: [unreachable("blocked-by-user")],
    state: "failed",
    code: "TEAMS_BLOCKED_BY_USER",
    requests: ["send"],
    recorded: 1,
  },
  {
    name: "an admin's policy ends the delivery",
    facts: [installed(0)],
    answers: [unreachable("disabled-by-admin")],
    state: "failed",
    code: "TEAMS_DISABLED_BY_ADMIN",
    requests: ["send"],
    recorded: 1,
  },
  {
    name: "a refused message is not sent again",
    facts: [installed(0)],
    answers: [{ kind: "rejected", reason: "too-big" }],
    state: "failed",
    code: "TEAMS_TOO_BIG",
    requests: ["send"],
    recorded: 1,
  },
  {
    name: "what is certainly not carried out is tried again",
    facts: [installed(0)],
    answers: [{ kind: "transient", reason: "unavailable", retryAfterMs: null }],
    state: "accepted",
    code: null,
    requests: ["send", "send"],
    recorded: 2,
  },
  {
    name: "a 429 is tried again after its time",
    facts: [installed(0)],
    answers: [{ kind: "throttled", retryAfterMs: 3000, scope: "unknown" }],
    state: "accepted",
    code: null,
    requests: ["send", "send"],
    recorded: 2,
  },
  {
    name: "what is uncertain is sent again under the policy resend",
    facts: [installed(0)],
    answers: [{ kind: "uncertain", reason: "timeout" }],
    state: "accepted",
    code: null,
    requests: ["send", "send"],
    recorded: 2,
  },
  {
    name: "a lost answer to a create is harmless",
    facts: [seen(0)],
    answers: [{ kind: "transient", reason: "server-error", retryAfterMs: null }],
    state: "accepted",
    code: null,
    requests: ["create", "create", "send"],
    recorded: 3,
  },
  {
    name: "who removed the app is not written to",
    facts: [
      installed(0),
      {
        fact: "person-install",
        tenantId: tenant,
        person: personOf(0),
        install: "removed",
      },
    ],
    answers: [],
    state: "skipped",
    code: "TEAMS_APP_REMOVED",
    requests: [],
    recorded: 0,
  },
];

function script(world: World, answers: Case["answers"]): void {
  let next = 0;
  world.connector.script = () => {
    const answer = answers[next];
    next += 1;
    return answer === "accepted" ? undefined : answer;
  };
}

async function send(world: World, options: { readonly onUncertain?: "hold" } = {}) {
  const made = await within(
    world,
    world.engine.notifications.create({
      to: { user: objectId(0) },
      message: { text: "hello" },
      ...options,
    }),
  );
  const done = await within(world, world.engine.notifications.settled(made.id), 600_000);
  const [delivery] = await deliveriesOf(world, made.id);
  assert.ok(delivery !== undefined);
  const attempts = await world.store.ledger.attemptsOf(done.id, delivery.recipient);
  return { delivery, attempts, id: done.id };
}

for (const one of cases)
  test(one.name, async () => {
    const world = await openWorld();
    await world.engine.learn(one.facts);
    script(world, one.answers);
    const { delivery, attempts } = await send(world);
    assert.deepEqual(
      { state: delivery.state, code: delivery.code },
      { state: one.state, code: one.code },
    );
    assert.deepEqual(
      world.connector.requests.map(({ operation }) => operation),
      one.requests,
    );
    assert.equal(attempts.length, one.recorded);
    assert.equal(delivery.attempts, one.requests.length);
    assert.deepEqual(
      attempts.map(({ number }) => number),
      attempts.map((_, index) => index + 1),
    );
    await within(world, world.engine.stop());
  });

test("a block is remembered: the next message is skipped without a request", async () => {
  const world = await openWorld({ people: 1 });
  script(world, [unreachable("blocked-by-user")]);
  await send(world);
  const { delivery } = await send(world);
  assert.deepEqual([delivery.state, delivery.code], ["skipped", "TEAMS_BLOCKED_BY_USER"]);
  assert.equal(world.connector.requests.length, 1);
  await within(world, world.engine.stop());
});

test("a bot that was removed from a person's chat does not write there again until it is installed", async () => {
  const world = await openWorld({ people: 1 });
  script(world, [unreachable("not-in-roster")]);
  const { delivery } = await send(world);
  assert.deepEqual([delivery.state, delivery.code], ["failed", "TEAMS_NOT_IN_CONVERSATION"]);
  assert.equal((await send(world)).delivery.code, "TEAMS_APP_REMOVED");
  await world.engine.learn([
    { fact: "person-install", tenantId: tenant, person: personOf(0), install: "installed" },
  ]);
  assert.equal((await send(world)).delivery.state, "accepted");
  await within(world, world.engine.stop());
});

test("a created chat is kept, so that the next message takes one request", async () => {
  const world = await openWorld({ people: 1 });
  await world.engine.learn([seen(5)]);
  const made = await within(
    world,
    world.engine.notifications.create({ to: { user: objectId(5) }, message: { text: "one" } }),
  );
  await within(world, world.engine.notifications.settled(made.id));
  world.connector.requests.length = 0;
  const again = await within(
    world,
    world.engine.notifications.create({ to: { user: objectId(5) }, message: { text: "two" } }),
  );
  await within(world, world.engine.notifications.settled(again.id));
  assert.deepEqual(
    world.connector.requests.map(({ operation }) => operation),
    ["send"],
  );
  await within(world, world.engine.stop());
});

test("the wrong host is left for the cloud's other one, once, and the right one is kept", async () => {
  const world = await openWorld({ people: 1 });
  world.connector.alternate = "https://smba.infra.gcc.teams.microsoft.com/";
  script(world, [unreachable("wrong-host")]);
  const { delivery } = await send(world);
  assert.equal(delivery.state, "accepted");
  const urls = () => world.connector.requests.map(({ address }) => address.serviceUrl);
  assert.equal(urls().at(-1), "https://smba.infra.gcc.teams.microsoft.com/");
  await send(world);
  assert.equal(urls().at(-1), "https://smba.infra.gcc.teams.microsoft.com/");
  assert.equal(world.connector.requests.length, 3);
  await within(world, world.engine.stop());
});

test("a host that is wrong everywhere fails the delivery", async () => {
  const world = await openWorld({ people: 1 });
  world.connector.script = () => unreachable("wrong-host");
  const { delivery } = await send(world);
  assert.deepEqual([delivery.state, delivery.code], ["failed", "TEAMS_WRONG_HOST"]);
  await within(world, world.engine.stop());
});

test("what is uncertain stays so under the policy hold", async () => {
  const world = await openWorld({ people: 1 });
  script(world, [{ kind: "uncertain", reason: "timeout" }]);
  const { delivery, attempts } = await send(world, { onUncertain: "hold" });
  assert.deepEqual([delivery.state, delivery.code], ["uncertain", "TEAMS_UNCERTAIN"]);
  assert.equal(attempts.length, 1);
  assert.equal(world.connector.requests.length, 1);
  await within(world, world.engine.stop());
});

test("one address to which no token may go fails alone", async () => {
  const world = await openWorld({ people: 2 });
  script(world, [{ kind: "unauthorized", reason: "host-not-trusted" }]);
  const { delivery } = await send(world);
  assert.deepEqual([delivery.state, delivery.code], ["failed", "TEAMS_WRONG_HOST"]);
  assert.equal(world.engine.lanes()[0]?.attention, null);
  await within(world, world.engine.stop());
});

test("a field without a value fails the delivery before any request", async () => {
  const world = await openWorld({ people: 1 });
  const { id } = await within(
    world,
    world.engine.campaigns.create({
      name: "fields",
      message: { text: "Dear ${nickname}" },
      audience: { include: [{ everyone: true }] },
    }),
  );
  await within(world, world.engine.campaigns.start(id));
  await untilOver(world, id);
  const [delivery] = await deliveriesOf(world, id);
  assert.deepEqual([delivery?.state, delivery?.code], ["failed", "MESSAGE_FIELD_MISSING"]);
  assert.equal(world.connector.requests.length, 0);
  await within(world, world.engine.stop());
});

for (const reason of ["not-in-roster", "conversation-gone"] as const)
  test(`a group chat that is refused as ${reason} is marked as gone in the directory`, async () => {
    const world = await openWorld();
    const chat = conversationId("19:gone@thread.v2");
    await world.engine.learn([
      {
        fact: "conversation-seen",
        tenantId: tenant,
        conversationId: chat,
        kind: "groupChat",
        serviceUrl,
      },
    ]);
    script(world, [unreachable(reason)]);
    const made = await within(
      world,
      world.engine.notifications.create({ to: { chat }, message: { text: "hello" } }),
    );
    const done = await within(world, world.engine.notifications.settled(made.id));
    assert.equal(done.deliveries[0]?.state, "failed");
    const scope = { botId: world.engine.botId, tenantId: tenant };
    const stored = await world.store.directory.findConversation(scope, chat);
    assert.ok(stored?.goneAt);
    await within(world, world.engine.stop());
  });

test("who has no service URL of their own is reached at the tenant's, also after a restart", async () => {
  const world = await openWorld({ people: 1 });
  await world.engine.learn([seen(5)]);
  await within(world, world.engine.stop());
  const next = startEngine(world);
  await next.engine.start();
  const made = await within(
    next,
    next.engine.notifications.create({ to: { user: objectId(5) }, message: { text: "hello" } }),
  );
  await within(next, next.engine.notifications.settled(made.id));
  assert.deepEqual(
    next.connector.requests.map(({ address }) => address.serviceUrl),
    [serviceUrl, serviceUrl],
  );
  await within(next, next.engine.stop());
});
