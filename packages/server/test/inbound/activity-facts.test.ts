import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Activity } from "../../src/domain/activity.ts";
import type { DirectoryFact } from "../../src/domain/directory.ts";
import { tenantId } from "../../src/domain/ids.ts";
import { factsOf } from "../../src/inbound/activity-facts.ts";
import {
  ada,
  bot,
  hello,
  inChat,
  inTeam,
  mention,
  personal,
  serviceUrl,
  teamsTeam,
  tenant,
} from "./activities.ts";

const person = { aadObjectId: ada.aadObjectId, teamsId: ada.id, name: "Ada" };
const chatOfAda = {
  fact: "personal-conversation",
  tenantId: tenant,
  person,
  conversationId: "a:1xyz",
  serviceUrl,
};
const team = {
  fact: "team-seen",
  tenantId: tenant,
  teamId: teamsTeam.id,
  serviceUrl,
  name: "Nurses",
  aadGroupId: "4444",
};
const posting = (conversationId: string, name?: string) => ({
  fact: "conversation-seen",
  tenantId: tenant,
  conversationId,
  kind: "channel",
  serviceUrl,
  teamId: teamsTeam.id,
  ...(name !== undefined && { name }),
});
const chatSeen = {
  fact: "conversation-seen",
  tenantId: tenant,
  conversationId: "19:chat@thread.v2",
  kind: "groupChat",
  serviceUrl,
  name: "Night shift",
};
const general = [
  { fact: "channel-seen", tenantId: tenant, teamId: teamsTeam.id, channelId: teamsTeam.id },
  posting(teamsTeam.id),
];
const rota = { fact: "channel-seen", tenantId: tenant, teamId: teamsTeam.id, channelId: "19:rota" };
const adaSeen = { fact: "person-seen", tenantId: tenant, person };
/** Described by the fact before, so that the id is enough. */
const adaActive = {
  fact: "person-active",
  tenantId: tenant,
  person: { aadObjectId: ada.aadObjectId },
};
const botMember = { id: `28:${bot}` };
const grace = { id: "29:2grace", aadObjectId: "5555" };
const graceSeen = {
  fact: "person-seen",
  tenantId: tenant,
  person: { aadObjectId: "5555", teamsId: "29:2grace" },
};
const gone = (conversationId: string, reason: string) => ({
  fact: "conversation-gone",
  tenantId: tenant,
  conversationId,
  reason,
});
const install = (state: string) => ({
  fact: "person-install",
  tenantId: tenant,
  person,
  install: state,
});
const changed = (eventType: string, more: Partial<Activity> = {}) =>
  inTeam({
    type: "conversationUpdate",
    ...more,
    channelData: { eventType, ...more.channelData },
  });
const ofRota = { channelData: { channel: { id: "19:rota", name: "Rota" } } };

