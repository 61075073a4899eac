// Goal: whoever and whatever Teams lets a bot write to can be addressed, by any of its names, before and after it moved. Method: the
// whole service in virtual time; what it asks for is read at the emulator.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Message, Target } from "@carillon/client";
import { type VirtualCampaigns, virtualCampaigns } from "../../src/virtual-campaign.ts";
import { virtualWorld } from "../../src/virtual-world.ts";

const people = 40;
const minute = 60_000;

/** Sends one notification and answers its deliveries once they are final. */
async function send(here: VirtualCampaigns, to: Target, message: Message) {
  const { client } = here.service;
  const { id } = await here.world.within(client.notifications.create({ to, message }));
  const { deliveries } = await here.world.until(async () => {
    const now = await client.notifications.get(id);
    return now.state === "finished" && now;
  }, minute);
  return deliveries;
}

describe("a person", () => {
  it("is found by object id, UPN, Teams id and chat, in any case of letters, without a request (TeamsFx, Agents SDK, Teams SDK)", async () => {
    const here = await virtualCampaigns({ people, teams: 1, seed: 701 }, { readsRosters: true });
    await here.world.clock.runFor(minute);
    const { emulator } = here.world;
    const { aadObjectId, userPrincipalName, teamsId, conversationId } = emulator.person(8);
    const before = emulator.counts().requests;
    const names: readonly Target[] = [
      { user: aadObjectId },
      { user: aadObjectId.toUpperCase() },
      { user: userPrincipalName },
      { user: userPrincipalName.toUpperCase() },
      { user: teamsId },
      { conversation: conversationId },
    ];
    for (const to of names) {
      const [delivery] = await send(here, to, { text: "You." });
      assert.equal(delivery?.state, "accepted", JSON.stringify(to));
    }
    assert.equal(emulator.inbox(8).length, names.length);
    assert.equal(emulator.counts().requests - before, names.length, "a request for each message");
    await here.service.stop();
  });

  it("who never wrote, and of whom no event came, is reached at the first try (Agents SDK)", async () => {
    const world = await virtualWorld({ people, teams: 0, seed: 702 });
    const service = await world.start();
    await world.within(world.emulator.install([3], { events: false }));
    assert.equal((await service.client.status()).counts.people, 0, "nobody is known");
    const { aadObjectId } = world.emulator.person(3);
    await world.within(
      service.client.notifications.create({
        to: { user: aadObjectId },
        message: { text: "First." },
      }),
    );
    await world.clock.runFor(5000);
    assert.equal(world.emulator.inbox(3).length, 1);
    await service.stop();
  });
});

describe("the service URL", () => {
  it("of each person is the one last heard, not the first that the tenant ever had (Company Communicator, Teams SDK)", async () => {
    const here = await virtualCampaigns({ people, seed: 704 });
    const { emulator, clock } = here.world;
    const first = new URL(emulator.bot().serviceUrl).pathname.split("/")[1];
    emulator.setRegion("apac");
    await here.world.within(emulator.say(5, "hello"));
    await clock.runFor(1000);
    emulator.setRegion("in");
    await here.world.within(emulator.say(6, "hello"));
    await clock.runFor(1000);
    const regions = async (index: number) => {
      const before = emulator.requestLog().length;
      await send(here, { user: emulator.person(index).aadObjectId }, { text: "Where?" });
      return emulator
        .requestLog()
        .slice(before)
        .filter(({ operation }) => operation === "send")
        .map(({ path }) => path.split("/")[1]);
    };
    assert.deepEqual(await regions(5), ["apac"]);
    assert.deepEqual(await regions(6), ["in"]);
    assert.deepEqual(await regions(7), [first]);
    await here.service.stop();
  });
});

