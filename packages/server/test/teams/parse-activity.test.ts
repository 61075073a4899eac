import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Activity } from "../../src/domain/activity.ts";
import { type ParsedActivity, parseActivity } from "../../src/teams/parse-activity.ts";

test("an activity as Teams writes it is read with every member, known or not", () => {
  const written = {
    type: "message",
    id: "1776390257332",
    channelId: "msteams",
    serviceUrl: "https://smba.trafficmanager.net/emea/22222222/",
    from: { id: "29:1abc", name: "Ada", aadObjectId: "33333333" },
    recipient: { id: "28:11111111", name: "Bot" },
    conversation: { id: "a:1xyz", conversationType: "personal", tenantId: "2222", isGroup: false },
    text: "hello",
    attachments: [{ contentType: "text/html", content: "<p>hello</p>" }],
    entities: [{ type: "clientInfo", country: "US", timezone: "Europe/Berlin" }],
    value: { choice: 3 },
    channelData: { tenant: { id: "2222" }, source: { name: "message" } },
    somethingNew: [1, { two: 2 }],
  };
  const parsed = parseActivity(JSON.stringify(written));
  assert.deepEqual(parsed, { ok: true, activity: written, conversationId: "a:1xyz" });
});

test("a known member of a wrong type is dropped, and the rest stays", () => {
  const parsed = activityOf({
    type: "message",
    id: 17,
    text: null,
    from: "29:1abc",
    conversation: { id: "a:1", tenantId: 4, isGroup: "yes", name: "chat" },
    membersAdded: ["29:1", { id: "29:2", aadObjectId: [] }, null],
    entities: { type: "mention" },
    channelData: { tenant: "2222", team: { id: "19:t", name: {} }, extra: 1 },
  });
  assert.deepEqual(parsed, {
    type: "message",
    conversation: { id: "a:1", name: "chat" },
    membersAdded: [{ id: "29:2" }],
    channelData: { team: { id: "19:t" }, extra: 1 },
  });
});

test("a body that is no activity is refused with its reason", () => {
  const reasons: readonly [string, string][] = [
    ["", "not-json"],
    ["<html>", "not-json"],
    ['{"type":"message"', "not-json"],
    ["null", "not-an-object"],
    ["[]", "not-an-object"],
    ['"message"', "not-an-object"],
    ["{}", "no-type"],
    ['{"type":"","conversation":{"id":"a:1"}}', "no-type"],
    ['{"type":5,"conversation":{"id":"a:1"}}', "no-type"],
    ['{"type":"message"}', "no-conversation"],
    ['{"type":"message","conversation":{"id":7}}', "no-conversation"],
    ['{"type":"message","conversation":{"id":""}}', "no-conversation"],
    ['{"type":"message","conversation":[{"id":"a:1"}]}', "no-conversation"],
  ];
  for (const [body, reason] of reasons) {
    assert.deepEqual(parseActivity(body), { ok: false, reason }, body);
  }
});

test("size and depth are bounded, and brackets within strings do not count as depth", () => {
  const wrap = (value: string) => `{"type":"message","conversation":{"id":"a:1"},"value":${value}}`;
  const deep = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  assert.equal(parseActivity(wrap(deep(63))).ok, true);
  assert.deepEqual(parseActivity(wrap(deep(64))), { ok: false, reason: "too-deep" });
  assert.deepEqual(parseActivity("[".repeat(1_000_000)), { ok: false, reason: "too-deep" });
  assert.equal(parseActivity(wrap(JSON.stringify(`\\"${"[{".repeat(500)}`))).ok, true);
  const body = wrap('"x"');
  assert.equal(parseActivity(body, { charsMax: body.length }).ok, true);
  assert.deepEqual(parseActivity(body, { charsMax: body.length - 1 }), {
    ok: false,
    reason: "too-large",
  });
});

test("members that are called like something every object has are kept as they are", () => {
  const written = { type: "event", conversation: { id: "a:1", toString: 1 }, constructor: [2] };
  assert.deepEqual(activityOf(written), written);
});

test("a member named __proto__ stays a mere member", () => {
  const parsed = parseActivity(
    '{"type":"message","conversation":{"id":"a:1"},"__proto__":{"serviceUrl":"https://evil.example/"}}',
  );
  assert.ok(parsed.ok);
  assert.equal(parsed.activity.serviceUrl, undefined);
  assert.equal(Object.getPrototypeOf(parsed.activity), Object.prototype);
});

test("property: no input makes it throw, and what it takes has a type and a conversation id", () => {
  const inputs = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json(),
    fc.jsonValue({ maxDepth: 6 }).map((value) => JSON.stringify(value)),
    activityLike().map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(inputs, (body) => {
      const parsed: ParsedActivity = parseActivity(body);
      if (!parsed.ok) return;
      assert.ok(parsed.activity.type.length > 0);
      assert.ok(parsed.conversationId.length > 0);
      assert.equal(parsed.activity.conversation?.id, parsed.conversationId);
    }),
    { numRuns: 500 },
  );
});

test("property: whatever is in the known members, each is left with its type or left out", () => {
  fc.assert(
    fc.property(activityLike(), (value) => {
      const { from, membersAdded, entities, channelData, text } = activityOf({
        ...value,
        type: "message",
        conversation: { id: "a:1" },
      });
      const strings = [
        text,
        from?.id,
        from?.aadObjectId,
        channelData?.tenant?.id,
        channelData?.settings?.selectedChannel?.id,
        ...(membersAdded ?? []).flatMap((member) => [member.id, member.aadObjectId]),
        ...(entities ?? []).flatMap((entity) => [entity.type, entity.mentioned?.id]),
      ];
      assert.ok(strings.every((entry) => entry === undefined || typeof entry === "string"));
    }),
  );
});

function activityOf(value: object): Activity {
  const parsed = parseActivity(JSON.stringify(value));
  assert.ok(parsed.ok);
  return parsed.activity;
}

/** Objects with members of the right names, of which many have wrong types. */
function activityLike(): fc.Arbitrary<object> {
  const junk = fc.jsonValue({ maxDepth: 2 });
  const account = fc.oneof(junk, fc.record({ id: junk, aadObjectId: junk }, { requiredKeys: [] }));
  return fc.record(
    {
      type: fc.oneof(junk, fc.constant("message")),
      conversation: fc.oneof(junk, fc.record({ id: fc.oneof(junk, fc.string()) })),
      text: junk,
      from: account,
      membersAdded: fc.oneof(junk, fc.array(account)),
      entities: fc.oneof(junk, fc.array(fc.oneof(junk, fc.record({ mentioned: account })))),
      channelData: fc.oneof(
        junk,
        fc.record({
          tenant: account,
          settings: fc.oneof(junk, fc.record({ selectedChannel: account })),
        }),
      ),
    },
    { requiredKeys: [] },
  );
}
