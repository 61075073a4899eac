// Goal: a campaign reaches each person of its audience once, and nobody else. Method: the whole service over real HTTP, audiences
// made in every way that the contract has; rows and inboxes must agree.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { type Audience, createClient, type Delivery } from "@carillon/client";
import {
  createEmulator,
  type Emulator,
  type Listening,
  listen,
  type PersonView,
} from "@carillon/emulator";
import { type ContractWorld, contractWorld } from "../src/contract-world.ts";
import { freePort, type ServiceProcess, startServiceProcess } from "../src/service-process.ts";
import { until } from "../src/until.ts";

const people = 60;
const none = { withoutApp: 0, blocked: 0 };

describe("the audience of a campaign", () => {
  let world: ContractWorld;
  let texts = 0;
  before(async () => {
    world = await contractWorld({ people, teams: 3, chats: 1, seed: 8, shares: none });
    const indexes = Array.from({ length: people - 10 }, (_, index) => index);
    await world.emulator.install(indexes);
    for (const team of [0, 1, 2]) await world.emulator.install({ team });
    await world.emulator.install({ chat: 0 });
    await world.service.carillon.inbound.drain();
  });
  after(() => world.close());

  /** Runs a campaign and answers its rows, and the people whom it reached; fails where somebody was reached twice. */
  async function reached(audience: Audience) {
    texts += 1;
    const text = `Campaign ${texts}.`;
    const { id, counts } = await world.run({ audience, message: { text } });
    const rows = await world.rows(id);
    assert.equal(rows.length, counts.total);
    const persons = world.messages(text).flatMap(({ person }) => (person === null ? [] : [person]));
    assert.equal(new Set(persons).size, persons.length, "somebody was reached twice");
    const accepted = rows.filter(({ state }) => state === "accepted");
    assert.equal(world.messages(text).length, accepted.length);
    return { rows, persons: persons.sort((a, b) => a - b), places: world.messages(text) };
  }
  const person = (index: number) => world.emulator.person(index);
  const members = (team: number) =>
    world.emulator.members({ team }, { limit: 1000 }).items.filter(({ installed }) => installed);
  const sorted = (views: readonly PersonView[]) =>
    views.map(({ index }) => index).sort((a, b) => a - b);

  it("is everyone we know", async () => {
    const { rows, persons } = await reached({ include: [{ everyone: true }] });
    assert.deepEqual(
      persons,
      Array.from({ length: people - 10 }, (_, index) => index),
    );
    assert.ok(rows.every(({ recipient }) => recipient.startsWith("user:")));
  });

  it("is every member of a team, and the rows of those without the app say so", async () => {
    const { rows, persons } = await reached({
      include: [{ team: world.emulator.team(1).id, as: "members" }],
    });
    assert.deepEqual(persons, sorted(members(1)));
    assert.equal(rows.length, world.emulator.team(1).members);
    const others = rows.filter(({ state }) => state !== "accepted");
    assert.ok(others.every(({ code }) => code === "TEAMS_APP_NOT_INSTALLED"));
  });

  it("is the union of what it includes, each person once", async () => {
    const one = world.emulator.team(1);
    const two = world.emulator.team(2);
    const { persons } = await reached({
      include: [
        { team: one.id, as: "members" },
        { user: person(0).aadObjectId },
        { team: two.id, as: "members" },
        { team: one.id, as: "members" },
      ],
    });
    const all = new Set([0, ...sorted(members(1)), ...sorted(members(2))]);
    assert.deepEqual(
      persons,
      [...all].sort((a, b) => a - b),
    );
  });

  it("is one delivery for a person named by UPN, object id, 29: id and conversation", async () => {
    const { aadObjectId, userPrincipalName, teamsId, conversationId } = person(5);
    const { rows, persons } = await reached({
      include: [
        { user: userPrincipalName },
        { user: aadObjectId },
        { user: teamsId },
        { conversation: conversationId },
      ],
    });
    assert.deepEqual(persons, [5]);
    assert.deepEqual(
      rows.map(({ recipient }) => recipient),
      [`user:${aadObjectId}`],
    );
  });

  it("leaves out whom it excludes, by any of their names, and whole teams", async () => {
    const excluded = sorted(members(2));
    const { persons } = await reached({
      include: [{ everyone: true }],
      exclude: [
        { user: person(1).userPrincipalName },
        { user: person(2).aadObjectId },
        { user: person(3).teamsId },
        { conversation: person(4).conversationId },
        { team: world.emulator.team(2).id, as: "members" },
      ],
    });
    const expected = Array.from({ length: people - 10 }, (_, index) => index).filter(
      (index) => ![1, 2, 3, 4, ...excluded].includes(index),
    );
    assert.deepEqual(persons, expected);
  });

  it("may have chats, channels and people side by side", async () => {
    const [chat] = world.emulator.chats();
    const { id } = world.emulator.team(0);
    const { rows, places } = await reached({
      include: [
        { chat: chat?.id ?? "" },
        { channel: id },
        { team: id, as: "general" },
        { user: person(6).aadObjectId },
      ],
    });
    assert.deepEqual(
      places.map(({ conversationId }) => conversationId).sort(),
      [chat?.id, id, person(6).conversationId].sort(),
      "the General channel is the team's own id, so both are one",
    );
    assert.equal(rows.length, 3);
  });

  it("that names somebody unknown has a failed row for them, and reaches the others", async () => {
    const { rows, persons } = await reached({
      include: [{ user: "ghost@contoso.example" }, { user: person(7).aadObjectId }],
    });
    assert.deepEqual(persons, [7]);
    const [ghost] = rows.filter(({ state }) => state === "failed");
    assert.equal(ghost?.code, "RECIPIENT_UNKNOWN");
    assert.match(`${ghost.recipient} ${ghost.detail}`, /ghost@contoso\.example/);
  });

  it("that names a team without the bot has a failed row for it, and reaches the others", async () => {
    await world.emulator.uninstall({ team: 2 });
    await world.service.carillon.inbound.drain();
    const { rows, persons } = await reached({
      include: [
        { team: world.emulator.team(2).id, as: "members" },
        { user: person(8).aadObjectId },
      ],
    });
    await world.emulator.install({ team: 2 });
    assert.deepEqual(persons, [8]);
    assert.equal(rows.find(({ state }) => state === "failed")?.code, "TEAMS_NOT_IN_CONVERSATION");
  });
});

