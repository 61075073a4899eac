import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Window } from "../src/facts.ts";
import { Limiter } from "../src/limits/limiter.ts";
import { QuietTimes } from "../src/limits/quiet-times.ts";
import { WindowLog } from "../src/limits/window-log.ts";
import { world } from "./world.ts";

/** The plainest model: all instants are kept, and each window is counted anew. */
function bruteForce(windows: readonly Window[]) {
  const taken: number[] = [];
  return (now: number, count: number): boolean => {
    const fits = windows.every(
      ({ ms, max }) => taken.filter((at) => at > now - ms && at <= now).length + count <= max,
    );
    if (fits) for (let done = 0; done < count; done += 1) taken.push(now);
    return fits;
  };
}

const someWindows = fc.array(
  fc.record({ ms: fc.integer({ min: 1, max: 500 }), max: fc.integer({ min: 1, max: 12 }) }),
  { minLength: 1, maxLength: 4 },
);
const someRequests = fc.array(
  fc.record({ after: fc.integer({ min: 0, max: 60 }), count: fc.constantFrom(1, 1, 1, 2) }),
  { maxLength: 120 },
);

test("sliding windows decide as the plainest model does", () => {
  fc.assert(
    fc.property(someWindows, someRequests, (windows, requests) => {
      const log = new WindowLog(windows);
      const model = bruteForce(windows);
      let now = 1_000_000;
      for (const { after, count } of requests) {
        now += after;
        const fits = log.hasRoom(now, count);
        if (fits) log.add(now, count);
        assert.equal(fits, model(now, count));
      }
    }),
  );
});

test("of one bot at most 7 sends to a conversation pass in a second, 8 in two, 60 in thirty, 1,800 in an hour", () => {
  const limiter = new Limiter();
  const model = bruteForce([
    { ms: 1_000, max: 7 },
    { ms: 2_000, max: 8 },
    { ms: 30_000, max: 60 },
    { ms: 3_600_000, max: 1_800 },
  ]);
  let accepted = 0;
  for (let now = 0; now < 3_700_000; now += 400) {
    const request = { appId: "a", thread: "t", bucket: "send", count: 1 } as const;
    const passed = limiter.takeThread(request, now);
    assert.equal(passed, model(now, 1), `at ${now}`);
    if (passed) accepted += 1;
  }
  assert.ok(accepted > 1_700);
});

test("all bots together share fourteen a second in a conversation", () => {
  const limiter = new Limiter();
  const take = (appId: string, now: number) =>
    limiter.takeThread({ appId, thread: "t", bucket: "send", count: 1 }, now);
  const passed = ["a", "b", "c"].map(
    (appId) => Array.from({ length: 10 }, () => take(appId, 5)).filter(Boolean).length,
  );
  assert.deepEqual(passed, [7, 7, 0]);
});

test("sends, creates, updates, members and conversations have windows of their own", () => {
  const limiter = new Limiter();
  const room = (bucket: "send" | "create" | "update" | "members" | "conversations") =>
    Array.from({ length: 40 }, () =>
      limiter.takeThread({ appId: "a", thread: "t", bucket, count: 1 }, 0),
    ).filter(Boolean).length;
  assert.deepEqual(
    (["send", "create", "update", "members", "conversations"] as const).map(room),
    [7, 7, 7, 14, 14],
  );
});

test("a lane never lets more than its rate pass in any second", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.array(fc.integer({ min: 0, max: 90 }), { maxLength: 200 }),
      (max, gaps) => {
        const limiter = new Limiter();
        const model = bruteForce([{ ms: 1_000, max }]);
        let now = 0;
        for (const gap of gaps) {
          now += gap;
          assert.equal(limiter.takeLane("l", { ms: 1_000, max }, now), model(now, 1));
        }
      },
    ),
  );
});

test("the lane answers 429 Throttled with Retry-After, and is free again after a second", async () => {
  const { emulator, call, clock } = world({ rps: 3 });
  const ask = () => call("GET", "v3/teams/x");
  for (const expected of [404, 404, 404, 429]) assert.equal((await ask()).status, expected);
  const refused = await ask();
  assert.equal(refused.headers.get("retry-after"), "1");
  assert.equal(refused.body.error.code, "Throttled");
  clock.advance(1_000);
  assert.equal((await ask()).status, 404);
  assert.equal(emulator.counts().throttled, 2);
});

