import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Target } from "../../src/domain/target.ts";
import { parseAudience, parseTarget } from "../../src/domain/target-parse.ts";

const guid = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";

const hex = fc.string({
  unit: fc.constantFrom(..."0123456789abcdef"),
  minLength: 12,
  maxLength: 12,
});
const guids = hex.map(
  (text) =>
    `${text.slice(0, 8)}-${text.slice(0, 4)}-4${text.slice(1, 4)}-9${text.slice(2, 5)}-${text}`,
);
const words = fc.string({ unit: fc.constantFrom(..."abcXYZ019_-"), minLength: 1, maxLength: 24 });
const upns = fc.tuple(words, words).map(([name, host]) => `${name}@${host}.example`);
const channels = fc
  .tuple(words, fc.constantFrom("tacv2", "skype"))
  .map(([word, kind]) => `19:${word}@thread.${kind}`);
const rootIds = fc.nat().map(String);
// As JSON has them: with the usual prototype.
const plain = { noNullPrototype: true };
const targets: fc.Arbitrary<Target> = fc.oneof(
  fc
    .oneof(
      guids,
      upns,
      words.map((word) => `29:${word}`),
    )
    .map((user) => ({ user })),
  fc
    .oneof(
      words.map((word) => `a:${word}`),
      channels,
      words.map((word) => `19:${word}@thread.v2`),
    )
    .map((conversation) => ({ conversation })),
  channels.map((channel) => ({ channel })),
  fc.record({ channel: channels, rootId: rootIds }, plain).map((thread) => ({ thread })),
  fc.record({ team: channels, as: fc.constantFrom("members", "general") }, plain),
  words.map((word) => ({ chat: `19:${word}@thread.v2` })),
  fc.constant({ everyone: true } as const),
  words.map((word) => ({
    reference: {
      serviceUrl: "https://smba.trafficmanager.net/teams/",
      conversation: { id: `a:${word}` },
    },
  })),
);

