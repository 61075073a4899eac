// Goal: whatever goes wrong, nothing accepted is lost, nobody gets a message twice without a recorded reason, and everything ends.
// Method: random outcomes, lost answers, a store that fails, pauses, and processes that die, from a seed; then calm, and a look at
// every row and every message.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FakeRequest } from "../../../harness/src/fake-connector.ts";
import { seededRandom } from "../../../harness/src/seeded-random.ts";
import { campaignId } from "../../src/domain/ids.ts";
import type { Outcome } from "../../src/domain/outcome.ts";
import {
  bot,
  deliveriesOf,
  installed,
  mortal,
  objectId,
  openWorld,
  range,
  seen,
  startEngine,
  tenant,
  type World,
} from "./engine-world.ts";

const outcomes: readonly Outcome[] = [
  { kind: "throttled", retryAfterMs: 1500, scope: "unknown" },
  { kind: "throttled", retryAfterMs: null, scope: "unknown" },
  { kind: "transient", reason: "unavailable", retryAfterMs: null },
  { kind: "transient", reason: "no-connection", retryAfterMs: null },
  { kind: "transient", reason: "token-unavailable", retryAfterMs: null },
  { kind: "uncertain", reason: "timeout" },
  { kind: "uncertain", reason: "connection-lost" },
  { kind: "unreachable", reason: "conversation-gone" },
  { kind: "unreachable", reason: "blocked-by-user" },
  { kind: "unreachable", reason: "app-not-installed" },
  { kind: "unauthorized", reason: "token-refused" },
  { kind: "rejected", reason: "bad-request" },
];

const people = 60;

async function play(seed: number): Promise<{ world: World; ids: readonly string[] }> {
  const random = seededRandom(seed);
  let calm = false;
  let life = { alive: true, failing: () => !calm && random() < 0.05 };
  let world = await openWorld({ around: mortal(life), seed, start: false });
  await world.engine.learn(range(people).map((n) => (n % 3 === 0 ? seen(n) : installed(n))));
  const lost = new Set<FakeRequest>();
  world.connector.script = (request) => {
    if (calm || random() > 0.3) return undefined;
    const outcome = outcomes[Math.floor(random() * outcomes.length)];
    if (outcome?.kind === "uncertain" && random() < 0.5) lost.add(request);
    return outcome;
  };
  world.connector.answerLost = (request) => lost.has(request);
  const ids = await create(world, random);
  await world.engine.start();
  for (let lives = 0; lives < 3; lives += 1) {
    for (let step = 0; step < 6; step += 1) {
      await world.clock.runFor(Math.floor(random() * 1500));
      const id = ids[Math.floor(random() * ids.length)] ?? "";
      const act = (["start", "pause", "resume", "resume"] as const)[Math.floor(random() * 4)];
      void world.engine.campaigns[act ?? "start"](id).catch(() => undefined);
    }
    life.alive = false;
    life = { alive: true, failing: () => !calm && random() < 0.05 };
    world = startEngine(world, { around: mortal(life), seed });
    await world.engine.start();
  }
  calm = true;
  await world.clock.runFor(1000);
  for (const id of ids) {
    await world.engine.campaigns.start(id).catch(() => undefined);
    await world.engine.campaigns.resume(id).catch(() => undefined);
  }
  for (let minute = 0; minute < 30 && !(await areOver(world, ids)); minute += 1)
    await world.clock.runFor(60_000);
  return { world, ids };
}

async function create({ store }: World, random: () => number): Promise<readonly string[]> {
  const made: string[] = [];
  for (const onUncertain of ["resend", "hold", "resend"] as const) {
    const id = campaignId(`cmp_${made.length}`);
    const now = 1_764_000_000_000;
    await store.ledger.createCampaign({
      campaign: {
        botId: bot,
        tenantId: tenant,
        id,
        kind: "campaign",
        changeOf: null,
        originalMessage: null,
        revision: 0,
        recallAt: null,
        recalledAt: null,
        name: id,
        state: "draft",
        message: { text: `from ${id}.` },
        audience: {
          include: [{ everyone: true }, { user: objectId(999) }],
          exclude: [{ user: objectId(1) }],
        },
        topic: null,
        priority: random() < 0.5 ? "normal" : "bulk",
        sendAt: null,
        expiresAt: null,
        onUncertain,
        ratePerSecond: random() < 0.3 ? 20 : null,
        expansion: { part: "exclude", item: 0, after: null },
        pausedFrom: null,
        canary: null,
        canaryLeft: null,
        stopWhen: null,
        pausedBecause: null,
        createdAt: now,
        updatedAt: now,
        startedAt: null,
        finishedAt: null,
      },
    });
    made.push(id);
  }
  return made;
}

async function areOver({ engine }: World, ids: readonly string[]): Promise<boolean> {
  for (const id of ids) if ((await engine.campaigns.get(id)).state !== "finished") return false;
  return true;
}

async function check(world: World, id: string): Promise<void> {
  const { counts, state, resent } = await world.engine.campaigns.get(id);
  const rows = await deliveriesOf(world, id);
  assert.equal(state, "finished", `${id} is ${state}`);
  assert.equal(
    counts.total,
    people,
    "one row for everyone but the excluded, and one unknown person",
  );
  assert.deepEqual([counts.pending, counts.sending], [0, 0]);
  for (const name of ["accepted", "failed", "skipped", "uncertain"] as const)
    assert.equal(counts[name], rows.filter((row) => row.state === name).length, name);
  assert.equal(
    resent,
    rows.reduce((sum, row) => sum + row.resent, 0),
  );
  for (const row of rows) {
    const person = row.recipient.slice("user:".length);
    const got = world.connector.messages.filter(
      (message) => message.conversationId === `a:${person}` && message.body.includes(`${id}.`),
    ).length;
    assert.notEqual(person, objectId(1), "an excluded person has no row");
    assert.ok(got <= 1 + row.resent, `${person} got ${got} and was resent ${row.resent}`);
    if (row.state === "accepted") assert.ok(got >= 1, `${person} is accepted and got nothing`);
    if (row.state === "skipped") assert.equal(got, 0);
  }
}

for (const seed of range(10))
  test(`whatever goes wrong with seed ${seed}, the promises hold`, async () => {
    const { world, ids } = await play(seed);
    for (const id of ids) await check(world, id);
  });