describe("people who have the app, of whom we never heard", () => {
  let world: ContractWorld;
  before(async () => {
    world = await contractWorld({ people: 40, teams: 0, seed: 9, shares: none });
    await world.emulator.install(0);
    const unheard = Array.from({ length: 39 }, (_, place) => place + 1);
    await world.emulator.install(unheard, { events: false });
    await world.service.carillon.inbound.drain();
  });
  after(() => world.close());

  const names = {
    "object id": ({ aadObjectId }: PersonView) => ({ user: aadObjectId }),
    "29: id": ({ teamsId }: PersonView) => ({ user: teamsId }),
    reference: ({ conversationId, teamsId, aadObjectId }: PersonView) => ({
      reference: {
        serviceUrl: world.emulator.bot().serviceUrl,
        channelId: "msteams",
        conversation: { id: conversationId, conversationType: "personal" },
        user: { id: teamsId, aadObjectId },
      },
    }),
  };
  const kinds = ["object id", "29: id", "reference"] as const;
  const pairs = kinds.flatMap((one) =>
    kinds.filter((two) => two !== one).map((two) => ({ one, two })),
  );
  let next = 0;
  const somebody = () => {
    next += 1;
    return world.emulator.person(next);
  };

  it("are one person for everyone's campaign, whatever they were named by before", async () => {
    const person = somebody();
    for (const kind of ["29: id", "object id", "reference"] as const)
      await world.send(names[kind](person));
    await world.run({ audience: { include: [{ everyone: true }] }, message: { text: "All." } });
    const arrived = world.messages("All.").filter((message) => message.person === person.index);
    assert.equal(arrived.length, 1);
    const { people } = (await world.client.status()).counts;
    assert.equal(people, 2, "somebody is in the directory twice");
  });

  for (const { one, two } of pairs) {
    it(`get one message where they are named by ${one} and by ${two}`, async () => {
      const person = somebody();
      const text = `By ${one} and by ${two}.`;
      const include = [names[one](person), names[two](person)];
      const { id } = await world.run({ audience: { include }, message: { text } });
      assert.deepEqual(
        world.messages(text).map((message) => message.person),
        [person.index],
      );
      const rows = await world.rows(id);
      assert.ok(
        rows.every(({ state, code }) => state === "accepted" || code === "DELIVERY_DUPLICATE"),
      );
      const other = somebody();
      const again = await world.send([names[one](other), names[two](other)], {
        text: `${text} Again.`,
      });
      assert.equal(world.messages(`${text} Again.`).length, 1, JSON.stringify(again.deliveries));
    });

    it(`get none where they are included by ${one} and excluded by ${two}`, async () => {
      const person = somebody();
      const text = `By ${one}, not by ${two}.`;
      await world.run({
        audience: {
          include: [names[one](person), { user: world.emulator.person(0).aadObjectId }],
          exclude: [names[two](person)],
        },
        message: { text },
      });
      assert.deepEqual(
        world.messages(text).map((message) => message.person),
        [0],
      );
    });
  }
});

