import assert from "node:assert/strict";
import fc from "fast-check";
import type { DirectoryFact } from "../../../server/src/domain/directory.ts";
import { conversationId, personId, teamId } from "../../../server/src/domain/ids.ts";
import type { Store } from "../../../server/src/engine/ports/store.ts";
import { bot, type Cases, fieldsOf, objectId, scope, serviceUrl, tenant } from "./fixtures.ts";

const team = teamId("19:team@thread.tacv2");
const channel = conversationId("19:channel@thread.tacv2");
const chat = conversationId("19:chat@thread.v2");
const moved = "https://smba.example/moved/";
const ofAda = { tenantId: tenant, person: fieldsOf(1) } as const;
const ofTeam = { tenantId: tenant, teamId: team } as const;

function install(state: "installed" | "removed"): DirectoryFact {
  return { fact: "person-install", ...ofAda, install: state };
}
function talk(url: string, id = "a:1"): DirectoryFact {
  const to = { conversationId: conversationId(id), serviceUrl: url };
  return { fact: "personal-conversation", ...ofAda, ...to };
}
function inTeam(more: Partial<Extract<DirectoryFact, { fact: "team-seen" }>>): DirectoryFact {
  return { fact: "team-seen", ...ofTeam, serviceUrl, ...more };
}
function inChannel(more: Partial<Extract<DirectoryFact, { fact: "channel-seen" }>>): DirectoryFact {
  return { fact: "channel-seen", ...ofTeam, channelId: channel, ...more };
}
function posting(url: string): DirectoryFact {
  const fact = "conversation-seen";
  return { fact, tenantId: tenant, conversationId: chat, kind: "groupChat", serviceUrl: url };
}
const gone: DirectoryFact = {
  fact: "conversation-gone",
  tenantId: tenant,
  conversationId: chat,
  reason: "app-removed",
};
const active: DirectoryFact = { fact: "person-active", ...ofAda };
const blocked: DirectoryFact = {
  fact: "person-blocked",
  tenantId: tenant,
  personId: personId(objectId(1)),
};

function at(saidAt: number, ...facts: readonly DirectoryFact[]): readonly DirectoryFact[] {
  return facts.map((fact) => ({ ...fact, saidAt }));
}

/** What the directory knows of the one person, team, channel and chat that the cases are about, beside when it was written. */
async function known({ directory }: Pick<Store, "directory">) {
  const person = await directory.findPerson(scope, { id: personId(objectId(1)) });
  const ofTheTeam = await directory.findTeam(scope, team);
  const ofTheChannel = await directory.findChannel(scope, channel);
  const ofTheChat = await directory.findConversation(scope, chat);
  return {
    person: person && [
      person.install,
      person.conversationId,
      person.serviceUrl,
      person.blockedAt !== null,
    ],
    team: ofTheTeam && [
      ofTheTeam.install,
      ofTheTeam.name,
      ofTheTeam.serviceUrl,
      ofTheTeam.archived,
    ],
    channel: ofTheChannel && [ofTheChannel.name, ofTheChannel.deleted],
    chat: ofTheChat && [ofTheChat.serviceUrl, ofTheChat.goneReason],
  };
}