test("the header can be left out, and its seconds changed", async () => {
  const { emulator, call } = world({ rps: 1 });
  emulator.setLimits({ sendRetryAfter: false });
  await call("GET", "v3/teams/x");
  assert.equal((await call("GET", "v3/teams/x")).headers.get("retry-after"), null);
  emulator.setLimits({ sendRetryAfter: true, retryAfterSeconds: 7 });
  assert.equal((await call("GET", "v3/teams/x")).headers.get("retry-after"), "7");
});

test("with rps 0 nothing is limited, neither lanes nor conversations", async () => {
  const { emulator, say } = world({ rps: 0 });
  await emulator.install(0, { events: false });
  for (let sent = 0; sent < 100; sent += 1)
    assert.equal((await say(emulator.person(0).conversationId)).status, 201);
});

test("a message that is split counts twice in its conversation", async () => {
  const { emulator, say } = world();
  await emulator.install(0, { events: false });
  const chat = emulator.person(0).conversationId;
  const split = { type: "message", text: "x", attachments: [{ contentType: "image/png" }] };
  const statuses: number[] = [];
  for (let sent = 0; sent < 4; sent += 1) statuses.push((await say(chat, split)).status);
  assert.deepEqual(statuses, [201, 201, 201, 429]);
});

test("other bots' traffic uses up what all bots share", async () => {
  const { emulator, say } = world();
  await emulator.install(0, { events: false });
  emulator.addOtherTraffic(emulator.person(0).conversationId, 14);
  assert.equal((await say(emulator.person(0).conversationId)).status, 429);
});

test("the list of members without pages passes five times a minute", async () => {
  const { emulator, call, clock } = world();
  await emulator.install({ team: 0 }, { events: false });
  const ask = async () =>
    (await call("GET", `v3/conversations/${emulator.team(0).id}/members`)).status;
  for (const expected of [200, 200, 200, 200, 200, 429]) assert.equal(await ask(), expected);
  clock.advance(60_000);
  assert.equal(await ask(), 200);
});

test("a request inside a Retry-After is a violation, except one that was under way", async () => {
  const { emulator, call, clock } = world({ rps: 1 });
  const ask = async () => (await call("GET", "v3/teams/x")).status;
  const violations = () => emulator.violations().length;
  await ask();
  assert.equal(await ask(), 429);
  clock.advance(200);
  await ask();
  assert.equal(violations(), 0, "it was under way");
  clock.advance(100);
  await ask();
  assert.equal(violations(), 1);
  assert.equal(emulator.violations()[0]?.kind, "retry-after-ignored");
  clock.advance(2_000);
  assert.equal(await ask(), 404);
  assert.equal(violations(), 1);
});

test("a 429 whose answer is lost asks nobody for quiet", async () => {
  const { emulator, say } = world();
  await emulator.install(0, { events: false });
  const chat = emulator.person(0).conversationId;
  for (let sent = 0; sent < 7; sent += 1) assert.equal((await say(chat)).status, 201);
  emulator.setFaults({
    script: [
      { kind: "reset-after-commit" },
      { kind: "server-error", commit: true },
      { kind: "html-ok", commit: true },
    ],
  });
  await assert.rejects(say(chat), { phase: "after-commit" });
  assert.equal((await say(chat)).status, 500);
  assert.equal((await say(chat)).status, 200);
  assert.equal(emulator.counts().throttled, 3, "all three came when the window was full");
  assert.equal((await say(chat)).status, 429);
  assert.deepEqual(emulator.violations(), []);
});

test("the 429 of one conversation asks for quiet there and nowhere else", async () => {
  const { emulator, say, clock } = world();
  await emulator.install([0, 1], { events: false });
  const [one, other] = [emulator.person(0).conversationId, emulator.person(1).conversationId];
  for (let sent = 0; sent < 8; sent += 1) await say(one);
  clock.advance(500);
  await say(other);
  assert.equal(emulator.violations().length, 0);
  await say(one);
  assert.deepEqual(
    emulator.violations().map(({ conversationId }) => conversationId),
    [one],
  );
});

test("a client that waits for exactly as long as it was told never breaks a quiet time", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2_000 }),
      fc.integer({ min: 0, max: 30 }),
      (latencyMs, seconds) => {
        const quiet = new QuietTimes();
        quiet.begin("s", 0, latencyMs, seconds);
        assert.equal(quiet.isBroken("s", latencyMs + seconds * 1_000), false);
        assert.equal(quiet.isBroken("s", latencyMs), false);
      },
    ),
  );
});
