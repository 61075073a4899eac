// Goal: every form of `to` reaches the place it names, and only that. Method: the whole service over real HTTP; the emulator's
// inboxes are the proof.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import type { Notification, Target } from "@carillon/client";
import { Activity } from "@microsoft/agents-activity";
import { PUBLIC, withOverrides } from "@microsoft/teams.api";
import { App, ExpressAdapter } from "@microsoft/teams.apps";
import { TurnContext } from "botbuilder";
import express from "express";
import { runCarillon } from "../src/command-line.ts";
import { type ContractWorld, contractWorld } from "../src/contract-world.ts";

// Who is who in the tenant of 40: the service heard of the first ten; the next ten have the app, and it never heard of them.
const known = 1;
const unheard = 11;
const withoutApp = 21;
let world: ContractWorld;
let texts = 0;

before(async () => {
  const shares = { withoutApp: 0, blocked: 0 };
  world = await contractWorld({ people: 40, teams: 2, chats: 2, seed: 3, shares });
  const { emulator } = world;
  const indexes = (from: number) => Array.from({ length: 10 }, (_, place) => from + place);
  await emulator.install(indexes(0));
  await emulator.install(indexes(10), { events: false });
  await emulator.install({ team: 0 });
  await emulator.install({ chat: 0 });
  await emulator.install({ chat: 1 }, { events: false });
  await world.service.carillon.inbound.drain();
});
after(() => world.close());

/** Sends a text that no other test sends, and answers where it arrived beside what the API says. */
async function sendOne(to: Target | readonly Target[]) {
  texts += 1;
  const text = `Message ${texts}.`;
  const notification = await world.send(to, { text });
  return { notification, arrived: world.messages(text) };
}

/** Asserts that it was accepted once, and arrived once, in this conversation. */
async function reaches(to: Target, conversationId: string): Promise<Notification> {
  const { notification, arrived } = await sendOne(to);
  const [row] = notification.deliveries;
  assert.equal(notification.deliveries.length, 1);
  assert.equal(row?.state, "accepted", JSON.stringify(row));
  assert.deepEqual(
    arrived.map((message) => message.conversationId),
    [conversationId],
  );
  assert.equal(row.activityId, arrived[0]?.activityId);
  return notification;
}

describe("a person", () => {
  it("is reached by object id, in any case of its letters", async () => {
    const { aadObjectId, conversationId } = world.emulator.person(known);
    await reaches({ user: aadObjectId }, conversationId);
    await reaches({ user: aadObjectId.toUpperCase() }, conversationId);
  });

  it("is reached by UPN, which a team's roster tells", async () => {
    const { userPrincipalName, conversationId } = world.emulator.person(known);
    await reaches({ user: userPrincipalName }, conversationId);
    await reaches({ user: userPrincipalName.toUpperCase() }, conversationId);
  });

  it("is reached by 29: id", async () => {
    const { teamsId, conversationId } = world.emulator.person(known);
    await reaches({ user: teamsId }, conversationId);
  });

  it("is reached by an object id that we never saw: the conversation is created, and kept", async () => {
    const { aadObjectId, conversationId } = world.emulator.person(unheard);
    await assert.rejects(world.client.people.get(aadObjectId), { code: "PERSON_UNKNOWN" });
    await reaches({ user: aadObjectId }, conversationId);
    assert.equal((await world.client.people.get(aadObjectId)).conversationId, conversationId);
    const requests = world.emulator.counts().requests;
    await reaches({ user: aadObjectId }, conversationId);
    assert.equal(world.emulator.counts().requests, requests + 1, "no second creation");
  });

  it("is reached by a 29: id that we never saw", async () => {
    const { teamsId, conversationId } = world.emulator.person(unheard + 1);
    await reaches({ user: teamsId }, conversationId);
  });

  it("is reached by UPN where only a roster knows them", async () => {
    const { userPrincipalName, conversationId } = world.emulator.person(unheard + 2);
    await reaches({ user: userPrincipalName }, conversationId);
  });

  it("who has not got the app is not reached, and the row says why", async () => {
    const { aadObjectId } = world.emulator.person(withoutApp);
    const { notification, arrived } = await sendOne({ user: aadObjectId });
    assert.equal(arrived.length, 0);
    const [row] = notification.deliveries;
    assert.equal(row?.state, "failed");
    assert.equal(row.code, "TEAMS_APP_NOT_INSTALLED");
  });
});

