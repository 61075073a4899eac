// Goal: whatever happens between them, changes of a message take effect in the order in which they were asked for, and the newest
// one reaches everyone. Method: edits, recalls, pauses and deaths in any order, while requests are slow, fail, and lose their
// answers; then calm, and a look at every message and every row.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { FakeMessage, FakeRequest } from "../../../harness/src/fake-connector.ts";
import { seededRandom } from "../../../harness/src/seeded-random.ts";
import { isOver } from "../../src/domain/campaign.ts";
import { countsOf, type DeliveryState } from "../../src/domain/delivery.ts";
import type { Outcome } from "../../src/domain/outcome.ts";
import type { CampaignView, DeliveryView } from "../../src/engine/engine.ts";
import {
  deliveriesOf,
  mortal,
  openWorld,
  startCampaign,
  startEngine,
  type World,
  within,
} from "./engine-world.ts";

type Step =
  | { readonly do: "edit" | "recall" | "die" }
  | { readonly do: "pause" | "resume" | "cancel"; readonly what: "campaign" | "change" }
  | { readonly do: "wait"; readonly ms: number };

const what = fc.constantFrom("campaign" as const, "change" as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ do: "edit" } as const) },
  { weight: 1, arbitrary: fc.constant({ do: "recall" } as const) },
  { weight: 2, arbitrary: fc.constant({ do: "die" } as const) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pause" as const), what }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("resume" as const), what }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("cancel" as const), what }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat({ max: 15_000 }) }),
  },
);
const story = fc.record({
  steps: fc.array(step, { maxLength: 14, size: "max" }),
  seed: fc.nat(),
  faults: fc.constantFrom(0, 0.1, 0.4),
  /** Of each request, at most. */
  latencyMs: fc.constantFrom(20, 700, 8000, 25_000),
});
type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

const passing: readonly Outcome[] = [
  { kind: "throttled", retryAfterMs: 1500, scope: "unknown" },
  { kind: "transient", reason: "unavailable", retryAfterMs: null },
  { kind: "uncertain", reason: "timeout" },
  { kind: "uncertain", reason: "connection-lost" },
  { kind: "rejected", reason: "not-permitted" },
];
const people = 12;

class Teller {
  readonly #story: Story;
  readonly #random: () => number;
  readonly #lost = new Set<FakeRequest>();
  #life = { alive: true };
  #edition = 0;
  #isCalm = false;
  world: World;
  readonly id: string;

  static async begin(told: Story): Promise<Teller> {
    const life = { alive: true };
    const world = await openWorld({ people, around: mortal(life), ratePerSecond: 5 });
    const id = await within(world, startCampaign(world, { message: textOf(0) }));
    return new Teller(told, life, world, id);
  }

  constructor(told: Story, life: { alive: boolean }, world: World, id: string) {
    this.#story = told;
    this.#life = life;
    this.#random = seededRandom(told.seed);
    this.world = world;
    this.id = id;
    const { connector } = world;
    connector.script = (request) => this.#fault(request);
    connector.answerLost = (request) => this.#lost.has(request);
  }

