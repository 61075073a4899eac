import assert from "node:assert/strict";
import { test } from "node:test";
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { createVirtualClock, type JsonObject, type TokenFlaw } from "../src/index.ts";
import { asList, asObject, type Json } from "../src/json.ts";
import { activityAt, card, startAt, world } from "./world.ts";

/** The check of a careful bot: metadata, keys, signature, issuer, audience, life, service URL, endorsement. */
async function verify(
  made: ReturnType<typeof world>,
  { activity, authorization }: { activity: JsonObject; authorization: string | undefined },
) {
  const { emulator, clock } = made;
  const read = async (url: string) => asObject((await (await emulator.fetch(url)).json()) as Json);
  const metadata = await read(emulator.bot().openIdMetadataUrl);
  const jwks = await read(String(metadata.jwks_uri));
  const [scheme, token = ""] = (authorization ?? "").split(" ");
  assert.equal(scheme, "Bearer");
  const { payload, protectedHeader } = await jwtVerify(
    token,
    createLocalJWKSet(jwks as unknown as JSONWebKeySet),
    {
      issuer: String(metadata.issuer),
      audience: emulator.bot().clientId,
      algorithms: ["RS256"],
      clockTolerance: 300,
      currentDate: new Date(clock.now()),
    },
  );
  const key = asList(jwks.keys)
    .map(asObject)
    .find(({ kid }) => kid === protectedHeader.kid);
  if (!asList(key?.endorsements).includes("msteams")) throw new Error("not endorsed for msteams");
  if (payload.serviceurl !== activity.serviceUrl) throw new Error("service URL differs");
  return payload;
}

test("an install for a person tells it twice, signed for the bot", async () => {
  const made = world();
  const { emulator, received } = made;
  const report = await emulator.install(4);
  assert.deepEqual([report.total, report.done, report.failed], [1, 1, 0]);
  const person = emulator.person(4);
  const { tenantId, clientId, serviceUrl } = emulator.bot();
  const common = {
    timestamp: new Date(startAt).toISOString(),
    channelId: "msteams",
    serviceUrl,
    from: { id: person.teamsId, aadObjectId: person.aadObjectId, name: person.name },
    recipient: { id: `28:${clientId}`, name: "Carillon" },
    conversation: { id: person.conversationId, conversationType: "personal", tenantId },
  };
  const [first, second] = received.map(({ activity: { id, ...rest } }) => {
    assert.match(String(id), /^f:[\da-f-]{36}$/);
    return rest;
  });
  assert.deepEqual(first, {
    type: "installationUpdate",
    ...common,
    channelData: { tenant: { id: tenantId }, source: { name: "message" } },
    action: "add",
  });
  assert.deepEqual(second, {
    type: "conversationUpdate",
    ...common,
    channelData: { tenant: { id: tenantId } },
    membersAdded: [
      { id: `28:${clientId}` },
      { id: person.teamsId, aadObjectId: person.aadObjectId },
    ],
  });
  for (const one of received) {
    const claims = await verify(made, one);
    assert.equal(Number(claims.exp) - Number(claims.nbf), 300);
  }
});

test("an install into a team names the team and the chosen channel", async () => {
  const { emulator, received } = world();
  await emulator.install({ team: 2 });
  const { id, name, aadGroupId } = emulator.team(2);
  const [update, joined] = received.map(({ activity }) => activity);
  const team = { id, name, aadGroupId };
  assert.equal(update?.action, "add");
  assert.deepEqual(update?.channelData, {
    team,
    channel: { id },
    tenant: { id: emulator.bot().tenantId },
    source: { name: "message" },
    settings: { selectedChannel: { id } },
  });
  assert.deepEqual(joined?.membersAdded, [{ id: `28:${emulator.bot().clientId}` }]);
  assert.deepEqual(joined?.channelData, {
    team,
    channel: { id },
    tenant: { id: emulator.bot().tenantId },
    eventType: "teamMemberAdded",
    settings: { selectedChannel: { id } },
  });
  assert.equal(emulator.team(2).installed, true);
});