describe("a team of more people than one page holds", () => {
  const size = 1200;
  const emulator = createEmulator({ people: size, teams: 1, seed: 4, rps: 0, shares: none });
  let folder = "";
  let listening: Listening;
  let service: ServiceProcess;
  let port = 0;
  const start = () =>
    startServiceProcess({
      emulatorUrl: listening.url,
      databaseFile: path.join(folder, "carillon.db"),
      port,
      laneRps: 0,
    });
  const client = () => createClient({ url: service.url, apiKey: service.apiKey });
  let pages = 0;
  // The emulator's own log is too short for a campaign of this size.
  const counting: Emulator = {
    ...emulator,
    exchange(request) {
      if (/\/pagedmembers/i.test(request.target)) pages += 1;
      return emulator.exchange(request);
    },
  };

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "carillon-roster-"));
    port = await freePort();
    listening = await listen(counting, { port: 0 });
    service = await start();
    // It introduces itself to the emulator a moment after it answers.
    emulator.setBotEndpoint(`${service.url}/api/messages`);
    await emulator.install("all", { events: false });
    await emulator.install({ team: 0 });
    const known = async () => (await client().status()).counts.people === size;
    await until(known, "the bot has read the roster of the team that it was added to");
    pages = 0;
  });
  after(async () => {
    await service.kill();
    await listening.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("is read page by page, goes on after kill -9, and each member is reached once", async () => {
    // The second page does not come: the service is killed while it waits for it.
    emulator.setFaults({
      rules: [{ operation: "paged-members", kind: "slow", ms: 30_000, nth: 2 }],
    });
    const { id } = await client().campaigns.create({
      name: "roster",
      message: { text: "Hello" },
      audience: { include: [{ team: emulator.team(0).id, as: "members" }] },
    });
    await client().campaigns.start(id);
    const waiting = await until(async () => {
      const now = await client().campaigns.get(id);
      return pages === 2 && now.counts.accepted === 500 && now;
    }, "the first page's people have theirs");
    assert.equal(waiting.state, "expanding", "sending need not wait for the last page");
    assert.equal(waiting.counts.total, 500);
    await service.kill();
    emulator.setFaults(null);
    service = await start();
    const end = await until(async () => {
      const now = await client().campaigns.get(id);
      return now.state === "finished" && now;
    }, "the end");
    assert.equal(pages, 4, "the first page is not read again");
    const rows = new Map<string, Delivery>();
    for await (const row of client().campaigns.deliveriesAll(id)) rows.set(row.recipient, row);
    assert.equal(end.counts.total, size);
    assert.equal(end.counts.accepted, size);
    assert.equal(rows.size, size);
    const arrived = [...emulator.acceptedMessages()].map((message) => message.person);
    assert.equal(arrived.length, size);
    assert.equal(new Set(arrived).size, size);
    assert.deepEqual(emulator.violations(), []);
  });
});