/** name of the case, the activity, and all that it teaches. */
const table: readonly (readonly [string, Activity, readonly object[]])[] = [
  [
    "an install for a person",
    personal({ type: "installationUpdate", action: "add" }),
    [chatOfAda, install("installed")],
  ],
  [
    "an upgrade that brings the bot",
    personal({ type: "installationUpdate", action: "add-upgrade" }),
    [chatOfAda, install("installed")],
  ],
  [
    "an uninstall by a person",
    personal({ type: "installationUpdate", action: "remove" }),
    [chatOfAda, install("removed")],
  ],
  [
    "an upgrade that takes the bot away",
    personal({ type: "installationUpdate", action: "remove-upgrade" }),
    [chatOfAda, install("removed")],
  ],
  [
    "an install action that does not exist",
    personal({ type: "installationUpdate", action: "polish" }),
    [chatOfAda],
  ],
  [
    "the first contact with a person",
    personal({
      type: "conversationUpdate",
      membersAdded: [botMember, { id: ada.id, aadObjectId: ada.aadObjectId }],
    }),
    [chatOfAda, install("installed")],
  ],
  [
    "a first contact that the bot itself is said to have made",
    personal({
      type: "conversationUpdate",
      from: botMember,
      membersAdded: [botMember, { ...ada }],
    }),
    [chatOfAda, install("installed")],
  ],
  [
    "a person who was deleted",
    personal({ type: "conversationUpdate", from: {}, membersRemoved: [{ ...ada }] }),
    [chatOfAda, install("removed")],
  ],
  [
    "a message, with the language and time zone of the client before those of the activity",
    hello,
    [
      { ...chatOfAda, person: { ...person, locale: "de-DE", timezone: "Europe/Berlin" } },
      adaActive,
    ],
  ],
  [
    "a message in a thread of a channel, which is cut to the channel",
    mention,
    [
      team,
      {
        fact: "channel-seen",
        tenantId: tenant,
        teamId: teamsTeam.id,
        channelId: "19:chan@thread.tacv2",
        name: "Rota",
      },
      posting("19:chan@thread.tacv2", "Rota"),
      { fact: "person-active", tenantId: tenant, person },
      {
        fact: "person-seen",
        tenantId: tenant,
        person: { teamsId: "29:2grace", name: "Grace" },
      },
    ],
  ],
  [
    "a card's button",
    personal({ type: "message", value: { vote: "yes" }, replyToId: "1" }),
    [chatOfAda, adaActive],
  ],
  ["an invoke", personal({ type: "invoke", name: "adaptiveCard/action" }), [chatOfAda, adaActive]],
  [
    "a reaction",
    personal({ type: "messageReaction", reactionsAdded: [{ type: "like" }], replyToId: "1" }),
    [chatOfAda, adaActive],
  ],
  [
    "a read receipt, which is no act of the person's",
    personal({ type: "event", name: "application/vnd.microsoft.readReceipt" }),
    [chatOfAda],
  ],
  [
    "a group chat that the bot was added to",
    inChat({ type: "conversationUpdate", membersAdded: [botMember, grace] }),
    [chatSeen, graceSeen, adaSeen],
  ],
  [
    "a group chat that the bot was removed from",
    inChat({ type: "conversationUpdate", membersRemoved: [botMember] }),
    [chatSeen, gone("19:chat@thread.v2", "app-removed"), adaSeen],
  ],
  [
    "a group chat that the app was removed from",
    inChat({ type: "installationUpdate", action: "remove" }),
    [chatSeen, gone("19:chat@thread.v2", "app-removed"), adaSeen],
  ],
  [
    "an install in a team, for the channel chosen for it",
    inTeam({
      type: "installationUpdate",
      action: "add",
      conversation: { id: "19:rota", conversationType: "channel", tenantId: tenant },
      channelData: { settings: { selectedChannel: { id: "19:rota" } } },
    }),
    [{ ...team, install: "installed" }, ...general, rota, posting("19:rota"), adaSeen],
  ],
  [
    "the bot as a new member of a team",
    changed("teamMemberAdded", { membersAdded: [botMember] }),
    [{ ...team, install: "installed" }, ...general, adaSeen],
  ],
  [
    "a person as a new member of a team, in the old example's spelling",
    changed("teammemberadded", { membersAdded: [grace] }),
    [team, ...general, graceSeen, adaSeen],
  ],
  [
    "new members without the name of an event",
    inTeam({ type: "conversationUpdate", membersAdded: [botMember, grace] }),
    [{ ...team, install: "installed" }, ...general, graceSeen, adaSeen],
  ],
  [
    "the app taken from a team",
    inTeam({ type: "installationUpdate", action: "remove" }),
    [
      { ...team, install: "removed" },
      posting(teamsTeam.id),
      gone(teamsTeam.id, "app-removed"),
      adaSeen,
    ],
  ],
  [
    "the bot taken from a team",
    changed("teamMemberRemoved", { membersRemoved: [botMember] }),
    [
      { ...team, install: "removed" },
      posting(teamsTeam.id),
      gone(teamsTeam.id, "app-removed"),
      adaSeen,
    ],
  ],
  [
    "a person who left a team",
    changed("teamMemberRemoved", { membersRemoved: [grace] }),
    [team, ...general, adaSeen],
  ],
  ["a new channel", changed("channelCreated", ofRota), [team, { ...rota, name: "Rota" }, adaSeen]],
  [
    "a renamed channel",
    changed("channelRenamed", ofRota),
    [team, { ...rota, name: "Rota" }, adaSeen],
  ],
  [
    "a deleted channel",
    changed("channelDeleted", ofRota),
    [
      team,
      { ...rota, name: "Rota", deleted: true },
      posting("19:rota", "Rota"),
      gone("19:rota", "channel-deleted"),
      adaSeen,
    ],
  ],
  [
    "a restored channel",
    changed("channelRestored", ofRota),
    [team, { ...rota, name: "Rota", deleted: false }, posting("19:rota", "Rota"), adaSeen],
  ],
  [
    "the bot added to a shared channel",
    changed("channelMemberAdded", { ...ofRota, membersAdded: [botMember] }),
    [team, { ...rota, name: "Rota" }, posting("19:rota", "Rota"), adaSeen],
  ],
  [
    "the bot removed from a shared channel",
    changed("channelMemberRemoved", { ...ofRota, membersRemoved: [botMember] }),
    [
      team,
      { ...rota, name: "Rota" },
      posting("19:rota", "Rota"),
      gone("19:rota", "app-removed"),
      adaSeen,
    ],
  ],
  ["a renamed team", changed("teamRenamed"), [team, ...general, adaSeen]],
  ["an archived team", changed("teamArchived"), [{ ...team, archived: true }, adaSeen]],
  ["a team no longer archived", changed("teamUnarchived"), [{ ...team, archived: false }, adaSeen]],
  [
    "a deleted team",
    changed("teamDeleted"),
    [
      { ...team, install: "removed" },
      posting(teamsTeam.id),
      gone(teamsTeam.id, "team-deleted"),
      adaSeen,
    ],
  ],
  [
    "a team deleted for good",
    changed("teamHardDeleted"),
    [
      { ...team, install: "removed" },
      posting(teamsTeam.id),
      gone(teamsTeam.id, "team-deleted"),
      adaSeen,
    ],
  ],
  [
    "a restored team",
    changed("teamRestored"),
    [{ ...team, install: "installed" }, ...general, adaSeen],
  ],
];

