import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Person, PersonFields } from "../../src/domain/directory.ts";
import { botId, conversationId, personId, tenantId } from "../../src/domain/ids.ts";
import {
  folded,
  idOf,
  isSame,
  normalised,
  stranger,
  unite,
  withFields,
} from "../../src/store/person-merge.ts";

const scope = { botId: botId("bot"), tenantId: tenantId("tenant") };
const nobody = stranger(scope, personId("29:x"), 1);
const text = fc.option(fc.string());
const person: fc.Arbitrary<Person> = fc
  .record({
    aadObjectId: text,
    teamsId: text,
    name: text,
    locale: text,
    serviceUrl: text,
    install: fc.constantFrom("installed", "removed", "unknown"),
    blockedAt: fc.option(fc.nat()),
    conversationId: fc.option(fc.string().map(conversationId)),
  })
  .map((some) => ({ ...nobody, ...some }));
const fields: fc.Arbitrary<PersonFields> = fc.record(
  { aadObjectId: fc.string(), teamsId: fc.string(), name: fc.string(), email: fc.string() },
  { requiredKeys: [] },
);

describe("what events teach of a person", () => {
  it("is what they name, and nothing else; telling it again changes nothing", () => {
    fc.assert(
      fc.property(person, fields, (before, told) => {
        const after = withFields(before, told);
        for (const key of Object.keys(before) as (keyof Person)[]) // a whole row has no other keys
          assert.equal(after[key], key in told ? told[key as keyof PersonFields] : before[key]); // it is in `told`
        assert.ok(isSame(withFields(after, told), after));
      }),
    );
  });

  it("gives the object id in lower case as their id, else the 29: id", () => {
    assert.equal(idOf(normalised({ aadObjectId: "ABC", teamsId: "29:X" })), "abc");
    assert.equal(idOf(normalised({ teamsId: "29:X" })), "29:X");
    assert.equal(idOf({ name: "Nobody" }), null);
  });
});

describe("two rows of one person", () => {
  it("make one that lacks nothing that either had, and prefers the first", () => {
    fc.assert(
      fc.property(person, person, (kept, other) => {
        const one = unite(kept, other);
        for (const key of ["aadObjectId", "teamsId", "name", "locale", "blockedAt"] as const)
          assert.equal(one[key], kept[key] ?? other[key]);
        assert.equal(one.conversationId, kept.conversationId ?? other.conversationId);
        assert.equal(one.install, kept.install === "unknown" ? other.install : kept.install);
        assert.equal(one.id, kept.id);
        assert.equal(
          one.serviceUrl === null,
          kept.serviceUrl === null && other.serviceUrl === null,
        );
      }),
    );
  });

  it("keep a chat together with its service URL", () => {
    const url = "https://smba.example/";
    const other = { ...nobody, conversationId: conversationId("a:1"), serviceUrl: url };
    const one = unite({ ...nobody, serviceUrl: "https://old.example/" }, other);
    assert.deepEqual([one.conversationId, one.serviceUrl], ["a:1", url]);
  });
});

describe("looking up without regard to case", () => {
  it("takes two spellings of one text as the same, composed or not", () => {
    assert.equal(folded("JÖRG@Contoso.Example"), folded("jo\u0308rg@contoso.example"));
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (any) => {
        assert.equal(folded(folded(any)), folded(any));
      }),
    );
  });
});
