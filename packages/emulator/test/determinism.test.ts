import assert from "node:assert/strict";
import { test } from "node:test";
import { createEmulator } from "../src/index.ts";
import { card, startAt, world } from "./world.ts";

/** Goal: all that an emulator shows follows from seed and requests. Method: a busy run, twice, everything compared. */
async function busyRun(seed: number) {
  const { emulator, call, say, clock, received } = world({
    seed,
    people: 200,
    latencyMs: 0,
    faults: { rates: [{ kind: "unavailable", share: 0.1 }] },
  });
  await emulator.install("all");
  await emulator.install({ team: 1 });
  const answers: unknown[] = [];
  for (let index = 0; index < 60; index += 1) {
    const { conversationId, aadObjectId } = emulator.person(index);
    const members = [{ id: aadObjectId }];
    const { tenantId } = emulator.bot();
    answers.push((await call("POST", "v3/conversations", { tenantId, members })).body);
    answers.push((await say(conversationId, { type: "message", attachments: [card()] })).body);
    clock.advance(15);
  }
  await emulator.say(0, "hello");
  return {
    answers,
    received,
    log: emulator.requestLog(),
    messages: [...emulator.acceptedMessages()],
    state: emulator.exportState(),
    counts: emulator.counts(),
    violations: emulator.violations(),
  };
}

test("the same seed and the same requests give the same answers, ids, tokens and log", async () => {
  const [one, again] = [await busyRun(5), await busyRun(5)];
  assert.deepEqual(one, again);
  assert.ok(one.received.length > 300);
  assert.ok(one.log.some(({ fault }) => fault === "unavailable"));
});

test("another seed gives another tenant", async () => {
  const [one, other] = [await busyRun(5), await busyRun(6)];
  assert.notDeepEqual(one.answers, other.answers);
});

test("a reset goes back to the beginning, as if nothing had happened", async () => {
  const { emulator, say, forget } = world({ rps: 0 });
  const first = emulator.exportState();
  await emulator.install("all");
  await say(emulator.person(0).conversationId);
  emulator.setFaults({ script: ["unavailable"] });
  emulator.reset();
  forget();
  assert.deepEqual(emulator.exportState(), first);
  assert.deepEqual(emulator.faults(), {});
  assert.equal(emulator.counts().requests, 0);
  assert.notEqual(emulator.bot().botEndpoint, null);
});

test("an exported state goes into another emulator of the same tenant, and into no other", async () => {
  const { emulator, say } = world({ rps: 0 });
  await emulator.install("all", { events: false });
  await emulator.install({ team: 1 }, { events: false });
  emulator.block(3);
  await emulator.createChannel(1, "Night shift");
  await say(emulator.person(0).conversationId);
  await say(emulator.team(1).id);
  await emulator.react(0, {
    activityId: emulator.inbox(0)[0]?.activityId ?? "",
    type: "heart",
  });
  const file = JSON.parse(JSON.stringify(emulator.exportState()));
  const other = createEmulator({
    people: 50,
    clock: { now: () => startAt, sleep: async () => {} },
  });
  other.importState(file);
  assert.deepEqual(other.exportState(), emulator.exportState());
  assert.deepEqual(other.inbox(0), emulator.inbox(0));
  assert.equal(other.person(3).blocked, true);
  assert.equal(other.team(1).channels.at(-1)?.name, "Night shift");
  assert.throws(() => createEmulator({ people: 51 }).importState(file), /51/);
  assert.throws(() => createEmulator({ people: 50, seed: 2 }).importState(file), /seed/);
});

test("in process nothing waits for the machine: an exchange ends within one turn of the loop", async () => {
  const { emulator, call } = world();
  await call("GET", "v3/teams/x");
  let status = 0;
  call("GET", `v3/teams/${emulator.team(0).id}`).then((answer) => {
    status = answer.status;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(status, 403);
});

test("options that make no sense are refused by name", () => {
  for (const [options, expected] of [
    [{ people: -1 }, /people/],
    [{ teams: 1.5 }, /teams/],
    [{ seed: 2 ** 40 }, /seed/],
    [{ rps: -1 }, /rps/],
    [{ latencyMs: Number.NaN }, /latencyMs/],
    [{ shares: { blocked: 2 } }, /shares\.blocked/],
    [{ baseUrl: "nowhere" }, /nowhere/],
    [{ botCertificates: ["x"] }, /PEM/],
    [{ tokenLifetimeSeconds: 0 }, /tokenLifetimeSeconds/],
  ] as const)
    assert.throws(() => createEmulator(options), expected);
});