test("an install for everyone leaves some out, lets some block it, and stays within its concurrency", async () => {
  let [running, most] = [0, 0];
  const { emulator } = world({
    people: 2_000,
    post: async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return { status: 200, text: async () => "" };
    },
  });
  const report = await emulator.install("all", { concurrency: 7 });
  assert.equal(most, 7);
  const { items } = emulator.people({ limit: 1_000 });
  for (const { fate, installed, blocked } of items) {
    assert.equal(installed, fate !== "without-app");
    assert.equal(blocked, fate === "blocks");
  }
  assert.equal(report.done, report.total);
  assert.ok(report.total > 1_850 && report.total < 1_980);
});

test("a bot that fails is counted, and named in the report", async () => {
  const { emulator, replies } = world();
  replies.push({ status: 500 });
  const report = await emulator.install([1, 2], { concurrency: 1 });
  assert.deepEqual([report.done, report.failed, report.installed], [2, 1, 2]);
  assert.match(report.failures[0] ?? "", /answered 500/);
});

test("progress can be watched, and without a bot endpoint the failure says so", async () => {
  const { emulator } = world({ people: 3 });
  emulator.setBotEndpoint(null);
  const done = emulator.install([0, 1]);
  assert.equal(emulator.installs()[0]?.state, "running");
  const report = await done;
  assert.equal(emulator.installs()[0]?.state, "finished");
  assert.match(report.failures[0] ?? "", /no bot endpoint is set/);
});

test("an uninstall tells it with action remove", async () => {
  const { emulator, received } = world();
  await emulator.install([1], { events: false });
  await emulator.uninstall(1);
  await emulator.install({ team: 1 }, { events: false });
  await emulator.uninstall({ team: 1 });
  const said = received.map(({ activity }) => [
    activity.type,
    activity.action ?? null,
    activity.membersRemoved ?? null,
  ]);
  assert.deepEqual(said, [
    ["installationUpdate", "remove", null],
    ["installationUpdate", "remove", null],
    ["conversationUpdate", null, [{ id: `28:${emulator.bot().clientId}` }]],
  ]);
});

test("a message carries text, its HTML, local time and the person's language", async () => {
  const { emulator, received } = world();
  await emulator.install(4, { events: false });
  const answer = await emulator.say(4, "1 < 2 & more");
  const person = emulator.person(4);
  const activity = activityAt(received);
  assert.equal(activity.type, "message");
  assert.equal(activity.id, answer.activityId);
  assert.equal(activity.text, "1 < 2 & more");
  assert.deepEqual(activity.attachments, [
    { contentType: "text/html", content: "<p>1 &lt; 2 &amp; more</p>" },
  ]);
  assert.deepEqual(activity.entities, [
    {
      type: "clientInfo",
      locale: person.locale,
      country: person.locale.slice(3),
      platform: "Windows",
      timezone: person.timezone,
    },
  ]);
  assert.equal(Date.parse(String(activity.localTimestamp)), startAt);
  assert.equal(emulator.inbox(4)[0]?.from.kind, "person");
  assert.equal(emulator.messageCount(4), 0, "only the bot's messages count");
});

test("in a channel the bot is mentioned, and the root message is its own thread", async () => {
  const { emulator, received } = world();
  await emulator.install({ team: 1 }, { events: false });
  const channel = emulator.team(1).channels[1];
  const member = emulator.members({ team: 1 }).items[0]?.index ?? 0;
  const root = await emulator.mention(member, "stop", { conversation: channel?.id ?? "" });
  await emulator.say(member, "again", {
    conversation: channel?.id ?? "",
    thread: root.activityId,
  });
  const [first, second] = received.map(({ activity }) => activity);
  assert.equal(first?.text, "<at>Carillon</at> stop");
  assert.deepEqual(asList(first?.entities)[0], {
    type: "mention",
    mentioned: { id: `28:${emulator.bot().clientId}`, name: "Carillon" },
    text: "<at>Carillon</at>",
  });
  for (const activity of [first, second])
    assert.deepEqual(activity?.conversation, {
      id: `${channel?.id};messageid=${root.activityId}`,
      conversationType: "channel",
      isGroup: true,
      tenantId: emulator.bot().tenantId,
    });
  assert.deepEqual(asObject(first?.channelData).channel, {
    id: channel?.id,
    name: channel?.name,
  });
});

