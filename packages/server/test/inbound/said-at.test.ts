import assert from "node:assert/strict";
import { test } from "node:test";
import { saidAtOf } from "../../src/inbound/said-at.ts";
import { hello } from "./activities.ts";
import { post, worldOf } from "./inbound-world.ts";

const receivedAt = Date.parse("2026-11-26T01:00:00.000Z");

for (const [when, timestamp, expected] of [
  ["an activity's own instant", "2026-11-26T00:59:59.1234567Z", "2026-11-26T00:59:59.123Z"],
  ["one of another time zone", "2026-11-26T02:59:58+02:00", "2026-11-26T00:59:58.000Z"],
  ["one of long ago, as of what comes again", "2026-11-24T01:00:00Z", "2026-11-24T01:00:00.000Z"],
  ["one that a clock ahead of ours wrote", "2026-11-26T01:03:00Z", "2026-11-26T01:03:00.000Z"],
  ["that of its receipt where it has none", undefined, "2026-11-26T01:00:00.000Z"],
  ["that of its receipt where it is none", "yesterday", "2026-11-26T01:00:00.000Z"],
  ["that of its receipt where it is far ahead", "9999-12-31T23:59:59Z", "2026-11-26T01:00:00.000Z"],
] as const)
  test(`when Teams said something is ${when}`, () => {
    const { timestamp: _, ...rest } = hello;
    const activity = timestamp === undefined ? rest : { ...rest, timestamp };
    assert.equal(new Date(saidAtOf(activity, receivedAt)).toISOString(), expected);
  });

test("an instant that is no text is not believed", () => {
  // What is parsed tolerantly may hold anything.
  const activity = { ...hello, timestamp: 5 } as unknown as typeof hello;
  assert.equal(saidAtOf(activity, receivedAt), receivedAt);
});

test("every fact that an activity teaches says when Teams said so", async () => {
  const { endpoint, learnt } = worldOf();
  await endpoint.start();
  await endpoint.handle(post({ ...hello, timestamp: "2025-11-24T10:00:00.000Z" }));
  await endpoint.drain();
  assert.ok(learnt.length > 0);
  const at = Date.parse("2025-11-24T10:00:00.000Z");
  assert.deepEqual(new Set(learnt.map(({ saidAt }) => saidAt)), new Set([at]));
  await endpoint.stop();
});
