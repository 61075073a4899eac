import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { faultKinds } from "../src/faults/kinds.ts";
import { ConnectionReset, type FaultKind, type FaultPlan, parseFaultPlan } from "../src/index.ts";
import { world } from "./world.ts";

async function setting(faults: FaultPlan, options = {}) {
  const made = world({ faults, rps: 0, ...options });
  await made.emulator.install([0, 1], { events: false });
  const [chat, other] = [0, 1].map((index) => made.emulator.person(index).conversationId);
  return { ...made, chat: chat ?? "", other: other ?? "" };
}

const refusals: readonly (readonly [FaultKind, number, string])[] = [
  ["unauthorized", 401, "Unauthorized"],
  ["bot-not-registered", 401, "BotNotRegistered"],
  ["bad-argument", 400, "Bad Argument"],
  ["bad-syntax", 400, "BadSyntax"],
  ["disabled-by-admin", 403, "BotDisabledByAdmin"],
  ["not-in-roster", 403, "BotNotInConversationRoster"],
  ["blocked-by-user", 403, "ConversationBlockedByUser"],
  ["not-installed", 403, "ForbiddenOperationException"],
  ["writes-blocked-named", 403, "MessageWritesBlocked"],
  ["wrong-host", 403, "InvalidBotApiHost"],
  ["not-enough-permissions", 403, "NotEnoughPermissions"],
  ["conversation-not-found", 404, "ConversationNotFound"],
  ["activity-not-found", 404, "ActivityNotFoundInConversation"],
  ["conflict", 409, "Conflict"],
  ["precondition-failed", 412, "PreconditionFailed"],
  ["too-large", 413, "MessageSizeTooBig"],
  ["throttled", 429, "Throttled"],
  ["throttled-silent", 429, "Throttled"],
  ["server-error", 500, "ServiceError"],
  ["bad-gateway", 502, "ServiceError"],
  ["unavailable", 503, "ServiceUnavailable"],
  ["gateway-timeout", 504, "GatewayTimeout"],
];

for (const [kind, status, code] of refusals)
  test(`the fault ${kind} answers ${status} ${code} once, and nothing is posted`, async () => {
    const { emulator, say, chat } = await setting({ script: [kind] });
    const answer = await say(chat);
    assert.deepEqual([answer.status, answer.body.error.code], [status, code]);
    assert.equal(answer.headers.get("retry-after"), kind === "throttled" ? "1" : null);
    assert.equal(emulator.counts().accepted, 0);
    assert.equal((await say(chat)).status, 201);
    assert.equal(emulator.counts().faulted, 1);
  });

test("writes-blocked has the numeric shape", async () => {
  const { say, chat } = await setting({ script: ["writes-blocked"] });
  const { status, body } = await say(chat);
  assert.deepEqual([status, body.errorCode], [403, 209]);
});

for (const [phase, accepted] of [
  ["before-commit", 0],
  ["after-commit", 1],
] as const)
  test(`a reset ${phase} rejects and leaves ${accepted} messages`, async () => {
    const { emulator, say, chat } = await setting({ script: [`reset-${phase}`] });
    await assert.rejects(say(chat), (error) => {
      assert.ok(error instanceof ConnectionReset);
      assert.equal(error.phase, phase);
      return true;
    });
    assert.equal(emulator.counts().accepted, accepted);
    assert.deepEqual(emulator.requestLog().at(-1)?.fault, `reset-${phase}`);
  });

test("a 5xx may come after the message was taken", async () => {
  const { emulator, say, chat } = await setting({
    script: [{ kind: "gateway-timeout", commit: true }],
  });
  assert.equal((await say(chat)).status, 504);
  assert.equal(emulator.counts().accepted, 1);
});

test("a slow answer waits on the clock while the message has taken effect", async () => {
  const { emulator, say, chat, clock } = await setting({ script: [{ kind: "slow", ms: 5_000 }] });
  let status = 0;
  const answered = say(chat).then((answer) => {
    status = answer.status;
  });
  await settled();
  assert.deepEqual([status, emulator.counts().accepted], [0, 1]);
  clock.advance(5_000);
  await answered;
  assert.equal(status, 201);
});