describe("a channel", () => {
  it("other than General is in the list by itself, and can be written to, also in a thread (Company Communicator, TeamsFx)", async () => {
    const here = await virtualCampaigns({ people, teams: 2, seed: 705 });
    const { emulator, clock } = here.world;
    const { client } = here.service;
    await here.world.within(emulator.createChannel(1, "Night shift"));
    await clock.runFor(1000);
    const team = emulator.team(1);
    const known = await here.world.within(client.teams.channels(team.id));
    const night = known.find(({ name }) => name === "Night shift");
    assert.ok(night !== undefined, JSON.stringify(known));
    assert.ok(known.length >= 2, "with those that were there before");
    const [post] = await send(here, { channel: night.id }, { text: "A new thread." });
    assert.equal(post?.state, "accepted");
    const rootId = post?.activityId ?? "";
    const [reply] = await send(
      here,
      { thread: { channel: night.id, rootId } },
      { text: "Below it." },
    );
    assert.equal(reply?.state, "accepted");
    assert.equal(here.world.messages("Below it.").length, 1);
    await here.service.stop();
  });

  it("of a team that has not got the bot is refused with that reason, in a row of its own (Company Communicator)", async () => {
    const here = await virtualCampaigns({ people, teams: 2, seed: 706 });
    const { emulator, clock } = here.world;
    await here.world.within(emulator.uninstall({ team: 1 }));
    await clock.runFor(1000);
    const include = [
      { team: emulator.team(1).id, as: "members" as const },
      { user: emulator.person(2).aadObjectId },
    ];
    const end = await here.finished(await here.begin("Both.", { audience: { include } }), minute);
    assert.deepEqual([end.counts.accepted, end.counts.failed], [1, 1]);
    assert.deepEqual(
      end.reasons.map(({ code }) => code),
      ["TEAMS_NOT_IN_CONVERSATION"],
    );
    await here.service.stop();
  });
});

describe("an audience", () => {
  it("mixes kinds, takes more than twenty teams, and leaves out whom it is told to (Company Communicator)", async () => {
    const here = await virtualCampaigns({ people: 120, teams: 25, seed: 707 });
    const { emulator } = here.world;
    const teams = emulator.teams();
    const excluded = emulator.person(11);
    const audience = {
      include: [
        ...teams.map(({ id }) => ({ team: id, as: "members" as const })),
        ...teams.map(({ id }) => ({ team: id, as: "general" as const })),
        { user: emulator.person(1).aadObjectId },
      ],
      exclude: [{ user: excluded.userPrincipalName }],
    };
    const text = "Twenty-five teams.";
    const end = await here.finished(await here.begin(text, { audience }), 5 * minute);
    const members = new Set(
      teams.flatMap(({ index }) =>
        emulator.members({ team: index }, { limit: 1000 }).items.map((one) => one.index),
      ),
    );
    members.add(1);
    members.delete(11);
    assert.equal(end.counts.total, members.size + teams.length);
    assert.equal(end.counts.accepted, end.counts.total);
    assert.equal(emulator.inbox(11).length, 0);
    await here.service.stop();
  });
});

describe("a card", () => {
  it("of any form, with several buttons, comes with words for the phone's notification (Company Communicator)", async () => {
    const here = await virtualCampaigns({ people, seed: 708 });
    const { emulator } = here.world;
    const card = {
      type: "AdaptiveCard",
      version: "1.5",
      body: [
        { type: "TextBlock", text: "The canteen is closed on ${day}.", wrap: true },
        { type: "Image", url: "https://example.com/a.png", altText: "A closed door" },
        { type: "Image", url: "https://example.com/b.png", altText: "A lunch box" },
      ],
      actions: [
        { type: "Action.OpenUrl", title: "Menu", url: "https://example.com/menu" },
        { type: "Action.OpenUrl", title: "Map", url: "https://example.com/map" },
      ],
    };
    const message = { card, data: { day: "Friday" } };
    const [delivery] = await send(here, { user: emulator.person(0).aadObjectId }, message);
    assert.equal(delivery?.state, "accepted");
    const [kept] = emulator.inbox(0);
    const shown = JSON.stringify(kept?.activity);
    assert.match(shown, /closed on Friday/);
    assert.match(String(kept?.activity?.summary), /The canteen is closed on Friday\./);
    for (const title of ["Menu", "Map"]) assert.ok(shown.includes(title));
    await here.service.stop();
  });
});
