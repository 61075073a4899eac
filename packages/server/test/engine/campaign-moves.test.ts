// Goal: a campaign's steps work in every state, take effect before the next request, survive restarts, and repeated or asked for
// by two at once have the effect of one. Method: a table of every state and step; two engines on one store; and fast-check's
// commands against a model of the state machine, with restarts at any place.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { CampaignState } from "../../src/domain/campaign.ts";
import { ProblemError } from "../../src/domain/errors.ts";
import type { Outcome } from "../../src/domain/outcome.ts";
import type { CampaignView, Engine } from "../../src/engine/engine.ts";
import {
  deliveriesOf,
  openWorld,
  startCampaign,
  startEngine,
  untilOver,
  type World,
  within,
} from "./engine-world.ts";

const steps = ["start", "pause", "resume", "cancel", "retry"] as const;
type Step = (typeof steps)[number];
const conflict = "CAMPAIGN_STATE_CONFLICT";

/** What each step leads to from each state; `!` where it is refused, and nothing changes. */
const table: Readonly<Record<CampaignState, Readonly<Record<Step, CampaignState | "!">>>> = {
  draft: { start: "expanding", pause: "!", resume: "!", cancel: "cancelled", retry: "!" },
  scheduled: {
    start: "scheduled",
    pause: "paused",
    resume: "scheduled",
    cancel: "cancelled",
    retry: "!",
  },
  expanding: {
    start: "expanding",
    pause: "paused",
    resume: "expanding",
    cancel: "cancelled",
    retry: "expanding",
  },
  sending: {
    start: "sending",
    pause: "paused",
    resume: "sending",
    cancel: "cancelled",
    retry: "sending",
  },
  paused: { start: "!", pause: "paused", resume: "sending", cancel: "cancelled", retry: "paused" },
  // Two of its deliveries failed; without any it would stay finished.
  finished: { start: "finished", pause: "!", resume: "finished", cancel: "!", retry: "sending" },
  cancelled: { start: "!", pause: "!", resume: "!", cancel: "cancelled", retry: "!" },
};

const rejected: Outcome = { kind: "rejected", reason: "bad-request" };

/** A campaign in this state; of its people the first two are refused. */
async function campaignIn(world: World, state: CampaignState): Promise<string> {
  const { campaigns } = world.engine;
  let sends = 0;
  world.connector.script = ({ operation }) => {
    sends += operation === "send" ? 1 : 0;
    return sends <= 2 ? rejected : undefined;
  };
  const { id } = await campaigns.create({
    name: state,
    message: { text: "hello" },
    audience: { include: [{ everyone: true }] },
    ...(state === "scheduled" && { sendAt: world.clock.now() + 120_000 }),
  });
  if (state === "draft") return id;
  await campaigns.start(id);
  if (state === "cancelled") await campaigns.cancel(id);
  if (state === "finished") await untilOver(world, id);
  if (state === "sending" || state === "paused")
    await world.clock.runUntil(() => world.connector.sends.length > 5, 60_000);
  if (state === "paused") await campaigns.pause(id);
  assert.equal((await campaigns.get(id)).state, state);
  return id;
}

/** Takes a step; answers the state after it, or `!`. */
async function take(engine: Engine, id: string, step: Step): Promise<CampaignState | "!"> {
  try {
    return (await engine.campaigns[step](id)).state;
  } catch (error) {
    if (error instanceof ProblemError && error.code === conflict) return "!";
    throw error;
  }
}

for (const [name, expected] of Object.entries(table))
  for (const step of steps) {
    const state = name as CampaignState; // the table's keys are the states
    const after = expected[step];
    const what = after === "!" ? "is refused" : `leads to ${after}`;

    test(`${step} of a ${state} campaign ${what}, once and again`, async () => {
      const world = await openWorld({ people: state === "finished" ? 4 : 100 });
      const id = await campaignIn(world, state);
      assert.equal(await within(world, take(world.engine, id, step)), after);
      if (after === "!") assert.equal((await world.engine.campaigns.get(id)).state, state);
      const again = await within(world, take(world.engine, id, step));
      assert.equal(again, after === "!" ? "!" : table[after][step] === "!" ? "!" : after);
      await within(world, world.engine.stop());
    });

    test(`${step} of a ${state} campaign ${what} when two processes ask at once`, async () => {
      const world = await openWorld({ people: state === "finished" ? 4 : 100 });
      const id = await campaignIn(world, state);
      const other = startEngine(world);
      const both = Promise.all([take(world.engine, id, step), take(other.engine, id, step)]);
      assert.deepEqual(await within(world, both), [after, after]);
      await within(world, world.engine.stop());
    });
  }