describe("what an activity teaches", () => {
  for (const [name, activity, expected] of table) {
    it(name, () => assert.deepEqual(factsOf(activity, bot), expected));
  }

  it("is nothing where no tenant is named, unless one stands in", () => {
    const { channelData: _, ...rest } = hello;
    const nowhere: Activity = { ...rest, conversation: { id: "a:1xyz" } };
    assert.deepEqual(factsOf(nowhere, bot), []);
    assert.equal(factsOf(nowhere, bot, tenant).length, 2);
  });

  it("tells the kind of conversation by its id where the activity does not", () => {
    const kinds = ["a:1", "19:x@thread.v2", "19:x@thread.tacv2;messageid=1", "19:x@thread.skype"];
    const facts = kinds.map((id) => {
      const activity = { ...hello, conversation: { id, tenantId: tenant } };
      const [fact] = factsOf(activity, bot);
      return fact?.fact === "conversation-seen"
        ? `${fact.kind} ${fact.conversationId}`
        : fact?.fact;
    });
    assert.deepEqual(facts, [
      "personal-conversation",
      "groupChat 19:x@thread.v2",
      "channel 19:x@thread.tacv2",
      "channel 19:x@thread.skype",
    ]);
  });

  it("learns no person of another tenant, no bot, and no id that the connector cannot use", () => {
    const strangers = [
      { ...grace, tenantId: "another" },
      { id: "28:another-bot", aadObjectId: "6666" },
      { id: "8:orgid:7777" },
    ];
    const activity = inChat({ type: "conversationUpdate", membersAdded: strangers, from: {} });
    assert.deepEqual(
      factsOf(activity, bot).map((fact) => fact.fact),
      ["conversation-seen"],
    );
  });

  it("never throws and never makes a fact with an empty id, whatever the activity holds", () => {
    fc.assert(
      fc.property(anyActivity, (activity) => {
        // The parser lets any JSON pass below the top; the type says what we hope for.
        const facts = factsOf(activity as Activity, bot, tenantId("t"));
        for (const fact of facts) assertFilled(fact);
      }),
      { numRuns: 2_000 },
    );
  });
});

