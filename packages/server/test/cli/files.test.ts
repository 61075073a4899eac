import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UsageError } from "../../src/cli/command.ts";
import { readJsonFile, readJsonObject } from "../../src/cli/files.ts";
import { fakeIo } from "./fake-io.ts";

async function wordsOf(stdin: string): Promise<string> {
  const error = await readJsonFile("-", fakeIo({ stdin })).then(
    () => assert.fail("it was taken"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof UsageError);
  return error.message;
}

describe("a JSON file of the command line", () => {
  it("is read as it is", async () => {
    assert.deepEqual(await readJsonFile("-", fakeIo({ stdin: '{"a": [1]}' })), { a: [1] });
  });

  it("that is none is told by the line and column where it stops being JSON, however short it is", async () => {
    assert.equal(
      await wordsOf('{\n  "body": [,]\n}'),
      'Standard input is not valid JSON: at line 2, column 12, a value or "]" should follow.',
    );
    assert.match(await wordsOf(`${" ".repeat(500)}\n[1 2]`), /at line 2, column 4, "," or "]"/);
    assert.match(await wordsOf(""), /at line 1, column 1, a value should follow/);
  });

  it("never has its content quoted: it may be a secret", async () => {
    assert.doesNotMatch(await wordsOf('{"key": hunter2}'), /hunter/);
  });

  it("that is missing, or no object where one is wanted, is named", async () => {
    await assert.rejects(readJsonFile("missing.json", fakeIo()), /missing\.json .*no such file/);
    await assert.rejects(readJsonObject("-", fakeIo({ stdin: "[]" })), /one JSON object/);
  });
});