test("starting by a double click, a repeated request and two processes starts once", async () => {
  const world = await openWorld({ people: 60 });
  const other = startEngine(world);
  await other.engine.start();
  const request = {
    name: "once",
    message: { text: "hello" },
    audience: { include: [{ everyone: true }] },
    idempotencyKey: "town-hall",
  } as const;
  const made = await within(
    world,
    Promise.all([
      world.engine.campaigns.create(request),
      other.engine.campaigns.create(request),
      world.engine.campaigns.create(request),
    ]),
  );
  const ids = new Set(made.map(({ id }) => id));
  assert.equal(ids.size, 1);
  const [{ id }] = made;
  const start = [world.engine, other.engine, world.engine, other.engine].map((engine) =>
    engine.campaigns.start(id),
  );
  await within(world, Promise.all(start));
  await world.clock.runFor(30_000);
  assert.equal(world.connector.sends.length, 60);
  assert.equal(new Set(world.connector.sends.map(({ target }) => target)).size, 60);
  const { state, counts } = await other.engine.campaigns.get(id);
  assert.deepEqual([state, counts.accepted, counts.total], ["finished", 60, 60]);
  await within(world, Promise.all([world.engine.stop(), other.engine.stop()]));
});

for (const step of ["pause", "cancel"] as const)
  test(`${step} takes effect before the next request, also of what had been claimed`, async () => {
    const world = await openWorld({ people: 300 });
    world.connector.latencyMs = 700;
    const id = await within(world, startCampaign(world));
    await world.clock.runUntil(() => world.connector.sends.length >= 80, 60_000);
    assert.ok((await world.engine.campaigns.get(id)).counts.sending > world.connector.inFlight);
    await within(world, world.engine.campaigns[step](id));
    const asked = world.clock.now();
    await world.clock.runFor(20_000);
    assert.deepEqual(
      world.connector.sends.filter(({ at }) => at > asked),
      [],
    );
    const { counts } = await world.engine.campaigns.get(id);
    assert.equal(counts.sending, 0);
    assert.equal(counts.accepted, world.connector.sends.length);
    await within(world, world.engine.stop());
  });

/** The campaign as it must be: its state, and whether anything of it may be tried. */
interface Model {
  state: CampaignState;
  pausedFrom: CampaignState | null;
}

interface Real {
  world: World;
  readonly id: string;
}

/** What the model allows; a state that ends by itself may have ended meanwhile. */
function follow(model: Model, view: Pick<CampaignView, "state">): void {
  const ways: Readonly<Partial<Record<CampaignState, readonly CampaignState[]>>> = {
    scheduled: ["expanding", "sending", "finished"],
    expanding: ["sending", "finished"],
    sending: ["finished"],
  };
  const allowed = [model.state, ...(ways[model.state] ?? [])];
  assert.ok(allowed.includes(view.state), `${model.state} became ${view.state}`);
  model.state = view.state;
}