test("nobody speaks where Teams would not let them", async () => {
  const { emulator } = world();
  await emulator.install(1, { events: false });
  await assert.rejects(emulator.say(2, "x"), /does not have the app/);
  emulator.block(1);
  await assert.rejects(emulator.say(1, "x"), /blocked/);
  const channel = emulator.team(1).id;
  await assert.rejects(emulator.say(1, "x", { conversation: channel }), /not in this team/);
  const theirs = emulator.person(2).conversationId;
  await assert.rejects(emulator.say(1, "x", { conversation: theirs }), /belongs to one person/);
});

test("Action.Submit comes as a message with the inputs merged into its data", async () => {
  const { emulator, say, received } = world();
  await emulator.install(1, { events: false });
  const attachment = card({ type: "Action.Submit", title: "Vote", data: { poll: 9, note: "own" } });
  attachment.content.body.push(
    { type: "Input.Text", id: "note", value: "typed before" } as never,
    { type: "Input.Toggle", id: "agree", title: "Agree" } as never,
  );
  const { body } = await say(emulator.person(1).conversationId, {
    type: "message",
    attachments: [attachment],
  });
  const result = await emulator.press(1, { inputs: { agree: "true" } });
  assert.deepEqual([result.action, result.answer?.status], ["Action.Submit", 200]);
  const activity = activityAt(received);
  assert.deepEqual(
    [activity.type, activity.replyToId, activity.value, activity.text],
    ["message", body.id, { poll: 9, note: "typed before", agree: "true" }, undefined],
  );
});

test("Action.Execute is an invoke, and the card in its answer is shown to that person only", async () => {
  const { emulator, say, received, replies } = world();
  await emulator.install(1, { events: false });
  const execute = { type: "Action.Execute", title: "Yes", verb: "vote", data: { choice: "yes" } };
  await say(emulator.person(1).conversationId, { type: "message", attachments: [card(execute)] });
  const after = {
    type: "AdaptiveCard",
    version: "1.5",
    body: [{ type: "TextBlock", text: "Thanks" }],
  };
  replies.push({
    status: 200,
    body: { statusCode: 200, type: "application/vnd.microsoft.card.adaptive", value: after },
  });
  const result = await emulator.press(1, { button: { verb: "vote" } });
  assert.equal(result.answer?.status, 200);
  const activity = activityAt(received);
  assert.deepEqual([activity.type, activity.name], ["invoke", "adaptiveCard/action"]);
  assert.deepEqual(activity.value, {
    action: { type: "Action.Execute", title: "Yes", verb: "vote", data: { choice: "yes" } },
    trigger: "manual",
  });
  assert.deepEqual(emulator.inbox(1)[0]?.views, { "1": after });
  await assert.rejects(emulator.press(1), /has no such button/, "the new card has no buttons");
});