function assertFilled(fact: DirectoryFact): void {
  for (const [name, value] of Object.entries(fact)) {
    if (/Id$|Url$/.test(name)) {
      assert.equal(typeof value, "string", `${fact.fact}.${name}`);
      assert.notEqual(String(value).trim(), "", `${fact.fact}.${name}`);
    }
    assert.notEqual(value, undefined, `${fact.fact}.${name}`);
  }
  if ("person" in fact) {
    assert.ok(fact.person.aadObjectId ?? fact.person.teamsId, "a person has an id");
    for (const value of Object.values(fact.person)) assert.notEqual(value.trim(), "");
  }
}

const junk = fc.oneof(
  fc.constantFrom("", " ", ";messageid=1", "29:", "28:", "29:1abc", "a:1", "19:x@thread.tacv2"),
  fc.jsonValue({ maxDepth: 1 }),
);
const anyAccount = fc.oneof(
  junk,
  fc.record(
    { id: junk, aadObjectId: junk, objectId: junk, name: junk, tenantId: junk },
    { requiredKeys: [] },
  ),
);
const anyList = fc.oneof(junk, fc.array(anyAccount, { maxLength: 3 }));
const eventTypes = [
  "teamMemberAdded",
  "teamMemberRemoved",
  "channelCreated",
  "channelDeleted",
  "channelRestored",
  "channelMemberRemoved",
  "teamDeleted",
  "teamRestored",
  "teamArchived",
];
const anyActivity = fc.record(
  {
    type: fc.constantFrom("message", "conversationUpdate", "installationUpdate", "invoke", "odd"),
    id: junk,
    serviceUrl: fc.oneof(junk, fc.constant(serviceUrl)),
    action: fc.oneof(junk, fc.constantFrom("add", "remove", "ADD-upgrade")),
    from: anyAccount,
    recipient: anyAccount,
    conversation: fc.oneof(
      junk,
      fc.record(
        {
          id: junk,
          conversationType: fc.oneof(junk, fc.constantFrom("personal", "groupChat", "channel")),
          name: junk,
          tenantId: junk,
        },
        { requiredKeys: [] },
      ),
    ),
    membersAdded: anyList,
    membersRemoved: anyList,
    entities: fc.oneof(
      junk,
      fc.array(
        fc.oneof(
          junk,
          fc.record({
            type: fc.constantFrom("mention", "clientInfo"),
            mentioned: anyAccount,
            locale: junk,
          }),
        ),
        { maxLength: 2 },
      ),
    ),
    channelData: fc.oneof(
      junk,
      fc.record(
        {
          tenant: fc.oneof(junk, fc.record({ id: junk })),
          team: fc.oneof(junk, fc.record({ id: junk, name: junk, aadGroupId: junk })),
          channel: fc.oneof(junk, fc.record({ id: junk, name: junk })),
          eventType: fc.oneof(junk, fc.constantFrom(...eventTypes)),
          settings: fc.oneof(junk, fc.record({ selectedChannel: fc.record({ id: junk }) })),
        },
        { requiredKeys: [] },
      ),
    ),
  },
  { requiredKeys: ["type"] },
);
