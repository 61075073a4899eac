// Goal: somebody whom the bot has never met is found by user principal name where Graph may be asked; and whatever Graph does instead of
// answering, people are looked up as if it were not there, nothing is lost, and what is wrong is told. Method: the service over the
// emulator with real HTTP; its request log says who was asked what.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { CarillonError } from "@carillon/client";
import {
  type ContractWorld,
  type ContractWorldOptions,
  contractWorld,
} from "../src/contract-world.ts";

const fates = { withoutApp: 0, blocked: 0 };

/** A service that knows nobody, and a team with the bot, of whose members it is not told: people 0 to 9. */
async function started(options: ContractWorldOptions = {}): Promise<ContractWorld> {
  const world = await contractWorld({
    ...{ people: 30, teams: 1, seed: 41, shares: fates, graphUsers: true },
    ...options,
  });
  const { emulator } = world;
  await emulator.install("all", { events: false });
  await emulator.install({ team: 0 });
  await world.service.carillon.inbound.drain();
  // Everybody is in the team of a small tenant. An activity that is not believed tells nothing.
  for (const { index } of emulator.members({ team: 0 }, { limit: 1000 }).items)
    if (index > 9) await emulator.removeMember(0, index, { flaw: "missing" });
  return world;
}

const upnOf = (world: ContractWorld, index: number) =>
  world.emulator.person(index).userPrincipalName;

/** What Graph and the rosters were asked since `from`, and the status that was answered. */
function asked(world: ContractWorld, from = 0) {
  const wanted = ["graph-user", "graph", "member"];
  return world.emulator
    .requestLog()
    .slice(from)
    .filter(({ operation }) => wanted.includes(operation))
    .map(({ operation, status }) => `${operation} ${status}`);
}

/** The code and detail of the refusal of a message to this name. */
async function refusalOf(world: ContractWorld, user: string) {
  try {
    await world.client.notifications.create({ to: { user }, message: { text: "x" } });
  } catch (error) {
    if (error instanceof CarillonError) return { code: error.code, detail: error.message };
    throw error;
  }
  throw new Error(`a message to ${user} was taken`);
}

async function metricsOf({ service, apiKey }: ContractWorld): Promise<string> {
  const headers = { authorization: `Bearer ${apiKey}` };
  return (await fetch(`${service.url}/metrics`, { headers })).text();
}

const eventsIn = (world: ContractWorld, event: string) =>
  world
    .logged()
    .split("\n")
    .filter((line) => line.includes(`"${event}"`));

describe("a service that may ask Graph", () => {
  let world: ContractWorld;
  before(async () => {
    world = await started();
  });
  after(() => world.close());

  it("finds somebody whom no roster holds, and writes to them; the next time it knows them", async () => {
    const user = upnOf(world, 22);
    const from = world.emulator.requestLog().length;
    const { deliveries } = await world.send({ user: user.toUpperCase() }, { text: "Never met." });
    assert.deepEqual(
      deliveries.map(({ state, recipient }) => [state, recipient]),
      [["accepted", `user:${world.emulator.person(22).aadObjectId}`]],
    );
    assert.deepEqual(
      world.messages("Never met.").map(({ person }) => person),
      [22],
    );
    assert.deepEqual(asked(world, from), ["graph-user 200"]);
    const known = await world.client.people.get(world.emulator.person(22).aadObjectId);
    assert.deepEqual([known.userPrincipalName, known.name], [user, world.emulator.person(22).name]);
    await world.send({ user }, { text: "Met." });
    assert.deepEqual(asked(world, from), ["graph-user 200"]);
  });

  it("reaches by name who is known by object id alone, in the chat that is known", async () => {
    const { aadObjectId, conversationId } = world.emulator.person(23);
    await world.send({ user: aadObjectId }, { text: "By id." });
    await world.send({ user: upnOf(world, 23) }, { text: "By name." });
    for (const text of ["By id.", "By name."])
      assert.deepEqual(
        world.messages(text).map((message) => message.conversationId),
        [conversationId],
      );
  });

  it("asks for everybody whom a campaign names, and leaves out whom it excludes by name", async () => {
    const include = [24, 25, 26].map((index) => ({ user: upnOf(world, index) }));
    const { aadObjectId } = world.emulator.person(25);
    const { counts } = await world.run({
      audience: {
        include: [...include, { user: aadObjectId }],
        exclude: [{ user: upnOf(world, 26) }],
      },
      message: { text: "To some." },
    });
    assert.deepEqual([counts.total, counts.accepted], [2, 2]);
  });

  it("asks the rosters, too, where Graph knows nobody of the name, and says so where they do not either", async () => {
    const from = world.emulator.requestLog().length;
    const { code } = await refusalOf(world, "nobody@contoso.example");
    assert.equal(code, "RECIPIENT_UNKNOWN");
    assert.deepEqual(asked(world, from), ["graph-user 404", "member 404"]);
  });

  it("shows in its status what it asked, and that nothing stands in the way", async () => {
    const { graph, attention } = await world.client.status();
    const { tenantId } = world.emulator.bot();
    const { requests, unitsSpent } = { ...graph[0], ...graph[0]?.budgets[0] };
    assert.deepEqual([graph.length, graph[0]?.tenantId, graph[0]?.attention], [1, tenantId, null]);
    assert.deepEqual(attention, []);
    assert.equal(requests, asked(world).filter((line) => line.startsWith("graph")).length);
    assert.ok((unitsSpent ?? 0) > 0);
    const text = await metricsOf(world);
    assert.match(
      text,
      /carillon_graph_requests_total\{operation="find-user",outcome="answered"\} [1-9]/,
    );
    assert.match(text, /carillon_graph_seconds_count\{operation="find-user"\} [1-9]/);
  });

  it("gave each token to whom it is for", () => {
    assert.deepEqual(world.emulator.violations(), []);
  });
});