describe("a stored conversation", () => {
  it("is reached by its id: a personal chat, a group chat, a channel", async () => {
    const { conversationId } = world.emulator.person(known);
    await reaches({ conversation: conversationId }, conversationId);
    const [chat] = world.emulator.chats();
    await reaches({ conversation: chat?.id ?? "" }, chat?.id ?? "");
    const { id } = world.emulator.team(0);
    const { notification, arrived } = await sendOne({ conversation: id });
    assert.equal(arrived[0]?.conversationId, id);
    assert.match(notification.deliveries[0]?.conversationId ?? "", /;messageid=\d+$/);
  });

  it("that is nobody's we know is refused before anything is sent", async () => {
    const { conversationId } = world.emulator.person(unheard + 3);
    const requests = world.emulator.counts().requests;
    await assert.rejects(sendOne({ conversation: conversationId }), { code: "RECIPIENT_UNKNOWN" });
    assert.equal(world.emulator.counts().requests, requests);
  });
});

describe("a channel", () => {
  it("gets a new thread, and the answer has its conversation and activity", async () => {
    const [general, other] = world.emulator.team(0).channels;
    for (const channel of [general?.id ?? "", other?.id ?? ""]) {
      const { notification, arrived } = await sendOne({ channel });
      const [message] = arrived;
      assert.equal(arrived.length, 1);
      assert.equal(message?.conversationId, channel);
      assert.equal(message.thread, message.activityId, "it is a root");
      const [row] = notification.deliveries;
      assert.equal(row?.activityId, message.activityId);
      assert.equal(row.conversationId, `${channel};messageid=${message.activityId}`);
    }
  });

  it("gets a reply in the thread that is named, by either form of a thread's name", async () => {
    const channel = world.emulator.team(0).channels[1]?.id ?? "";
    const { arrived } = await sendOne({ channel });
    const rootId = arrived[0]?.activityId ?? "";
    for (const to of [
      { thread: { channel, rootId } },
      { conversation: `${channel};messageid=${rootId}` },
    ]) {
      const reply = await sendOne(to);
      assert.equal(reply.arrived.length, 1);
      assert.equal(reply.arrived[0]?.conversationId, channel);
      assert.equal(reply.arrived[0]?.thread, rootId);
      const [row] = reply.notification.deliveries;
      assert.equal(row?.activityId, reply.arrived[0]?.activityId);
      assert.equal(row?.conversationId, `${channel};messageid=${rootId}`);
    }
  });

  it("of a team is General where the team is named so", async () => {
    const { id } = world.emulator.team(0);
    const { notification, arrived } = await sendOne({ team: id, as: "general" });
    assert.equal(arrived[0]?.conversationId, id);
    assert.equal(arrived[0]?.thread, arrived[0]?.activityId);
    assert.match(notification.deliveries[0]?.conversationId ?? "", /;messageid=\d+$/);
  });

  it("of a team that has not got the bot takes nothing, and the row says why", async () => {
    const { id } = world.emulator.team(1);
    const { notification, arrived } = await sendOne({ channel: id });
    assert.equal(arrived.length, 0);
    const [row] = notification.deliveries;
    assert.equal(row?.state, "failed");
    assert.match(row.code ?? "", /^TEAMS_/);
    assert.ok(row.detail, "the platform's words");
  });
});

describe("a group chat", () => {
  it("is reached, whether we heard of it or not", async () => {
    for (const { id } of world.emulator.chats()) await reaches({ chat: id }, id);
  });
});

