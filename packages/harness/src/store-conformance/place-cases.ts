import assert from "node:assert/strict";
import type { DirectoryFact } from "../../../server/src/domain/directory.ts";
import { conversationId, personId, recipientKey, teamId } from "../../../server/src/domain/ids.ts";
import type { Recipient } from "../../../server/src/domain/target.ts";
import {
  bot,
  type Cases,
  campaign,
  everyItem,
  hold,
  installed,
  objectId,
  scope,
  serviceUrl,
  tenant,
  turn,
} from "./fixtures.ts";

const team = teamId("19:team@thread.tacv2");
const channel = conversationId("19:channel@thread.tacv2");
const chat = conversationId("19:chat@thread.v2");
const teamUrl = "https://smba.example/team/";

const teamSeen: DirectoryFact = {
  fact: "team-seen",
  tenantId: tenant,
  teamId: team,
  serviceUrl: teamUrl,
  name: "Nurses",
};
const channelSeen: DirectoryFact = {
  fact: "channel-seen",
  tenantId: tenant,
  teamId: team,
  channelId: channel,
  name: "Shifts",
};
const chatSeen: DirectoryFact = {
  fact: "conversation-seen",
  tenantId: tenant,
  conversationId: chat,
  kind: "groupChat",
  serviceUrl,
  name: "Three of us",
};