describe("parseTarget", () => {
  it("gives every well-formed target back as it is", () => {
    fc.assert(
      fc.property(targets, (target) => {
        assert.deepEqual(parseTarget(JSON.parse(JSON.stringify(target))), { ok: true, target });
      }),
    );
  });

  it("never throws, and gives a reason whenever it refuses", () => {
    const keys = fc.constantFrom(
      "user",
      "conversation",
      "reference",
      "channel",
      "thread",
      "team",
      "as",
      "chat",
      "everyone",
      "group",
      "users",
      "constructor",
    );
    const odd = fc.oneof(
      fc.jsonValue(),
      fc.anything(),
      fc.dictionary(keys, fc.oneof(fc.jsonValue(), words, channels)),
    );
    fc.assert(
      fc.property(odd, (value) => {
        const parsed = parseTarget(value);
        if (!parsed.ok) assert.ok(parsed.reason.length > 20, parsed.reason);
      }),
      { numRuns: 500 },
    );
  });

  const unsupported: readonly (readonly [string, unknown, RegExp])[] = [
    ["a bot", { user: `28:${guid}` }, /bot cannot write to a bot/],
    ["Teams' internal user id", { user: `8:orgid:${guid}` }, /object id or UPN/],
    ["an object id behind 29:", { user: `29:${guid}` }, new RegExp(`{"user": "${guid}"}`)],
    [
      "a thread in a group chat",
      { thread: { channel: "19:x@thread.v2", rootId: "1" } },
      /only in channels/,
    ],
    [
      "a thread in a personal chat",
      { thread: { channel: "a:1x", rootId: "1" } },
      /only in channels/,
    ],
    ["a new thread in a group chat", { channel: "19:x@thread.v2" }, /"chat"/],
    ["a team that is a group chat", { team: "19:x@thread.v2", as: "members" }, /group chat/],
    ["several people as a new chat", { users: [guid] }, /cannot create a group chat/],
    ["members of a chat to be made", { chat: { members: [guid] } }, /cannot create a group chat/],
    ["a list of members as a chat", { chat: [guid] }, /cannot create a group chat/],
    ["a distribution list", { distributionList: "all@contoso.example" }, /distribution list/],
    ["a mail address", { email: "all@contoso.example" }, /distribution list/],
    ["a tag", { tag: "nurses" }, /tag/],
    [
      "another platform's reference",
      {
        reference: {
          serviceUrl: "https://x.example",
          channelId: "slack",
          conversation: { id: "1" },
        },
      },
      /Microsoft Teams/,
    ],
  ];
  for (const [what, value, reason] of unsupported)
    it(`refuses ${what} with the platform's reason`, () => {
      const parsed = parseTarget(value);
      assert.ok(!parsed.ok);
      assert.equal(parsed.code, "TARGET_UNSUPPORTED");
      assert.match(parsed.reason, reason);
    });

  const invalid: readonly (readonly [string, unknown, RegExp])[] = [
    ["a chat that is a channel", { chat: "19:x@thread.tacv2" }, /"channel"/],
    ["a channel with a thread in it", { channel: "19:x@thread.tacv2;messageid=1" }, /"thread"/],
    [
      "a team's members by a thread's id",
      { team: "19:x@thread.tacv2;messageid=1", as: "members" },
      /"thread"/,
    ],
    ["a team by its group's guid", { team: guid, as: "members" }, /"19:" id/],
    ["a team without saying how", { team: "19:x@thread.tacv2" }, /"members"/],
    [
      "a thread's root that is no number",
      { thread: { channel: "19:x@thread.tacv2", rootId: "abc" } },
      /number/,
    ],
    ["a thread without a root", { thread: { channel: "19:x@thread.tacv2" } }, /number/],
    ["a person in place of a conversation", { conversation: "ana@contoso.example" }, /"user"/],
    ["a personal chat in place of a person", { user: "a:1x" }, /"conversation"/],
    ["a Graph chat in place of a group chat", { chat: "19:a_b@unq.gbl.spaces" }, /"conversation"/],
    ["a name that is no id", { user: "Ana" }, /UPN/],
    ["an empty id", { user: "  " }, /as a string/],
    ["an id with a space in it", { user: "ana @contoso.example" }, /space/],
    ["an Entra group, for now", { group: guid }, /later version/],
    ["a list, for now", { list: "nurses" }, /later version/],
    ["two kinds in one target", { user: guid, chat: "19:x@thread.v2" }, /two targets/],
    ["an unknown kind", { person: guid }, /Targets are/],
    ["everyone: false", { everyone: false }, /everyone/],
    ["a string", "ana@contoso.example", /object/],
    [
      "a reference without a service URL",
      { reference: { serviceUrl: "", conversation: { id: "a:1" } } },
      /serviceUrl/,
    ],
    [
      "a reference without a conversation",
      { reference: { serviceUrl: "https://x.example", conversation: {} } },
      /conversation\.id/,
    ],
    [
      "a reference to a file",
      { reference: { serviceUrl: "file:///etc", conversation: { id: "a:1" } } },
      /http/,
    ],
  ];
  for (const [what, value, reason] of invalid)
    it(`refuses ${what} as not of our form`, () => {
      const parsed = parseTarget(value);
      assert.ok(!parsed.ok);
      assert.equal(parsed.code, "REQUEST_INVALID");
      assert.match(parsed.reason, reason);
    });

  it("takes object ids in any case as one id", () => {
    assert.deepEqual(parseTarget({ user: guid.toUpperCase() }), {
      ok: true,
      target: { user: guid },
    });
  });

  it("takes a root id as a number", () => {
    const parsed = parseTarget({ thread: { channel: "19:x@thread.tacv2", rootId: 1776390257332 } });
    assert.deepEqual(parsed, {
      ok: true,
      target: { thread: { channel: "19:x@thread.tacv2", rootId: "1776390257332" } },
    });
  });

  it("takes the UPN of a guest", () => {
    const user = "ana_fabrikam.example#EXT#@contoso.onmicrosoft.example";
    assert.deepEqual(parseTarget({ user }), { ok: true, target: { user } });
  });

  it("keeps what it needs of a conversation reference, by either name of the bot, and drops empty strings", () => {
    const parsed = parseTarget({
      reference: {
        activityId: "",
        user: { id: "29:1", aadObjectId: guid, name: "", role: "user" },
        bot: { id: "28:b", name: "Bot" },
        agent: { id: "28:b" },
        conversation: {
          id: "a:1",
          isGroup: false,
          conversationType: "personal",
          tenantId: guid,
          aadObjectId: "",
        },
        channelId: "msteams",
        locale: "en-US",
        serviceUrl: "https://smba.trafficmanager.net/emea/",
      },
    });
    assert.deepEqual(parsed, {
      ok: true,
      target: {
        reference: {
          serviceUrl: "https://smba.trafficmanager.net/emea/",
          channelId: "msteams",
          conversation: { id: "a:1", conversationType: "personal", tenantId: guid, isGroup: false },
          user: { id: "29:1", aadObjectId: guid },
          bot: { id: "28:b", name: "Bot" },
          agent: { id: "28:b" },
        },
      },
    });
  });
});

describe("parseAudience", () => {
  it("takes any list of targets, and exclusions", () => {
    fc.assert(
      fc.property(fc.array(targets, { minLength: 1 }), fc.array(targets), (include, exclude) => {
        const audience = { include, exclude };
        assert.deepEqual(parseAudience(structuredClone(audience)), { ok: true, audience });
      }),
    );
  });

  it("names the place of the first bad item", () => {
    const parsed = parseAudience({
      include: [{ everyone: true }],
      exclude: [{ user: guid }, { user: "28:x" }],
    });
    assert.ok(!parsed.ok);
    assert.equal(parsed.code, "TARGET_UNSUPPORTED");
    assert.match(parsed.reason, /^exclude\[1\]: /);
  });

  for (const [what, value] of [
    ["nobody", { include: [] }],
    ["a single target", { include: { everyone: true } }],
    ["exclusions alone", { exclude: [{ everyone: true }] }],
    ["an unknown part", { include: [{ everyone: true }], only: [] }],
    ["null", null],
  ] as const)
    it(`refuses ${what}`, () => {
      const parsed = parseAudience(value);
      assert.ok(!parsed.ok);
      assert.equal(parsed.code, "REQUEST_INVALID");
    });
});