describe("a conversation reference", () => {
  let app: App;
  let references: unknown[] = [];
  let stop = async () => {};

  before(async () => {
    const bot = world.emulator.bot();
    const server = express();
    app = new App({
      clientId: bot.clientId,
      tenantId: bot.tenantId,
      token: async () => "nothing is sent with it",
      serviceUrl: bot.serviceUrl,
      cloud: withOverrides(PUBLIC, {
        loginEndpoint: bot.loginUrl,
        openIdMetadataUrl: bot.openIdMetadataUrl,
        tokenIssuer: bot.issuer,
      }),
      httpServerAdapter: new ExpressAdapter(server),
    });
    app.on("message", async ({ ref }) => {
      references.push(ref);
    });
    await app.initialize();
    const listener = createServer(server);
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    const address = listener.address();
    assert.ok(address !== null && typeof address === "object");
    const ours = bot.botEndpoint;
    // From now on another bot's program hears what is said, and the service does not.
    world.emulator.setBotEndpoint(`http://127.0.0.1:${address.port}/api/messages`);
    stop = async () => {
      world.emulator.setBotEndpoint(ours);
      listener.closeAllConnections();
      await new Promise((resolve) => listener.close(resolve));
    };
  });
  after(() => stop());

  /** What each SDK keeps of the same activity, as it would be stored in a database: JSON. */
  async function referencesOf(say: () => Promise<{ readonly status: number | null }>) {
    references = [];
    assert.equal((await say()).status, 200);
    const activity: object = world.activities.at(-1) ?? {};
    // The vendors' types name what the emulator's activity has.
    const own = activity as Parameters<typeof TurnContext.getConversationReference>[0];
    const kept = {
      botbuilder: TurnContext.getConversationReference(own),
      "agents-hosting": Activity.fromObject(activity).getConversationReference(),
      "teams.apps": references[0],
    };
    return JSON.parse(JSON.stringify(kept)) as Readonly<
      Record<keyof typeof kept, Extract<Target, { reference: unknown }>["reference"]>
    >;
  }

  const sdks = ["botbuilder", "agents-hosting", "teams.apps"] as const;
  for (const [place, sdk] of sdks.entries()) {
    it(`is taken as ${sdk} writes it: of a personal chat that we know`, async () => {
      const { conversationId } = world.emulator.person(known);
      const written = await referencesOf(() => world.emulator.say(known, "hello"));
      await reaches({ reference: written[sdk] }, conversationId);
    });

    it(`is taken as ${sdk} writes it: of a personal chat that we never heard of`, async () => {
      const { conversationId } = world.emulator.person(unheard + 4 + place);
      const written = await referencesOf(() => world.emulator.say(unheard + 4 + place, "hello"));
      await reaches({ reference: written[sdk] }, conversationId);
    });

    it(`is taken as ${sdk} writes it: of a group chat`, async () => {
      const chat = world.emulator.chats()[1];
      assert.ok(chat);
      const [member] = world.emulator.members({ chat: chat.id }).items;
      const written = await referencesOf(() =>
        world.emulator.say(member?.index ?? 0, "hello", { conversation: chat.id }),
      );
      await reaches({ reference: written[sdk] }, chat.id);
    });

    it(`is taken as ${sdk} writes it: of a thread in a channel, which gets a reply`, async () => {
      const { id } = world.emulator.team(0);
      const { arrived } = await sendOne({ channel: id });
      const thread = arrived[0]?.activityId ?? "";
      const written = await referencesOf(() =>
        world.emulator.mention(known, "hello", { conversation: id, thread }),
      );
      const reply = await sendOne({ reference: written[sdk] });
      assert.equal(reply.arrived.length, 1);
      assert.equal(reply.arrived[0]?.conversationId, id);
      assert.equal(reply.arrived[0]?.thread, thread);
    });
  }

  it("keeps the SDKs' own word for the bot: `agent` in one, `bot` in the others", async () => {
    const written = await referencesOf(() => world.emulator.say(known, "hello"));
    const words = sdks.map((sdk) => ["bot", "agent"].filter((word) => word in written[sdk]));
    assert.deepEqual(words, [["bot"], ["agent"], ["bot"]]);
  });

  it("is taken from a file by the command line", async () => {
    const written = await referencesOf(() => world.emulator.say(known, "hello"));
    const file = path.join(world.directory, "reference.json");
    writeFileSync(file, JSON.stringify(written["agents-hosting"]));
    const run = await runCarillon(
      ["send", "--to", `reference:${file}`, "--text", "From a file.", "--wait", "--json"],
      { environment: { CARILLON_URL: world.service.url, CARILLON_API_KEY: world.apiKey } },
    );
    assert.equal(run.code, 0, run.out + run.err);
    const { conversationId } = world.emulator.person(known);
    assert.deepEqual(
      world.messages("From a file.").map((message) => message.conversationId),
      [conversationId],
    );
    assert.equal(JSON.parse(run.out).deliveries[0].state, "accepted");
  });
});

describe("several targets of one notification", () => {
  it("that are one person, by each of their names, are one delivery", async () => {
    const { aadObjectId, userPrincipalName, teamsId, conversationId } =
      world.emulator.person(known);
    const { notification, arrived } = await sendOne([
      { user: aadObjectId },
      { user: userPrincipalName },
      { user: teamsId },
      { conversation: conversationId },
    ]);
    assert.equal(notification.deliveries.length, 1);
    assert.equal(arrived.length, 1);
  });

  it("each get theirs", async () => {
    const people = [2, 3, 4].map((index) => world.emulator.person(index));
    const [chat] = world.emulator.chats();
    const { id: channel } = world.emulator.team(0);
    const { notification, arrived } = await sendOne([
      ...people.map(({ aadObjectId }) => ({ user: aadObjectId })),
      { chat: chat?.id ?? "" },
      { channel },
    ]);
    assert.deepEqual(
      notification.deliveries.map(({ state }) => state),
      Array.from({ length: 5 }, () => "accepted"),
    );
    const places = [...people.map(({ conversationId }) => conversationId), chat?.id, channel];
    assert.deepEqual(arrived.map(({ conversationId }) => conversationId).sort(), places.sort());
  });
});

describe("the emulator's judgement", () => {
  it("is that the service did nothing that a client must not do", () => {
    // Writing to somebody without the app is what one test does on purpose.
    const { emulator } = world;
    const violations = emulator.violations().filter(({ kind }) => kind !== "not-installed");
    assert.deepEqual(violations, []);
  });
});
