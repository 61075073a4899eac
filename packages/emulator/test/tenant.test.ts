import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createEmulator } from "../src/index.ts";
import { guidOf, indexOfGuid, indexOfOpaque, opaqueOf } from "../src/runtime/id-code.ts";
import { findPerson } from "../src/state/find-person.ts";
import { makeTeam, memberAt } from "../src/tenant/group.ts";
import { makePerson } from "../src/tenant/person.ts";

const source = { seed: 7, people: 100_000, blockedShare: 0.02, withoutAppShare: 0.04 };

test("100,000 people have 100,000 UPNs, object ids, Teams ids and conversations", () => {
  const seen = new Set<string>();
  for (let index = 0; index < source.people; index += 1) {
    const person = makePerson(source, index);
    seen.add(person.userPrincipalName);
    seen.add(person.aadObjectId);
    seen.add(person.teamsId);
    seen.add(person.conversationId);
  }
  assert.equal(seen.size, 4 * source.people);
});

test("making a tenant of a million stores a byte for each person and no more", () => {
  const before = process.memoryUsage();
  const emulator = createEmulator({ people: 1_000_000, teams: 5 });
  assert.equal(emulator.people({ offset: 999_990 }).items.length, 10);
  const after = process.memoryUsage();
  const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  assert.ok(grown < 30_000_000, `${grown} bytes`);
});

test("every id leads back to its person, and to nobody in a smaller or another tenant", () => {
  fc.assert(
    fc.property(fc.nat({ max: 0xffff_ffff }), fc.nat({ max: 99_999 }), (seed, index) => {
      const tenant = { ...source, seed };
      const person = makePerson(tenant, index);
      const ids = [
        person.aadObjectId,
        person.teamsId,
        person.conversationId,
        person.userPrincipalName,
        person.email.toUpperCase(),
      ];
      for (const id of ids) assert.equal(findPerson(tenant, id), index);
      for (const id of ids) assert.equal(findPerson({ ...tenant, people: index }, id), null);
      assert.equal(findPerson({ ...tenant, seed: seed ^ 1 }, person.teamsId), null);
    }),
  );
});

test("nothing else leads to a person", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      const looksLikeIndex = /^\d{1,9}$/.test(text);
      if (!looksLikeIndex) assert.equal(findPerson(source, text), null);
      assert.equal(findPerson(source, `29:1${text}`), null);
      assert.equal(findPerson(source, `a:1${text}`), null);
    }),
  );
});

test("numbers hidden in ids come back for every kind", () => {
  fc.assert(
    fc.property(
      fc.nat(0xffff_ffff),
      fc.nat(0xffff_ffff),
      fc.integer({ min: 1, max: 4 }),
      (seed, n, blocks) => {
        assert.equal(indexOfGuid(seed, "team", guidOf(seed, "team", n)), n);
        assert.match(
          guidOf(seed, "team", n),
          /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
        );
        assert.equal(indexOfOpaque(seed, "person-mri", opaqueOf(seed, "person-mri", n, blocks)), n);
      },
    ),
  );
});

test("person 0 is someone@contoso.example and can be written to", () => {
  for (let seed = 0; seed < 50; seed += 1) {
    const person = makePerson({ ...source, seed }, 0);
    assert.equal(person.userPrincipalName, "someone@contoso.example");
    assert.equal(person.fate, "installs");
  }
});

test("shares are kept: about 94 of 100 install, 2 block, 4 go without; guests are among the last", () => {
  const people = Array.from({ length: 20_000 }, (_, index) => makePerson(source, index));
  const share = (fate: string) => people.filter((person) => person.fate === fate).length / 20_000;
  assert.ok(Math.abs(share("blocks") - 0.02) < 0.005);
  assert.ok(Math.abs(share("without-app") - 0.04) < 0.007);
  const guests = people.filter(({ role }) => role === "guest");
  assert.ok(guests.length > 100);
  assert.ok(guests.every((guest) => guest.fate === "without-app"));
  assert.ok(guests.every((guest) => guest.userPrincipalName.includes("#EXT#")));
  assert.ok(people.some(({ licensed }) => !licensed));
});

test("names come from several cultures, and addresses are plain letters", () => {
  const people = Array.from({ length: 2_000 }, (_, index) => makePerson(source, index));
  assert.ok(new Set(people.map(({ locale }) => locale)).size >= 10);
  assert.ok(people.every(({ email }) => /^[a-z]+(?:\.[a-z]+\d+)?@[a-z]+\.example$/.test(email)));
  for (const { timezone } of people) new Intl.DateTimeFormat("en", { timeZone: timezone });
});

test("a team has nobody twice, whatever the size of the tenant", () => {
  fc.assert(
    fc.property(
      fc.nat(1_000),
      fc.integer({ min: 1, max: 3_000 }),
      fc.nat(20),
      (seed, people, index) => {
        const { roster } = makeTeam(seed, people, index);
        const members = Array.from({ length: roster.size }, (_, place) => memberAt(roster, place));
        assert.equal(new Set(members).size, members.length);
        assert.ok(members.every((member) => member >= 0 && member < people));
      },
    ),
  );
});

test("an empty tenant works", () => {
  const emulator = createEmulator({ people: 0 });
  assert.deepEqual(emulator.people(), { items: [], total: 0, offset: 0 });
  assert.equal(emulator.teams()[1]?.members, 0);
  assert.throws(() => emulator.person(0), /no person/);
});

test("people are found by part of a name, UPN or object id, a page at a time", () => {
  const emulator = createEmulator({ people: 500 });
  const target = emulator.person(123);
  for (const search of [target.userPrincipalName.slice(0, -9), target.aadObjectId.toUpperCase()])
    assert.ok(emulator.people({ search }).items.some(({ index }) => index === 123));
  const page = emulator.people({ search: "a", offset: 5, limit: 10 });
  assert.equal(page.items.length, 10);
  assert.ok(page.total > 100);
  assert.throws(() => emulator.people({ limit: 0 }), /limit/);
});