class Take implements fc.AsyncCommand<Model, Real> {
  readonly #step: Step;
  constructor(step: Step) {
    this.#step = step;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, { world, id }: Real): Promise<void> {
    follow(model, await world.engine.campaigns.get(id));
    const before = model.state;
    const result = await within(world, take(world.engine, id, this.#step));
    const { counts } = await world.engine.campaigns.get(id);
    const isOpen = before === "expanding" || before === "sending";
    if (this.#step === "pause" && result === "paused" && isOpen) model.pausedFrom = before;
    const wanted = this.#wanted(before, { failed: counts.failed, pausedFrom: model.pausedFrom });
    if (result !== "!") model.state = result;
    assert.ok(wanted.includes(result), `${this.#step} of ${before}: ${result}, not ${wanted}`);
    await this.#assertStill({ world, id }, result);
  }

  #wanted(
    before: CampaignState,
    { failed, pausedFrom }: { readonly failed: number; readonly pausedFrom: CampaignState | null },
  ): readonly (CampaignState | "!")[] {
    const usual = table[before][this.#step];
    // It may have come to its next state while it was asked, or have nothing left to do.
    if (before === "expanding" && usual === "expanding")
      return ["expanding", "sending", "finished"];
    if (before === "sending" && usual === "sending") return ["sending", "finished"];
    if (this.#step === "resume" && before === "paused")
      return [pausedFrom ?? "sending", "finished", "sending"];
    if (this.#step === "retry" && before === "finished")
      return failed > 0 ? ["sending", "finished"] : ["finished", "sending"];
    if (this.#step === "start" && before === "draft") return ["expanding", "sending", "finished"];
    return [usual];
  }

  /** Of a campaign that is paused or cancelled nothing starts any more. */
  async #assertStill({ world }: Real, result: CampaignState | "!"): Promise<void> {
    if (result !== "paused" && result !== "cancelled") return;
    const asked = world.clock.now();
    await world.clock.runFor(3_000);
    const late = world.connector.requests.filter(({ at }) => at > asked);
    assert.deepEqual(late, [], `nothing starts after ${this.#step}`);
  }

  toString(): string {
    return this.#step;
  }
}

class Pass implements fc.AsyncCommand<Model, Real> {
  readonly #ms: number;
  constructor(ms: number) {
    this.#ms = ms;
  }
  check(): boolean {
    return true;
  }
  async run(model: Model, { world, id }: Real): Promise<void> {
    await world.clock.runFor(this.#ms);
    follow(model, await world.engine.campaigns.get(id));
  }
  toString(): string {
    return `${this.#ms} ms pass`;
  }
}

class Restart implements fc.AsyncCommand<Model, Real> {
  check(): boolean {
    return true;
  }
  async run(model: Model, real: Real): Promise<void> {
    const before = (await real.world.engine.campaigns.get(real.id)).state;
    await within(real.world, real.world.engine.stop());
    real.world = startEngine(real.world);
    await real.world.engine.start();
    const after = await real.world.engine.campaigns.get(real.id);
    if (before === "paused" || before === "cancelled" || before === "draft")
      assert.equal(after.state, before);
    follow(model, after);
  }
  toString(): string {
    return "restart";
  }
}

test("any order of steps, waits and restarts does what the state machine says, and reaches nobody twice", async () => {
  const commands = fc.commands(
    [
      ...steps.map((step) => fc.constant(new Take(step))),
      fc.integer({ min: 1, max: 1_500 }).map((ms) => new Pass(ms)),
      fc.constant(new Restart()),
    ],
    { maxCommands: 14, size: "max" },
  );
  await fc.assert(
    fc.asyncProperty(commands, fc.integer({ min: 1, max: 60 }), async (taken, people) => {
      const world = await openWorld({ people });
      world.connector.script = ({ target }) => (target.endsWith("3") ? rejected : undefined);
      const { id } = await world.engine.campaigns.create({
        name: "model",
        message: { text: "hello" },
        audience: { include: [{ everyone: true }] },
      });
      const real: Real = { world, id };
      const setup = () => ({ model: { state: "draft", pausedFrom: null } as Model, real });
      await fc.asyncModelRun(setup, taken);
      await assertWhole(real);
    }),
    { numRuns: 25 },
  );
});

/** Counters equal a recount, and who was accepted got the message once. */
async function assertWhole({ world, id }: Real): Promise<void> {
  await within(world, world.engine.stop());
  const { counts } = await world.engine.campaigns.get(id);
  const rows = await deliveriesOf(world, id);
  assert.equal(counts.total, rows.length);
  for (const state of ["pending", "sending", "accepted", "failed", "cancelled"] as const)
    assert.equal(counts[state], rows.filter((row) => row.state === state).length, state);
  const taken = world.connector.messages.map(({ conversationId }) => conversationId);
  assert.equal(new Set(taken).size, taken.length, "nobody got it twice");
  assert.equal(counts.accepted, taken.length);
}