test("buttons in columns, containers and shown cards are found, by number, title and verb", async () => {
  const { emulator, say } = world();
  await emulator.install(1, { events: false });
  const submit = (title: string) => ({ type: "Action.Submit", title, data: { title } });
  const attachment = {
    contentType: "application/vnd.microsoft.card.adaptive",
    content: {
      type: "AdaptiveCard",
      body: [
        { type: "Container", items: [{ type: "ActionSet", actions: [submit("one")] }] },
        {
          type: "ColumnSet",
          columns: [{ type: "Column", items: [], selectAction: submit("two") }],
        },
      ],
      actions: [
        { type: "Action.ShowCard", title: "More", card: { body: [], actions: [submit("three")] } },
        { type: "Action.OpenUrl", title: "Site", url: "https://example.org" },
      ],
    },
  };
  await say(emulator.person(1).conversationId, { type: "message", attachments: [attachment] });
  assert.equal((await emulator.press(1, { button: 1 })).title, "two");
  assert.equal((await emulator.press(1, { button: { title: "three" } })).title, "three");
  const link = await emulator.press(1, { button: { title: "Site" } });
  assert.deepEqual([link.url, link.answer], ["https://example.org", null]);
  await assert.rejects(emulator.press(1, { button: 9 }), /"one", "two", "three", "Site"/);
});

test("reactions, edits, deletes and read receipts have their shapes", async () => {
  const { emulator, say, received } = world();
  await emulator.install(1, { events: false });
  const { body } = await say(emulator.person(1).conversationId);
  await emulator.react(1, { activityId: body.id, type: "like" });
  assert.deepEqual(emulator.inbox(1)[0]?.reactions, [{ person: 1, type: "like" }]);
  await emulator.react(1, { activityId: body.id, type: "like", remove: true });
  const own = await emulator.say(1, "frist");
  await emulator.edit(1, { activityId: own.activityId, text: "first" });
  await emulator.erase(1, { activityId: own.activityId });
  await emulator.read(1, { activityId: body.id });
  const said = received.map(({ activity }) => activity);
  assert.deepEqual(
    said.map(({ type, replyToId, reactionsAdded, reactionsRemoved }) => [
      type,
      replyToId ?? null,
      reactionsAdded ?? reactionsRemoved ?? null,
    ]),
    [
      ["messageReaction", body.id, [{ type: "like" }]],
      ["messageReaction", body.id, [{ type: "like" }]],
      ["message", null, null],
      ["messageUpdate", null, null],
      ["messageDelete", null, null],
      ["event", null, null],
    ],
  );
  assert.deepEqual(asObject(said[3]?.channelData).eventType, "editMessage");
  assert.deepEqual(asObject(said[4]?.channelData).eventType, "softDeleteMessage");
  assert.deepEqual(
    [said[3]?.id, said[4]?.id, said[3]?.text],
    [own.activityId, own.activityId, "first"],
  );
  assert.deepEqual(said[5]?.value, { lastReadMessageId: body.id });
  await assert.rejects(emulator.edit(1, { activityId: body.id, text: "x" }), /their own/);
});

test("who joins and leaves a team, and a new channel, are told to a bot in it", async () => {
  const { emulator, received } = world();
  await emulator.install({ team: 1 }, { events: false });
  const inside = new Set(emulator.members({ team: 1 }).items.map(({ index }) => index));
  const outsider = emulator.people().items.find(({ index }) => !inside.has(index));
  const index = outsider?.index ?? -1;
  await emulator.addMember(1, index);
  assert.equal(emulator.team(1).members, inside.size + 1);
  await assert.rejects(emulator.addMember(1, index), /already/);
  await emulator.removeMember(1, index);
  await emulator.createChannel(1, "Night shift");
  const member = { id: outsider?.teamsId, aadObjectId: outsider?.aadObjectId };
  assert.deepEqual(
    received.map(({ activity }) => [
      asObject(activity.channelData).eventType,
      activity.membersAdded ?? activity.membersRemoved ?? null,
    ]),
    [
      ["teamMemberAdded", [member]],
      ["teamMemberRemoved", [member]],
      ["channelCreated", null],
    ],
  );
  assert.equal(emulator.team(1).channels.at(-1)?.name, "Night shift");
});

test("the same activity can be delivered once more with the same id", async () => {
  const { emulator, received } = world();
  await emulator.install(1, { events: false });
  const first = await emulator.say(1, "once");
  await emulator.redeliver(first.activityId);
  assert.deepEqual(received[0]?.activity, received[1]?.activity);
  await assert.rejects(emulator.redeliver("f:unknown"), /no activity/);
});

