import assert from "node:assert/strict";
import { conversationId, personId, tenantId } from "../../../server/src/domain/ids.ts";
import {
  bot,
  type Cases,
  everyItem,
  fieldsOf,
  installed,
  knowPeople,
  objectId,
  otherTenant,
  scope,
  serviceUrl,
  tenant,
} from "./fixtures.ts";

/** People: what facts teach, look-ups, lists and counts. */
export const directoryCases: Cases = {
  "a person is found by each of their ids": async ({ directory }) => {
    await directory.learn(bot, installed(1), 5);
    const person = {
      ...scope,
      id: personId(objectId(1)),
      aadObjectId: objectId(1),
      teamsId: "29:1",
      userPrincipalName: "user1@contoso.example",
      email: null,
      name: "Person 1",
      givenName: null,
      surname: null,
      locale: null,
      timezone: null,
      userRole: null,
      install: "installed",
      blockedAt: null,
      conversationId: "a:1",
      serviceUrl,
      updatedAt: 5,
    };
    assert.deepEqual(await directory.findPerson(scope, { id: personId(objectId(1)) }), person);
    assert.deepEqual(await directory.findPerson(scope, { aadObjectId: objectId(1) }), person);
    assert.deepEqual(await directory.findPerson(scope, { teamsId: "29:1" }), person);
    assert.deepEqual(
      await directory.findPerson(scope, { conversationId: conversationId("a:1") }),
      person,
    );
    assert.deepEqual(
      await directory.findPerson(scope, { userPrincipalName: "user1@contoso.example" }),
      person,
    );
  },
  "a user principal name and an object id are found without regard to case": async ({
    directory,
  }) => {
    const person = {
      aadObjectId: objectId(1).toUpperCase(),
      userPrincipalName: "Jörg.Öz@Contoso.example",
    };
    await directory.learn(bot, [{ fact: "person-seen", tenantId: tenant, person }], 1);
    const found = await directory.findPerson(scope, {
      userPrincipalName: "JÖRG.ÖZ@CONTOSO.EXAMPLE",
    });
    assert.equal(found?.userPrincipalName, "Jörg.Öz@Contoso.example");
    assert.equal(found?.id, objectId(1));
    const again = await directory.findPerson(scope, { aadObjectId: objectId(1).toUpperCase() });
    assert.equal(again?.id, objectId(1));
  },
  "nobody is found in another tenant, for another bot, or under no id": async ({ directory }) => {
    await directory.learn(bot, installed(1), 1);
    const by = { aadObjectId: objectId(1) };
    assert.equal(await directory.findPerson({ ...scope, tenantId: otherTenant }, by), null);
    assert.equal(await directory.findPerson({ ...scope, botId: "x" as typeof bot }, by), null); // any text is an id here
    assert.equal(await directory.findPerson(scope, { aadObjectId: objectId(2) }), null);
    const nobody = { fact: "person-seen", tenantId: tenant, person: { name: "Nobody" } } as const;
    await directory.learn(bot, [nobody], 2);
    assert.equal((await directory.countPeople(scope)).people, 1);
  },
  "fields that a fact does not name stay, and those it names change": async ({ directory }) => {
    await directory.learn(bot, installed(1), 1);
    const person = { aadObjectId: objectId(1), name: "Ana", locale: "pt-PT" };
    await directory.learn(bot, [{ fact: "person-seen", tenantId: tenant, person }], 2);
    const found = await directory.findPerson(scope, { aadObjectId: objectId(1) });
    assert.deepEqual(
      [found?.name, found?.locale, found?.userPrincipalName, found?.install, found?.updatedAt],
      ["Ana", "pt-PT", "user1@contoso.example", "installed", 2],
    );
  },
  "being seen says nothing of installs, and a chat alone does not either": async ({
    directory,
  }) => {
    await directory.learn(
      bot,
      [
        { fact: "person-seen", tenantId: tenant, person: fieldsOf(1) },
        {
          fact: "personal-conversation",
          tenantId: tenant,
          person: fieldsOf(2),
          conversationId: conversationId("a:2"),
          serviceUrl,
        },
      ],
      1,
    );
    for (const n of [1, 2]) {
      const found = await directory.findPerson(scope, { aadObjectId: objectId(n) });
      assert.equal(found?.install, "unknown");
    }
  },
  "a person who removed the app stays, with their chat": async ({ directory }) => {
    await directory.learn(bot, installed(1), 1);
    const person = fieldsOf(1);
    const removed = {
      fact: "person-install",
      tenantId: tenant,
      person,
      install: "removed",
    } as const;
    await directory.learn(bot, [removed], 2);
    const found = await directory.findPerson(scope, { aadObjectId: objectId(1) });
    assert.deepEqual([found?.install, found?.conversationId], ["removed", "a:1"]);
  },
  "a block lasts until the next install or message, and keeps its first instant": async ({
    directory,
  }) => {
    const by = { aadObjectId: objectId(1) };
    const blocked = {
      fact: "person-blocked",
      tenantId: tenant,
      personId: personId(objectId(1)),
    } as const;
    await directory.learn(bot, [...installed(1), blocked], 5);
    await directory.learn(bot, [blocked], 6);
    assert.equal((await directory.findPerson(scope, by))?.blockedAt, 5);
    const person = { aadObjectId: objectId(1) };
    await directory.learn(bot, [{ fact: "person-active", tenantId: tenant, person }], 7);
    assert.equal((await directory.findPerson(scope, by))?.blockedAt, null);
    await directory.learn(bot, [blocked], 8);
    await directory.learn(bot, installed(1), 9);
    assert.equal((await directory.findPerson(scope, by))?.blockedAt, null);
  },
  "a newer chat takes the place of the older one, service URL and all": async ({ directory }) => {
    const person = fieldsOf(1);
    const newer = {
      fact: "personal-conversation",
      tenantId: tenant,
      person,
      conversationId: conversationId("a:new"),
      serviceUrl: "https://smba.example/amer/",
    } as const;
    await directory.learn(bot, [...installed(1), newer], 1);
    const found = await directory.findPerson(scope, { conversationId: conversationId("a:new") });
    assert.deepEqual([found?.id, found?.serviceUrl], [objectId(1), newer.serviceUrl]);
    const old = { conversationId: conversationId("a:1") };
    assert.equal(await directory.findPerson(scope, old), null);
  },
  "people are listed by id, each once, across pages": async (store) => {
    await knowPeople(store, 8);
    const people = await everyItem((page) => store.directory.listPeople(scope, page));
    assert.deepEqual(
      people.map((person) => person.id),
      [1, 2, 3, 4, 5, 6, 7, 8].map(objectId),
    );
  },
  "a search finds the start of name, user principal name and e-mail, without regard to case":
    async ({ directory }) => {
      const seen = (n: number, fields: object) => ({
        fact: "person-seen" as const,
        tenantId: tenant,
        person: { aadObjectId: objectId(n), ...fields },
      });
      await directory.learn(
        bot,
        [
          seen(1, { name: "Ána Silva", userPrincipalName: "ana@contoso.example" }),
          seen(2, { name: "Bob", email: "ANA.b@contoso.example" }),
          seen(3, { name: "Dana", userPrincipalName: "dana@contoso.example" }),
          seen(4, { name: "ANA-MARIA", userPrincipalName: "ana_m%@contoso.example" }),
        ],
        1,
      );
      const find = async (search: string) => {
        const people = await everyItem(
          (page) => directory.listPeople(scope, { ...page, search }),
          2,
        );
        return people.map((person) => Number(person.id.slice(-2)));
      };
      assert.deepEqual(await find("ANA"), [1, 2, 4]);
      assert.deepEqual(await find("ána s"), [1]);
      assert.deepEqual(await find("ana_m%"), [4]);
      assert.deepEqual(await find("%"), []);
      assert.deepEqual(await find(""), [1, 2, 3, 4]);
    },
  "counts follow every change of installs and blocks": async (store) => {
    const { directory } = store;
    assert.deepEqual(await directory.countPeople(scope), count(0, 0, 0, 0));
    await knowPeople(store, 4);
    await directory.learn(
      bot,
      [
        { fact: "person-seen", tenantId: tenant, person: fieldsOf(5) },
        { fact: "person-install", tenantId: tenant, person: fieldsOf(1), install: "removed" },
        { fact: "person-blocked", tenantId: tenant, personId: personId(objectId(2)) },
      ],
      9,
    );
    assert.deepEqual(await directory.countPeople(scope), count(5, 3, 1, 1));
    await directory.learn(bot, [...installed(1), ...installed(2)], 10);
    assert.deepEqual(await directory.countPeople(scope), count(5, 4, 0, 0));
  },
  "the tenants that were heard of are known": async ({ directory }) => {
    assert.deepEqual(await directory.tenants(bot), []);
    const other = { ...fieldsOf(1) };
    await directory.learn(
      bot,
      [
        { fact: "person-seen", tenantId: otherTenant, person: other },
        { fact: "person-seen", tenantId: tenant, person: other },
      ],
      1,
    );
    assert.deepEqual([...(await directory.tenants(bot))].sort(), [tenant, otherTenant]);
    assert.deepEqual(await directory.tenants("nobody" as typeof bot), []); // any text is an id here
    assert.equal((await directory.countPeople({ botId: bot, tenantId: tenantId("?") })).people, 0);
  },
};

function count(people: number, installed: number, blocked: number, removed: number) {
  return { people, installed, blocked, removed };
}
