import assert from "node:assert/strict";
import type { DirectoryFact, PersonFields } from "../../../server/src/domain/directory.ts";
import { conversationId, personId } from "../../../server/src/domain/ids.ts";
import {
  bot,
  type Cases,
  campaign,
  create,
  everyItem,
  hold,
  objectId,
  scope,
  serviceUrl,
  tenant,
  turn,
} from "./fixtures.ts";

/** How events that name people differently come to speak of the same person. */
export const identityCases: Cases = {
  "a person without an object id is known by the 29: id": async ({ directory }) => {
    await directory.learn(bot, [seen({ teamsId: "29:x", name: "Ana" })], 1);
    const found = await directory.findPerson(scope, { teamsId: "29:x" });
    assert.deepEqual([found?.id, found?.aadObjectId], ["29:x", null]);
    assert.equal((await directory.findPerson(scope, { id: personId("29:x") }))?.name, "Ana");
  },
  "later events add to the same person by either id": async ({ directory }) => {
    await directory.learn(bot, [seen({ aadObjectId: objectId(1), teamsId: "29:x" })], 1);
    await directory.learn(bot, [seen({ teamsId: "29:x", name: "Ana" })], 2);
    await directory.learn(bot, [seen({ aadObjectId: objectId(1), locale: "pt-PT" })], 3);
    const people = (await directory.listPeople(scope, { limit: 10 })).items;
    assert.deepEqual(
      people.map((person) => [person.id, person.name, person.locale]),
      [[objectId(1), "Ana", "pt-PT"]],
    );
  },
  "a person first known by the 29: id gets the object id as theirs, and is found by both": async ({
    directory,
  }) => {
    await directory.learn(bot, [seen({ teamsId: "29:x", name: "Ana" })], 1);
    await directory.learn(bot, [seen({ aadObjectId: objectId(1), teamsId: "29:x" })], 2);
    const people = (await directory.listPeople(scope, { limit: 10 })).items;
    assert.deepEqual(
      people.map((person) => [person.id, person.name, person.updatedAt]),
      [[objectId(1), "Ana", 2]],
    );
    assert.equal((await directory.findPerson(scope, { id: personId("29:x") }))?.id, objectId(1));
    assert.equal((await directory.countPeople(scope)).people, 1);
  },
  "two rows of one person become one that has what either had": async ({ directory }) => {
    await directory.learn(
      bot,
      [
        seen({ teamsId: "29:x", name: "From a mention", locale: "pt-PT" }),
        chat({ teamsId: "29:x" }, "a:x"),
        {
          fact: "person-install",
          tenantId: tenant,
          person: { teamsId: "29:x" },
          install: "installed",
        },
        { fact: "person-blocked", tenantId: tenant, personId: personId("29:x") },
        seen({ aadObjectId: objectId(1), name: "From a roster", surname: "Silva" }),
      ],
      1,
    );
    assert.equal((await directory.countPeople(scope)).people, 2);
    await directory.learn(bot, [seen({ aadObjectId: objectId(1), teamsId: "29:x" })], 2);
    const [person, ...rest] = (await directory.listPeople(scope, { limit: 10 })).items;
    assert.deepEqual(rest, []);
    assert.deepEqual(
      [person?.id, person?.teamsId, person?.name, person?.surname, person?.locale],
      [objectId(1), "29:x", "From a roster", "Silva", "pt-PT"],
    );
    assert.deepEqual(
      [person?.conversationId, person?.serviceUrl, person?.install, person?.blockedAt],
      ["a:x", serviceUrl, "installed", 1],
    );
    const counts = await directory.countPeople(scope);
    assert.deepEqual(counts, { people: 1, installed: 1, blocked: 1, removed: 0 });
  },
  "who was told of by each id alone, with the same personal chat, is one person": async (
    _,
    __,
    open,
  ) => {
    const byTeamsId = chat({ teamsId: "29:x" }, "a:x");
    const byObjectId = chat({ aadObjectId: objectId(1) }, "a:x");
    for (const facts of [
      [byTeamsId, byObjectId],
      [byObjectId, byTeamsId],
      [byObjectId, seen({ teamsId: "29:x", name: "Ana" }), byTeamsId],
      [byTeamsId, seen({ aadObjectId: objectId(1), name: "Ana" }), byObjectId],
    ]) {
      const fresh = await open();
      const { directory } = fresh.store;
      for (const [index, fact] of facts.entries()) await directory.learn(bot, [fact], index);
      const people = (await directory.listPeople(scope, { limit: 10 })).items;
      assert.deepEqual(
        people.map((person) => [person.id, person.teamsId, person.conversationId]),
        [[objectId(1), "29:x", "a:x"]],
      );
      assert.equal((await directory.findPerson(scope, { teamsId: "29:x" }))?.id, objectId(1));
      assert.equal((await directory.countPeople(scope)).people, 1);
      await fresh.cleanup();
    }
  },
  "a personal chat makes nobody one who has another id of the same kind": async ({ directory }) => {
    await directory.learn(bot, [seen({ aadObjectId: objectId(1), teamsId: "29:x" })], 1);
    await directory.learn(bot, [chat({ aadObjectId: objectId(1) }, "a:x")], 2);
    await directory.learn(bot, [seen({ aadObjectId: objectId(2), teamsId: "29:z" })], 3);
    await directory.learn(bot, [chat({ aadObjectId: objectId(2) }, "a:x")], 3);
    await directory.learn(bot, [chat({ teamsId: "29:y" }, "a:x")], 4);
    assert.equal((await directory.countPeople(scope)).people, 3);
  },
  "a 29: id that turns up at another object id belongs to the newer one": async ({ directory }) => {
    await directory.learn(bot, [seen({ aadObjectId: objectId(1), teamsId: "29:x" })], 1);
    await directory.learn(bot, [seen({ aadObjectId: objectId(2), teamsId: "29:x" })], 2);
    assert.equal((await directory.findPerson(scope, { teamsId: "29:x" }))?.id, objectId(2));
    const first = await directory.findPerson(scope, { aadObjectId: objectId(1) });
    assert.equal(first?.teamsId, null);
    assert.equal((await directory.countPeople(scope)).people, 2);
  },
  "a delivery keeps its key when its person gets another id, and still finds them": async (
    store,
  ) => {
    const { directory } = store;
    await directory.learn(bot, [seen({ teamsId: "29:x" })], 1);
    const id = await create(store, campaign("ntf_1", { state: "expanding", expansion: start }));
    await store.ledger.expandEveryone({ id, from: start, limit: 10, now: 2 });
    await directory.learn(
      bot,
      [seen({ aadObjectId: objectId(1), teamsId: "29:x" }), chat({ teamsId: "29:x" }, "a:x")],
      3,
    );
    const { claimed } = await turn(store, await hold(store), { claim: 5 });
    assert.deepEqual(
      claimed.map((one) => [one.recipient.key, one.person?.id, one.conversationId]),
      [["user:29:x", objectId(1), "a:x"]],
    );
    const gone = { fact: "person-blocked", tenantId: tenant, personId: personId("29:x") } as const;
    await directory.learn(bot, [gone], 4);
    const person = await directory.findPerson(scope, { aadObjectId: objectId(1) });
    assert.equal(person?.blockedAt, 4);
  },
  "a user principal name that moved is its newest owner's": async ({ directory }) => {
    const userPrincipalName = "ana@contoso.example";
    await directory.learn(bot, [seen({ aadObjectId: objectId(2), userPrincipalName })], 1);
    await directory.learn(bot, [seen({ aadObjectId: objectId(1), userPrincipalName })], 2);
    const found = await directory.findPerson(scope, { userPrincipalName });
    assert.equal(found?.id, objectId(1));
    const all = await everyItem(
      (page) => directory.listPeople(scope, { ...page, search: "ana@" }),
      1,
    );
    assert.equal(all.length, 2);
  },
};

const start = { part: "include", item: 0, after: null } as const;

function seen(person: PersonFields): DirectoryFact {
  return { fact: "person-seen", tenantId: tenant, person };
}

function chat(person: PersonFields, id: string): DirectoryFact {
  return {
    fact: "personal-conversation",
    tenantId: tenant,
    person,
    conversationId: conversationId(id),
    serviceUrl,
  };
}
