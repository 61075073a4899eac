import assert from "node:assert/strict";
import fc from "fast-check";
import type { DirectoryFact, PersonFields } from "../../../server/src/domain/directory.ts";
import { conversationId, personId } from "../../../server/src/domain/ids.ts";
import type { Store } from "../../../server/src/engine/ports/store.ts";
import { bot, type Cases, everyItem, objectId, scope, serviceUrl, tenant } from "./fixtures.ts";

/** The directory after any facts about a few people who are named in every way. */
export const randomPeopleCases: Cases = {
  "everybody is there once, found by each of their ids, and counted": async (_, opened, open) => {
    const numRuns = opened.randomRuns ?? (opened.reopen === undefined ? 120 : 8);
    const property = fc.asyncProperty(
      fc.array(fc.array(fact, { maxLength: 4 }), { maxLength: 15 }),
      async (lessons) => {
        const fresh = await open();
        try {
          for (const [index, facts] of lessons.entries()) {
            await fresh.store.directory.learn(bot, facts, index);
            await assertWhole(fresh.store);
          }
        } finally {
          await fresh.cleanup();
        }
      },
    );
    await fc.assert(property, { numRuns });
  },
};

const few = fc.integer({ min: 1, max: 3 });
const fields: fc.Arbitrary<PersonFields> = fc
  .record({ object: few, teams: few, name: few, by: fc.constantFrom("object", "teams", "both") })
  .map(({ object, teams, name, by }) => ({
    ...(by === "teams" ? {} : { aadObjectId: objectId(object) }),
    ...(by === "object" ? {} : { teamsId: `29:${teams}` }),
    name: `Person ${name}`,
  }));
const chat = few.map((n) => conversationId(`a:${n}`));
const fact: fc.Arbitrary<DirectoryFact> = fc.oneof(
  fields.map((person) => ({ fact: "person-seen", tenantId: tenant, person }) as const),
  fields.map((person) => ({ fact: "person-active", tenantId: tenant, person }) as const),
  fc
    .record({ person: fields, install: fc.constantFrom("installed", "removed") })
    .map((rest) => ({ fact: "person-install", tenantId: tenant, ...rest }) as const),
  fc
    .record({ person: fields, conversationId: chat })
    .map(
      (rest) => ({ fact: "personal-conversation", tenantId: tenant, serviceUrl, ...rest }) as const,
    ),
  fc
    .constantFrom(objectId(1), objectId(2), "29:1", "29:2")
    .map((id) => ({ fact: "person-blocked", tenantId: tenant, personId: personId(id) }) as const),
  chat.map(
    (id) =>
      ({ fact: "conversation-gone", tenantId: tenant, conversationId: id, reason: "x" }) as const,
  ),
);

async function assertWhole({ directory }: Store): Promise<void> {
  const people = await everyItem((page) => directory.listPeople(scope, page), 2);
  for (const person of people) {
    assert.equal(person.id, person.aadObjectId ?? person.teamsId);
    assert.deepEqual(await directory.findPerson(scope, { id: person.id }), person);
    if (person.teamsId !== null)
      assert.deepEqual(await directory.findPerson(scope, { teamsId: person.teamsId }), person);
    if (person.conversationId !== null)
      assert.notEqual(await directory.findConversation(scope, person.conversationId), null);
  }
  for (const key of ["id", "teamsId"] as const) {
    const ids = people.map((person) => person[key]).filter((id) => id !== null);
    assert.equal(new Set(ids).size, ids.length, key);
  }
  assert.deepEqual(await directory.countPeople(scope), {
    people: people.length,
    installed: people.filter((person) => person.install === "installed").length,
    blocked: people.filter((person) => person.blockedAt !== null).length,
    removed: people.filter((person) => person.install === "removed").length,
  });
}