test("a client that gives up waiting gets its own error, and the message stays", async () => {
  const { emulator, token, chat } = await setting({ script: [{ kind: "slow" }] });
  const { body } = await token();
  const aborting = new AbortController();
  const answered = emulator.fetch(
    `${emulator.bot().serviceUrl}v3/conversations/${chat}/activities`,
    {
      method: "POST",
      headers: { authorization: `Bearer ${body.access_token}` },
      body: JSON.stringify({ type: "message", text: "x" }),
      signal: aborting.signal,
    },
  );
  await settled();
  aborting.abort(new Error("gave up"));
  await assert.rejects(answered, /gave up/);
  assert.equal(emulator.counts().accepted, 1);
});

test("truncated JSON and a page instead of JSON come with a good status", async () => {
  const { emulator, say, chat } = await setting({ script: ["truncated-json", "html-ok"] });
  const cut = await say(chat);
  assert.equal(cut.status, 201);
  assert.equal(typeof cut.body, "string");
  const page = await say(chat);
  assert.equal(page.status, 200);
  assert.match(page.body, /<html>/);
  assert.equal(emulator.counts().accepted, 1);
});

test("good answers come without a body, without an id, or with three megabytes too many", async () => {
  const { emulator, say, chat } = await setting({ script: ["empty-ok", "no-id", "huge-json"] });
  const nothing = await say(chat);
  assert.deepEqual([nothing.status, nothing.body], [200, ""]);
  const nameless = await say(chat);
  assert.deepEqual([nameless.status, nameless.body], [201, {}]);
  const { status, body } = await say(chat);
  assert.equal(status, 201);
  assert.ok(body.padding.length >= 3_000_000);
  assert.match(body.id, /^\d+$/);
  assert.equal(emulator.counts().accepted, 3);
});

test("a Retry-After may say anything, and nobody is blamed for not knowing what", async () => {
  const { emulator, say, chat } = await setting({
    script: [{ kind: "throttled", retryAfter: "soon" }],
  });
  assert.equal((await say(chat)).headers.get("retry-after"), "soon");
  assert.equal((await say(chat)).status, 201);
  assert.deepEqual(emulator.violations(), []);
});

for (const [body, expected] of [
  ["plain", /^The service is unavailable/],
  ["html", /^<html>/],
  ["empty", /^$/],
] as const)
  test(`an error's body may be ${body}`, async () => {
    const { say, chat } = await setting({ script: [{ kind: "unavailable", body }] });
    assert.match((await say(chat)).body, expected);
  });

test("an error may carry another code and text than its kind's", async () => {
  const { say, chat } = await setting({
    script: [{ kind: "too-large", code: "RequestEntityTooLarge", message: "Too big." }],
  });
  const { status, body } = await say(chat);
  assert.equal(status, 413);
  assert.deepEqual(body, { error: { code: "RequestEntityTooLarge", message: "Too big." } });
});

test("the token endpoint fails as told", async () => {
  const { token, call, clock } = await setting({
    script: [
      { kind: "token-refused", aadsts: 7000222 },
      "token-unavailable",
      { kind: "token-short-lived", seconds: 60 },
      { kind: "reset-before-commit", operation: "token" },
    ],
  });
  assert.deepEqual((await token()).body.error_codes, [7000222]);
  assert.equal((await token()).status, 503);
  const short = await token();
  assert.equal(short.body.expires_in, 3600);
  const ask = async () =>
    (await call("GET", "v3/teams/x", undefined, { token: short.body.access_token })).status;
  assert.equal(await ask(), 404);
  clock.advance(61_000);
  assert.equal(await ask(), 401);
  await assert.rejects(token(), ConnectionReset);
  assert.equal((await token()).status, 200);
});