test("a bot that does not answer within 15 seconds is given up", async () => {
  const clock = createVirtualClock(startAt);
  let aborted = false;
  const { emulator } = world({
    clock,
    post: (_url, { signal }) =>
      new Promise(() => {
        signal.addEventListener("abort", () => {
          aborted = true;
        });
      }),
  });
  await emulator.install(1, { events: false });
  const answered = emulator.say(1, "anyone?");
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(15_000);
  assert.match((await answered).error ?? "", /did not answer within 15 s/);
  assert.equal(aborted, true);
});

for (const [flaw, expected] of [
  ["missing", /Bearer|undefined/],
  ["garbage", /JWS|Protected|Invalid/],
  ["wrong-issuer", /"iss"/],
  ["wrong-audience", /"aud"/],
  ["wrong-endorsement", /not endorsed/],
  ["unknown-kid", /no applicable key/],
  ["bad-signature", /signature verification failed/],
  ["expired", /"exp"/],
  ["not-yet-valid", /"nbf"/],
  ["no-service-url", /service URL differs/],
  ["other-service-url", /service URL differs/],
  ["alg-none", /"alg"|Algorithm/],
  ["hs256", /"alg"|Algorithm/],
  ["entra-own-tenant", /"iss"/],
  ["entra-strange-tenant", /"iss"/],
] as const satisfies readonly (readonly [TokenFlaw, RegExp])[])
  test(`a careful bot refuses the flaw ${flaw}`, async () => {
    const made = world();
    await made.emulator.install(1, { events: false });
    await made.emulator.say(1, "x", { flaw });
    const [one] = made.received;
    assert.ok(one);
    await assert.rejects(verify(made, one), expected);
  });

test("a token that expired four minutes ago is within the skew", async () => {
  const made = world();
  await made.emulator.install(1, { events: false, flaw: "expired-within-skew" });
  await made.emulator.say(1, "x", { flaw: "expired-within-skew" });
  const [one] = made.received;
  assert.ok(one && (await verify(made, one)));
});

test("keys rotate: the old one stays published for one turn", async () => {
  const made = world();
  const { emulator, received } = made;
  await emulator.install(1, { events: false });
  await emulator.say(1, "before");
  const kid = emulator.rotateKeys();
  await emulator.say(1, "after");
  const [before, after] = received;
  assert.ok(before && after);
  const header = String(after.authorization).slice("Bearer ".length).split(".")[0] ?? "";
  assert.equal(JSON.parse(Buffer.from(header, "base64url").toString()).kid, kid);
  await verify(made, before);
  await verify(made, after);
  emulator.rotateKeys();
  await assert.rejects(verify(made, before), /no applicable key/);
  await verify(made, after);
});

test("any activity can be delivered, and a service URL of its own stays", async () => {
  const made = world();
  const activity = { type: "event", id: "1", conversation: { id: "x" } };
  await made.emulator.deliver(activity);
  await made.emulator.deliver({ ...activity, serviceUrl: "https://evil.example/" });
  assert.deepEqual(
    made.received.map((one) => one.activity.serviceUrl),
    [made.emulator.bot().serviceUrl, "https://evil.example/"],
  );
});

test("an emulator that is started again repeats no id of an earlier start", async () => {
  const idsOf = async (at: number) => {
    const { emulator, received } = world({ clock: createVirtualClock(at) });
    await emulator.install([0, 1, 2]);
    return received.map(({ activity }) => activity.id);
  };
  const [first, second] = [await idsOf(startAt), await idsOf(startAt + 1)];
  assert.equal(first.length, 6);
  assert.deepEqual(
    first.filter((id) => second.includes(id)),
    [],
  );
  assert.deepEqual(await idsOf(startAt), first);
});