/** That what Teams said later stays, in whatever order it comes to be learnt. */
export const saidCases: Cases = {
  "a removal that is learnt late does not undo a newer install of a person": async ({
    directory,
  }) => {
    const state = () => known({ directory }).then(({ person }) => person?.[0]);
    await directory.learn(bot, at(10, installed1()), 1);
    await directory.learn(bot, at(30, installed1()), 2);
    await directory.learn(bot, at(20, removed1()), 3);
    assert.equal(await state(), "installed");
    await directory.learn(bot, at(40, removed1()), 4);
    await directory.learn(bot, at(35, installed1()), 5);
    assert.equal(await state(), "removed");
    await directory.learn(bot, at(40, installed1()), 6);
    assert.equal(await state(), "installed", "of two at the same instant the one learnt later");
  },
  "a removal of the bot from a team that is learnt late does not undo a newer install": async ({
    directory,
  }) => {
    const state = () => known({ directory }).then((all) => all.team?.[0]);
    await directory.learn(bot, at(30, inTeam({ install: "installed" })), 1);
    await directory.learn(bot, at(20, inTeam({ install: "removed" })), 2);
    assert.equal(await state(), "installed");
    await directory.learn(bot, at(50, inTeam({})), 3);
    await directory.learn(bot, at(40, inTeam({ install: "removed" })), 4);
    assert.equal(await state(), "removed", "what was said since says nothing of that");
    await directory.learn(bot, at(35, inTeam({ install: "installed" })), 5);
    assert.equal(await state(), "removed");
  },
  "an install that is learnt late is no reason to forget a block, nor is an old message": async ({
    directory,
  }) => {
    const isBlocked = () => known({ directory }).then(({ person }) => person?.[3]);
    await directory.learn(bot, at(30, installed1()), 1);
    await directory.learn(bot, [blocked], 2);
    await directory.learn(bot, at(20, installed1(), active), 3);
    assert.equal(await isBlocked(), true);
    await directory.learn(bot, at(40, active), 4);
    assert.equal(await isBlocked(), false);
  },
  "a service URL that is learnt late does not replace a newer one": async ({ directory }) => {
    await directory.learn(bot, at(20, talk(serviceUrl), inTeam({}), posting(serviceUrl)), 1);
    await directory.learn(bot, at(30, talk(moved, "a:2"), inTeam({}), posting(moved)), 2);
    await directory.learn(bot, at(30, inTeam({ serviceUrl: moved })), 2);
    const before = await known({ directory });
    await directory.learn(bot, at(25, talk(serviceUrl), inTeam({}), posting(serviceUrl)), 3);
    assert.deepEqual(await known({ directory }), before);
    assert.deepEqual(
      [before.person?.[1], before.person?.[2], before.team?.[2], before.chat?.[0]],
      ["a:2", moved, moved, moved],
    );
  },
  "that a chat is gone, or there again, is what was said last": async ({ directory }) => {
    const reason = () => known({ directory }).then((all) => all.chat?.[1]);
    await directory.learn(bot, at(30, posting(serviceUrl)), 1);
    await directory.learn(bot, at(20, posting(serviceUrl), gone), 2);
    assert.equal(await reason(), null);
    await directory.learn(bot, at(40, posting(serviceUrl), gone), 3);
    await directory.learn(bot, at(35, posting(serviceUrl)), 4);
    assert.equal(await reason(), "app-removed");
    await directory.learn(bot, at(50, posting(serviceUrl)), 5);
    assert.equal(await reason(), null);
  },
  "that a channel is deleted or renamed, and a team archived, is what was said last": async ({
    directory,
  }) => {
    await directory.learn(bot, at(10, inTeam({ name: "Nurses" }), inChannel({ name: "A" })), 1);
    await directory.learn(bot, at(30, inTeam({ archived: false }), inChannel({ name: "C" })), 2);
    await directory.learn(
      bot,
      at(20, inTeam({ archived: true, name: "B" }), inChannel({ name: "B", deleted: true })),
      3,
    );
    const first = await known({ directory });
    assert.deepEqual([first.team?.[1], first.team?.[3]], ["Nurses", false]);
    assert.deepEqual(first.channel, ["C", false]);
    await directory.learn(bot, at(60, inChannel({})), 4);
    await directory.learn(bot, at(50, inChannel({ deleted: true })), 5);
    assert.deepEqual((await known({ directory })).channel, ["C", true]);
  },
  "what is learnt late fills what is not known": async ({ directory }) => {
    await directory.learn(bot, at(30, active, inTeam({})), 1);
    await directory.learn(
      bot,
      at(20, installed1(), talk(serviceUrl), inTeam({ install: "installed", name: "Nurses" })),
      2,
    );
    const { person, team: ofTeamNow } = await known({ directory });
    assert.deepEqual(person, ["installed", "a:1", serviceUrl, false]);
    assert.deepEqual(ofTeamNow, ["installed", "Nurses", serviceUrl, false]);
  },
  "what a request of ours taught is applied when it is learnt, and leaves what Teams said in its order":
    async ({ directory }) => {
      const state = () => known({ directory }).then(({ person }) => person?.[0]);
      await directory.learn(bot, at(30, installed1()), 1);
      await directory.learn(bot, [removed1()], 2);
      assert.equal(await state(), "removed");
      await directory.learn(bot, at(20, installed1()), 3);
      assert.equal(await state(), "removed");
      await directory.learn(bot, at(40, installed1()), 4);
      assert.equal(await state(), "installed");
    },
  "two rows that turn out to be one person keep what was said last": async ({ directory }) => {
    const teamsId = "29:1";
    const byTeamsId = { tenantId: tenant, person: { teamsId } } as const;
    const byObjectId = { tenantId: tenant, person: { aadObjectId: objectId(1) } } as const;
    const seen = (url: string, id: string) =>
      ({ conversationId: conversationId(id), serviceUrl: url }) as const;
    const fact = "personal-conversation";
    await directory.learn(
      bot,
      [
        ...at(30, { fact: "person-install", ...byTeamsId, install: "installed" }),
        ...at(30, { fact, ...byTeamsId, ...seen(moved, "a:2") }),
        ...at(20, { fact: "person-install", ...byObjectId, install: "removed" }),
        ...at(20, { fact, ...byObjectId, ...seen(serviceUrl, "a:1") }),
        { fact: "person-seen", ...ofAda },
      ],
      1,
    );
    assert.deepEqual((await known({ directory })).person, ["installed", "a:2", moved, false]);
    await directory.learn(bot, at(25, removed1(), talk(serviceUrl)), 2);
    assert.deepEqual((await known({ directory })).person, ["installed", "a:2", moved, false]);
  },
  "whatever Teams said, in whatever order it is learnt: the same is known in the end": async (
    _,
    opened,
    open,
  ) => {
    const numRuns = opened.randomRuns ?? (opened.reopen === undefined ? 60 : 6);
    const property = fc.asyncProperty(history, fc.infiniteStream(fc.nat()), async (facts, luck) => {
      const inOrder = await learntIn(open, facts);
      const shuffled = facts
        .map((fact) => ({ fact, key: luck.next().value }))
        .sort((a, b) => a.key - b.key)
        .map(({ fact }) => fact);
      assert.deepEqual(await learntIn(open, shuffled), inOrder);
    });
    await fc.assert(property, { numRuns });
  },
};

const installed1 = () => install("installed");
const removed1 = () => install("removed");

/** Facts as Teams says them one after another: each of them says all that it is about. */
const history = fc
  .array(
    fc.constantFrom<readonly DirectoryFact[]>(
      [installed1()],
      [removed1()],
      [inTeam({ install: "installed", name: "Nurses" })],
      [inTeam({ install: "removed", name: "Nurses" })],
      [inChannel({ name: "A", deleted: false })],
      [inChannel({ name: "B", deleted: true })],
      [posting(serviceUrl)],
      [posting(serviceUrl), gone],
      [posting(moved)],
    ),
    { maxLength: 12 },
  )
  .map((said) => said.map((facts, index) => at(index, ...facts)));

async function learntIn(
  open: Parameters<Cases[string]>[2],
  lessons: readonly (readonly DirectoryFact[])[],
) {
  const { store, cleanup } = await open();
  try {
    for (const [index, facts] of lessons.entries()) await store.directory.learn(bot, facts, index);
    return await known(store);
  } finally {
    await cleanup();
  }
}