test("a rule hits its person or conversation, from the nth request on, so many times", async () => {
  const { emulator, say, chat, other } = await setting({
    rules: [{ kind: "unavailable", person: 0, operation: "send", nth: 2, times: 2 }],
  });
  const statuses: number[] = [];
  for (let sent = 0; sent < 5; sent += 1) statuses.push((await say(chat)).status);
  assert.deepEqual(statuses, [201, 503, 503, 201, 201]);
  assert.equal((await say(other)).status, 201);
  emulator.setFaults({ rules: [{ kind: "unavailable", conversation: other }] });
  assert.equal((await say(chat)).status, 201);
  assert.equal((await say(other)).status, 503);
  emulator.setFaults(null);
  assert.equal((await say(other)).status, 201);
});

test("a rule for a person also hits the making of the conversation", async () => {
  const { emulator, call } = await setting({
    rules: [{ kind: "server-error", person: "someone@contoso.example" }],
  });
  const { tenantId } = emulator.bot();
  const members = [{ id: emulator.person(0).teamsId }];
  assert.equal((await call("POST", "v3/conversations", { tenantId, members })).status, 500);
});

test("an injected 429 can ask the whole tenant for quiet", async () => {
  const { emulator, say, chat, other, clock } = await setting({
    script: [{ kind: "throttled", scope: "lane", retryAfterSeconds: 2 }],
  });
  assert.equal((await say(chat)).headers.get("retry-after"), "2");
  clock.advance(1_000);
  await say(other);
  assert.equal(emulator.violations()[0]?.kind, "retry-after-ignored");
});

test("a script lets requests pass that it does not mean", async () => {
  const { say, chat, other } = await setting({
    script: ["ok", { kind: "unavailable", person: 1 }, "server-error"],
  });
  assert.deepEqual(
    [await say(chat), await say(chat), await say(other), await say(chat)].map((a) => a.status),
    [201, 201, 503, 500],
  );
});

test("rates hit about their share, and the same requests with the same seed", async () => {
  const run = async (seed: number) => {
    const { say, chat } = await setting({ rates: [{ kind: "unavailable", share: 0.2 }], seed });
    const statuses: number[] = [];
    for (let sent = 0; sent < 500; sent += 1) statuses.push((await say(chat)).status);
    return statuses;
  };
  const [one, again, other] = [await run(1), await run(1), await run(2)];
  const share = one.filter((status) => status === 503).length / one.length;
  assert.ok(share > 0.13 && share < 0.27, String(share));
  assert.deepEqual(one, again);
  assert.notDeepEqual(one, other);
});

test("every kind in the table can be named in a plan", () => {
  const kinds = Object.keys(faultKinds);
  assert.deepEqual(parseFaultPlan({ script: kinds }), { script: kinds });
});

test("a plan that says something unknown is refused with the place", () => {
  for (const [plan, expected] of [
    [[], /must be an object/],
    [{ rule: [] }, /faults: does not know "rule"/],
    [{ script: ["bang"] }, /faults\.script\[0\]: there is no fault "bang"/],
    [{ rules: [{ operation: "send" }] }, /faults\.rules\[0\]: kind is missing/],
    [
      { rules: [{ kind: "slow", nth: 0 }] },
      /faults\.rules\[0\]\.nth must be a whole number from 1/,
    ],
    [{ rates: [{ kind: "slow", share: 2 }] }, /faults\.rates\[0\]\.share must be from 0 to 1/],
    [{ rates: [{ kind: "slow", share: 1, when: 3 }] }, /does not know "when"/],
    [{ seed: -1 }, /faults\.seed/],
  ] as const)
    assert.throws(() => parseFaultPlan(plan), expected);
});

test("no plan makes more faults than one for a request, and none is lost in between", async () => {
  const kinds = fc.constantFrom<FaultKind>("unavailable", "server-error", "throttled");
  await fc.assert(
    fc.asyncProperty(fc.array(kinds, { maxLength: 6 }), async (script) => {
      const { emulator, say, chat } = await setting({ script });
      for (let sent = 0; sent < 8; sent += 1) await say(chat);
      assert.equal(emulator.counts().faulted, script.length);
      assert.equal(emulator.counts().accepted, 8 - script.length);
    }),
    { numRuns: 20 },
  );
});

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
