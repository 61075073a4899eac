import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { conversationId, personId } from "../../src/domain/ids.ts";
import {
  baseConversationId,
  recipientKeyOf,
  teamsIdForm,
  threadConversationId,
} from "../../src/domain/teams-id.ts";

describe("teamsIdForm", () => {
  for (const [id, form] of [
    ["3F2504E0-4f89-41d3-9a0c-0305e82c3301", "guid"],
    ["ana@contoso.example", "upn"],
    ["29:1abcUserMri", "user"],
    ["28:11111111-1111-1111-1111-111111111111", "bot"],
    ["8:orgid:3f2504e0-4f89-41d3-9a0c-0305e82c3301", "internal-user"],
    ["a:1PersonalConversationId", "personal"],
    ["19:3f25_9a0c@unq.gbl.spaces", "one-to-one"],
    ["19:abc@thread.tacv2", "channel"],
    ["19:abc@thread.skype", "channel"],
    ["19:abc@thread.tacv2;messageid=1776390257332", "thread"],
    ["19:abc@thread.v2", "group-chat"],
    ["19:meeting_abc@thread.v2", "group-chat"],
    ["19:abc@thread.tacv2;messageid=x", "other"],
    ["19:abc@example.com", "other"],
    ["ana@one@two", "other"],
    ["", "other"],
  ] as const)
    it(`calls ${id === "" ? "the empty text" : id} ${form}`, () => {
      assert.equal(teamsIdForm(id), form);
    });
});

describe("thread conversation ids", () => {
  it("name a thread whose channel can be read back", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Z0-9_-]{1,30}$/), fc.nat(), (word, root) => {
        const channel = `19:${word}@thread.tacv2`;
        const thread = threadConversationId(channel, String(root));
        assert.equal(teamsIdForm(thread), "thread");
        assert.equal(baseConversationId(thread), channel);
      }),
    );
  });

  it("cut an older thread off the channel before they name another", () => {
    const thread = threadConversationId("19:abc@thread.tacv2;messageid=1", "2");
    assert.equal(thread, "19:abc@thread.tacv2;messageid=2");
  });
});

describe("recipientKeyOf", () => {
  for (const [of, key] of [
    [{ person: personId("3f25") }, "user:3f25"],
    [{ channel: conversationId("19:abc@thread.tacv2") }, "channel:19:abc@thread.tacv2"],
    [{ conversation: conversationId("19:abc@thread.v2") }, "chat:19:abc@thread.v2"],
    [
      { conversation: conversationId("19:abc@thread.tacv2;messageid=1") },
      "thread:19:abc@thread.tacv2;messageid=1",
    ],
    [{ conversation: conversationId("19:abc@thread.tacv2") }, "channel:19:abc@thread.tacv2"],
  ] as const)
    it(`keys ${JSON.stringify(of)} as ${key}`, () => {
      assert.equal(recipientKeyOf(of), key);
    });
});