describe("a guest", () => {
  it("is found by the whole name and by the e-mail address, and known for a guest", async () => {
    const world = await started({ seed: 5, shares: { withoutApp: 1, blocked: 0 } });
    try {
      const { items } = world.emulator.people({ search: "#EXT#" });
      const inRoster = items.find(({ index }) => index <= 9);
      const elsewhere = items.find(({ index }) => index > 9);
      assert.ok(inRoster && elsewhere);
      const { deliveries } = await world.send({ user: elsewhere.userPrincipalName });
      assert.equal(deliveries[0]?.recipient, `user:${elsewhere.aadObjectId}`);
      const known = await world.client.people.get(elsewhere.aadObjectId);
      assert.equal(known.userRole, "guest");
      // Graph finds nobody by an address that is not the name; a roster does.
      const from = world.emulator.requestLog().length;
      const byMail = await world.send({ user: inRoster.email });
      assert.equal(byMail.deliveries[0]?.recipient, `user:${inRoster.aadObjectId}`);
      assert.deepEqual(asked(world, from), ["graph-user 404", "member 200"]);
    } finally {
      await world.close();
    }
  });
});

describe("a service that Graph gives no answer", () => {
  it("asks the rosters where nobody consented, remembers it, and tells cause and next step", async () => {
    const world = await started({ graphPermissions: [] });
    try {
      const inRoster = await world.send({ user: upnOf(world, 3) });
      assert.equal(inRoster.deliveries[0]?.state, "accepted");
      const { code, detail } = await refusalOf(world, upnOf(world, 22));
      assert.equal(code, "RECIPIENT_UNKNOWN");
      assert.match(detail, /Graph may know, and refuses to say/);
      const { attention, graph } = await world.client.status();
      assert.deepEqual(
        attention.map((one) => [one.code, one.tenantId]),
        [["GRAPH_REFUSED", world.emulator.bot().tenantId]],
      );
      assert.match(attention[0]?.detail ?? "", /Insufficient privileges.*\(request-id emulated-/);
      assert.match(attention[0]?.next ?? "", /User\.Read\.All/);
      assert.equal(graph[0]?.attention?.code, "GRAPH_REFUSED");
      assert.match(await metricsOf(world), /carillon_graph_held_up\{code="GRAPH_REFUSED"\} 1/);
      for (const index of [4, 5, 6]) await world.send({ user: upnOf(world, index) });
      assert.equal(eventsIn(world, "graph.halted").length, 1);
      // What is sent is not held up by it.
      assert.equal((await fetch(`${world.service.url}/readyz`)).status, 200);
    } finally {
      await world.close();
    }
  });

  for (const [what, kind] of [
    ["asks for a pause", "throttled"],
    ["is unavailable", "unavailable"],
    ["breaks off the connection", "reset-before-commit"],
    ["answers with a page", "html-ok"],
  ] as const)
    it(`asks the rosters where Graph ${what}, and does not take somebody for unknown who may be known`, async () => {
      const world = await started();
      try {
        const operation = "graph-user";
        const retryAfter = kind === "throttled" ? { retryAfterSeconds: 600 } : {};
        world.emulator.setFaults({ rates: [{ kind, operation, share: 1, ...retryAfter }] });
        const inRoster = await world.send({ user: upnOf(world, 3) });
        assert.equal(inRoster.deliveries[0]?.state, "accepted");
        const { code, detail } = await refusalOf(world, upnOf(world, 22));
        assert.equal(code, "SERVICE_UNAVAILABLE");
        assert.match(detail, /could not be found out now/);
        // Somebody else's word for it: one request, and not another inside the time of quiet.
        assert.equal(asked(world).filter((line) => line.startsWith("graph")).length, 1);
        assert.deepEqual(world.emulator.violations(), []);
        const { graph } = await world.client.status();
        if (kind === "throttled") assert.ok(graph[0]?.budgets[0]?.pausedUntil);
        else assert.equal(graph[0]?.attention?.code, "GRAPH_UNAVAILABLE");
      } finally {
        await world.close();
      }
    });

  it("never asked it where that is not switched on", async () => {
    const world = await started({ graphUsers: false });
    try {
      assert.equal((await refusalOf(world, upnOf(world, 22))).code, "RECIPIENT_UNKNOWN");
      assert.deepEqual(asked(world), ["member 404"]);
      assert.deepEqual((await world.client.status()).graph, []);
    } finally {
      await world.close();
    }
  });
});