/** Conversations, teams and channels, and where claimed deliveries to them go. */
export const placeCases: Cases = {
  "a personal chat is a conversation of its person": async ({ directory }) => {
    await directory.learn(bot, installed(1), 5);
    assert.deepEqual(await directory.findConversation(scope, conversationId("a:1")), {
      ...scope,
      id: "a:1",
      kind: "personal",
      serviceUrl,
      personId: objectId(1),
      teamId: null,
      name: "Person 1",
      goneAt: null,
      goneReason: null,
      updatedAt: 5,
    });
  },
  "a personal chat that is gone is dropped from its person, and remembered as gone": async ({
    directory,
  }) => {
    const gone: DirectoryFact = {
      fact: "conversation-gone",
      tenantId: tenant,
      conversationId: conversationId("a:1"),
      reason: "conversation-gone",
    };
    await directory.learn(bot, [...installed(1), gone], 5);
    const person = await directory.findPerson(scope, { id: personId(objectId(1)) });
    assert.deepEqual([person?.conversationId, person?.serviceUrl], [null, serviceUrl]);
    const lost = await directory.findConversation(scope, conversationId("a:1"));
    assert.deepEqual(
      [lost?.kind, lost?.personId, lost?.goneAt, lost?.goneReason],
      ["personal", objectId(1), 5, "conversation-gone"],
    );
    await directory.learn(bot, installed(1), 6);
    const back = await directory.findConversation(scope, conversationId("a:1"));
    assert.deepEqual([back?.personId, back?.goneAt], [objectId(1), null]);
  },
  "a group chat is known, gone, and known again": async ({ directory }) => {
    const find = () => directory.findConversation(scope, chat);
    assert.equal(await find(), null);
    await directory.learn(bot, [chatSeen], 1);
    assert.deepEqual(await find(), {
      ...scope,
      id: chat,
      kind: "groupChat",
      serviceUrl,
      personId: null,
      teamId: null,
      name: "Three of us",
      goneAt: null,
      goneReason: null,
      updatedAt: 1,
    });
    const gone: DirectoryFact = {
      fact: "conversation-gone",
      tenantId: tenant,
      conversationId: chat,
      reason: "app-removed",
    };
    await directory.learn(bot, [gone], 2);
    assert.deepEqual([(await find())?.goneAt, (await find())?.goneReason], [2, "app-removed"]);
    const { name: _, ...unnamed } = chatSeen;
    await directory.learn(bot, [unnamed], 3);
    const back = await find();
    assert.deepEqual([back?.goneAt, back?.goneReason, back?.name], [null, null, "Three of us"]);
  },
  "that an unknown conversation is gone teaches nothing": async ({ directory }) => {
    const gone: DirectoryFact = {
      fact: "conversation-gone",
      tenantId: tenant,
      conversationId: chat,
      reason: "app-removed",
    };
    await directory.learn(bot, [gone], 1);
    assert.equal(await directory.findConversation(scope, chat), null);
  },
  "a team keeps what a later fact does not name": async ({ directory }) => {
    const more: DirectoryFact = {
      fact: "team-seen",
      tenantId: tenant,
      teamId: team,
      serviceUrl,
      install: "installed",
      archived: true,
      aadGroupId: "group",
    };
    await directory.learn(bot, [teamSeen], 1);
    assert.equal((await directory.findTeam(scope, team))?.install, "unknown");
    await directory.learn(bot, [more], 2);
    assert.deepEqual(await directory.findTeam(scope, team), {
      ...scope,
      id: team,
      aadGroupId: "group",
      name: "Nurses",
      serviceUrl,
      install: "installed",
      archived: true,
      updatedAt: 2,
    });
  },
  "teams are listed by id across pages": async ({ directory }) => {
    const ids = ["19:a", "19:b", "19:c", "19:d"].map(teamId);
    for (const id of [...ids].reverse())
      await directory.learn(
        bot,
        [{ fact: "team-seen", tenantId: tenant, teamId: id, serviceUrl }],
        1,
      );
    const teams = await everyItem((page) => directory.listTeams(scope, page));
    assert.deepEqual(
      teams.map((one) => one.id),
      ids,
    );
  },
  "a channel is found and listed with its team, and a later fact may rename or delete it": async ({
    directory,
  }) => {
    await directory.learn(bot, [teamSeen, channelSeen], 1);
    const known = { teamId: team, id: channel, name: "Shifts", type: null, deleted: false };
    assert.deepEqual(await directory.findChannel(scope, channel), known);
    assert.deepEqual(await directory.listChannels(scope, team), [known]);
    const { name: _, ...unnamed } = channelSeen;
    const changed = { ...unnamed, type: "private", deleted: true } as const;
    await directory.learn(bot, [changed, channelSeen], 2);
    const now = { ...known, type: "private", deleted: true };
    assert.deepEqual(await directory.listChannels(scope, team), [now]);
  },
  "a team's General channel is known with the team": async ({ directory }) => {
    assert.equal(await directory.findChannel(scope, conversationId(team)), null);
    await directory.learn(bot, [teamSeen], 1);
    const general = { teamId: team, id: team, name: null, type: null, deleted: false };
    assert.deepEqual(await directory.findChannel(scope, conversationId(team)), general);
  },
  "claimed deliveries know where to go: stored places first, then what the caller brought": async (
    store,
  ) => {
    await store.directory.learn(bot, [teamSeen, channelSeen, chatSeen, ...installed(1)], 1);
    const thread = conversationId(`${channel};messageid=1`);
    const strange = conversationId("19:strange@thread.v2");
    const recipients: readonly Recipient[] = [
      {
        kind: "conversation",
        key: recipientKey(`chat:${chat}`),
        conversationId: chat,
        serviceUrl: "https://old/",
      },
      {
        kind: "conversation",
        key: recipientKey("chat:strange"),
        conversationId: strange,
        serviceUrl: "https://brought/",
      },
      { kind: "conversation", key: recipientKey(`thread:${thread}`), conversationId: thread },
      { kind: "channel", key: recipientKey(`channel:${channel}`), channelId: channel },
      {
        kind: "channel",
        key: recipientKey(`channel:${team}`),
        channelId: conversationId(team),
        teamId: team,
      },
    ];
    const made = campaign("ntf_1");
    await store.ledger.createCampaign({
      campaign: made,
      deliveries: recipients.map((recipient) => ({ recipient, data: { n: 1 } })),
    });
    const { claimed } = await turn(store, await hold(store), { claim: 10 });
    assert.deepEqual(
      claimed.map((one) => one.recipient),
      recipients,
    );
    assert.deepEqual(
      claimed.map((one) => [one.conversationId, one.serviceUrl, one.person]),
      [
        [chat, serviceUrl, null],
        [null, "https://brought/", null],
        [null, teamUrl, null],
        [null, teamUrl, null],
        [null, teamUrl, null],
      ],
    );
    assert.deepEqual(claimed[0]?.data, { n: 1 });
  },
  "a claimed delivery to a chat that is gone has its service URL, and no conversation": async (
    store,
  ) => {
    const gone: DirectoryFact = {
      fact: "conversation-gone",
      tenantId: tenant,
      conversationId: chat,
      reason: "app-removed",
    };
    await store.directory.learn(bot, [chatSeen, gone], 1);
    const key = recipientKey(`chat:${chat}`);
    await store.ledger.createCampaign({
      campaign: campaign("ntf_1"),
      deliveries: [{ recipient: { kind: "conversation", key, conversationId: chat } }],
    });
    const { claimed } = await turn(store, await hold(store), { claim: 1 });
    assert.deepEqual(
      claimed.map((one) => [one.conversationId, one.serviceUrl]),
      [[null, serviceUrl]],
    );
  },
};
