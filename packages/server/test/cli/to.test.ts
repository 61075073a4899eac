import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UsageError } from "../../src/cli/command.ts";
import { parseTo } from "../../src/cli/to.ts";
import { parseTarget } from "../../src/domain/target-parse.ts";

const guid = "0f2f4ea5-1f5d-4b1a-9b52-6a1a0f0f5a11";
const reference = { serviceUrl: "https://smba.example/", conversation: { id: "a:1" } };
const readJson = async (file: string) => {
  assert.equal(file, "ref.json");
  return reference;
};

const cases: Readonly<Record<string, unknown>> = {
  everyone: { everyone: true },
  "ana@contoso.example": { user: "ana@contoso.example" },
  [guid]: { user: guid },
  "29:1abc": { user: "29:1abc" },
  "user:29:1abc": { user: "29:1abc" },
  "team:19:a@thread.tacv2": { team: "19:a@thread.tacv2", as: "members" },
  "general:19:a@thread.tacv2": { team: "19:a@thread.tacv2", as: "general" },
  "channel:19:a@thread.tacv2": { channel: "19:a@thread.tacv2" },
  "thread:19:a@thread.tacv2;messageid=17": {
    thread: { channel: "19:a@thread.tacv2", rootId: "17" },
  },
  "chat:19:a@thread.v2": { chat: "19:a@thread.v2" },
  "conversation:a:1abc": { conversation: "a:1abc" },
  "a:1abc": { conversation: "a:1abc" },
  "reference:ref.json": { reference },
};

describe("--to", () => {
  for (const [text, target] of Object.entries(cases)) {
    it(`takes ${text}, as a target that the API takes too`, async () => {
      assert.deepEqual(await parseTo([text], readJson), [target]);
      assert.equal(parseTarget(target).ok, true);
    });
  }

  it("takes several, repeated or separated by commas", async () => {
    const targets = await parseTo(["a@b.example, c@d.example", "everyone"], readJson);
    assert.deepEqual(targets, [
      { user: "a@b.example" },
      { user: "c@d.example" },
      { everyone: true },
    ]);
    assert.deepEqual(await parseTo([], readJson), []);
  });

  it("refuses what does not say how it is meant, and tells what to write", async () => {
    const refusals: Readonly<Record<string, RegExp>> = {
      "19:a@thread.tacv2": /channel:19:a@thread\.tacv2.*team:19:.*chat:19:/s,
      "chanel:19:a@thread.tacv2": /Did you mean channel\?/,
      "user:": /an id has to follow the colon/,
      "thread:19:a@thread.tacv2": /thread:19:…;messageid=NUMBER/,
      "mailto:ana@contoso.example": /The kinds are user/,
    };
    for (const [text, words] of Object.entries(refusals))
      await assert.rejects(parseTo([text], readJson), (error) => {
        assert.ok(error instanceof UsageError);
        assert.match(error.message, words);
        return true;
      });
  });
});
