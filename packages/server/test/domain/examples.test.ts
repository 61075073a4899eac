// Goal: what examples/ holds works as it stands. Method: compile and render it for one person.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { JsonObject, Message, RecipientFields } from "../../src/domain/message.ts";
import { compileMessage } from "../../src/domain/message-compile.ts";
import { parseAudience } from "../../src/domain/target-parse.ts";

const ana: RecipientFields = {
  person: {
    id: "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    name: "Ana Oliveira",
    givenName: "Ana",
    surname: "Oliveira",
    userPrincipalName: "ana@contoso.example",
    email: null,
    locale: null,
  },
};

/** An example, parsed. */
function example(name: string): JsonObject {
  const file = new URL(`../../../../examples/${name}`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as JsonObject; // each example is an object, or the test fails below
}

/** Compiles without problems, warnings or fields that somebody would have to bring; answers what a person gets. */
function rendered(message: Message): JsonObject {
  const compiled = compileMessage(message);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  assert.deepEqual(compiled.warnings, []);
  assert.deepEqual(compiled.message.unfilled, []);
  const activity = compiled.message.render(ana);
  assert.ok(!("missing" in activity), JSON.stringify(activity));
  assert.ok(!activity.body.includes("${"));
  return JSON.parse(activity.body) as JsonObject; // what is rendered is an object
}

describe("the examples", () => {
  it("have a campaign with a topic, for everyone, in each reader's name", () => {
    const campaign = example("quarterly-update.json");
    assert.deepEqual(Object.keys(campaign), ["name", "topic", "message", "audience"]);
    assert.deepEqual(parseAudience(campaign.audience), { ok: true, audience: campaign.audience });
    const activity = rendered(campaign.message as Message); // checked by compiling it
    assert.equal(activity.summary, "Ana, our third quarter in four numbers");
    assert.match(JSON.stringify(activity), /Our third quarter, Ana"/);
  });

  it("have a card that goes with its data", () => {
    const activity = rendered({ card: example("card.json"), data: example("data.json") });
    assert.equal(activity.summary, "The label printer in hall 3 prints blank labels");
    assert.match(JSON.stringify(activity), /"url":"https:\/\/tickets\.contoso\.example\/INC-2041"/);
  });
});