  async tell(): Promise<void> {
    for (const one of this.#story.steps) await this.#happen(one);
    this.#isCalm = true;
    for (let minute = 0; minute < 30; minute += 1) {
      await this.world.clock.runFor(60_000);
      const view = await this.world.engine.campaigns.get(this.id);
      const open = [view, ...view.changes].filter(({ state }) => !isOver(state));
      if (open.length === 0) return;
      for (const { id, state } of open)
        if (state === "paused") await this.#call(this.world.engine.campaigns.resume(id));
    }
    throw new Error("it did not end");
  }

  async #happen(one: Step): Promise<void> {
    const { engine, clock } = this.world;
    switch (one.do) {
      case "edit":
        this.#edition += 1;
        return this.#call(engine.campaigns.edit(this.id, { message: textOf(this.#edition) }));
      case "recall":
        return this.#call(engine.campaigns.recall(this.id));
      case "wait":
        return clock.runFor(one.ms);
      case "die":
        this.#life.alive = false;
        this.#life = { alive: true };
        this.world = startEngine(this.world, { around: mortal(this.#life), ratePerSecond: 5 });
        return this.world.engine.start();
      default: {
        const [newest] = (await engine.campaigns.get(this.id)).changes;
        const id = one.what === "campaign" ? this.id : newest?.id;
        if (id !== undefined) await this.#call(engine.campaigns[one.do](id));
      }
    }
  }

  /** A refusal, such as that of an edit after a recall, is part of the story. */
  async #call(call: Promise<unknown>): Promise<void> {
    void call.catch(() => undefined);
    await this.world.clock.runFor(1);
  }

  #fault(request: FakeRequest): Outcome | undefined {
    const { latencyMs, faults } = this.#story;
    this.world.connector.latencyMs = this.#isCalm ? 20 : 20 + this.#random() * (latencyMs - 20);
    if (this.#isCalm || this.#random() >= faults) return undefined;
    const outcome = passing[Math.floor(this.#random() * passing.length)];
    if (outcome?.kind === "uncertain" && this.#random() < 0.5) this.#lost.add(request);
    return outcome;
  }
}

function textOf(edition: number) {
  return { text: `edition ${edition}.` };
}

function editionOf(body: string): number {
  return Number(/edition (\d+)\./.exec(body)?.[1]);
}

/** Each message was changed in the order of the changes, and by nothing after it was deleted. */
function assertInOrder({ connector }: World): void {
  for (const { editions } of connector.messages) {
    const numbers = editions.map((body) => (body === null ? Infinity : editionOf(body)));
    assert.deepEqual(
      numbers,
      [...numbers].sort((a, b) => a - b),
    );
    assert.ok(editions.filter((body) => body === null).length <= 1);
  }
}

/** What people see is what the ledger says; and the newest change reaches everyone unless it was cancelled. */
async function assertTrue(world: World, view: CampaignView): Promise<void> {
  const { items } = await world.engine.campaigns.deliveries(view.id, { limit: 100 });
  for (const { state, activityId, change, recipient } of items) {
    if (state !== "accepted" || activityId === null) continue;
    const message = world.connector.message(activityId);
    assert.ok(message !== undefined, recipient);
    if (change === null) assertUnchanged(view, message);
    else await assertChanged(world, { view, message, change });
  }
}

function isWhole({ changes: [newest] }: CampaignView): boolean {
  return newest === undefined || newest.state === "finished";
}

function assertUnchanged(view: CampaignView, { body, conversationId }: FakeMessage): void {
  if (!isWhole(view)) return;
  assert.equal(view.recalledAt, null, conversationId);
  assert.equal(editionOf(body), editionIn(view), conversationId);
}

async function assertChanged(
  { engine }: World,
  seen: {
    readonly view: CampaignView;
    readonly message: FakeMessage;
    readonly change: NonNullable<DeliveryView["change"]>;
  },
): Promise<void> {
  const { view, message, change } = seen;
  const isEdit = change.kind === "edit";
  if (isWhole(view) && isEdit) assert.equal(change.id, view.changes[0]?.id);
  if (change.state !== "accepted") return;
  if (isEdit)
    assert.equal(editionOf(message.body), editionIn(await engine.campaigns.get(change.id)));
  else assert.ok(message.deleted);
}

function editionIn({ message }: CampaignView): number {
  return editionOf((message as { readonly text: string }).text); // every message of this test is one
}

async function assertCounted(world: World, id: string): Promise<void> {
  const { counts } = await world.engine.campaigns.get(id);
  const byState: Partial<Record<DeliveryState, number>> = {};
  for (const { state } of await deliveriesOf(world, id)) byState[state] = (byState[state] ?? 0) + 1;
  assert.deepEqual(counts, countsOf(byState), id);
}

test("changes take effect in the order in which they were asked for, and the newest reaches everyone", async () => {
  await fc.assert(
    fc.asyncProperty(story, async (told) => {
      const teller = await Teller.begin(told);
      await teller.tell();
      const { world, id } = teller;
      assertInOrder(world);
      const view = await world.engine.campaigns.get(id);
      await assertTrue(world, view);
      for (const one of [view, ...view.changes]) await assertCounted(world, one.id);
      for (const [index, one] of view.changes.entries())
        if (index > 0) assert.ok(isOver(one.state), one.id);
      await within(world, world.engine.stop());
    }),
    { numRuns: 60 },
  );
});
