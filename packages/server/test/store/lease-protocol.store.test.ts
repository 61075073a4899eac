// Goal: whatever pauses, kills and clock steps do to three workers, the lane changes hands exactly when the protocol says so, no
// end of a delivery that an old holder tells is taken, and nobody gets a second request but where a resend is recorded.
// Method: the real watch and the real SQL; who holds the lane is foretold by a model that knows neither instants nor clocks.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  accepted,
  bot,
  campaign,
  counted,
  create,
  deliveriesOf,
  scope,
  settled,
} from "../../../harness/src/store-conformance/fixtures.ts";
import { type WorkerId, workerId } from "../../src/domain/ids.ts";
import { LaneWatch } from "../../src/engine/lane-watch.ts";
import { leaseMs, lookMs, silentLooks } from "../../src/engine/lease-times.ts";
import type { ClaimedDelivery, LaneHold, LaneHolder, Store } from "../../src/engine/ports/store.ts";
import { openSqliteStore } from "../../src/store/sqlite/open.ts";

const slots = 3;
const people = 400;
const id = campaign("cmp_1").id;

/** A worker as it is: what it has in hand survives a pause, and dies with it. */
interface Worker {
  readonly id: WorkerId;
  readonly watch: LaneWatch;
  isPaused: boolean;
  hold: LaneHold | null;
  /** Claimed, and asked for: the end is told with the next turn. */
  open: readonly ClaimedDelivery[];
  /** What the watch said at the last look; null from a lane that is nobody's. */
  mayTake: { readonly from: LaneHolder | null } | null;
}

/** What really happens: real store, real watch, and every worker with a clock of its own. */
class World {
  readonly store: Store = openSqliteStore(":memory:");
  readonly #seesEnds: boolean;
  readonly #offsets = Array.from({ length: slots }, () => 0);
  readonly #dead = new Set<WorkerId>();
  readonly requests = new Map<string, number>();
  readonly workers: Worker[] = [];
  /** Ends of deliveries that were not taken. */
  ignored = 0;
  #realMs = 1_000_000_000;
  #born = 0;

  constructor(seesEnds: boolean) {
    this.#seesEnds = seesEnds;
    for (let slot = 0; slot < slots; slot += 1) this.restart(slot);
  }

  restart(slot: number): void {
    const before = this.workers[slot];
    if (before !== undefined) this.#dead.add(before.id);
    this.#born += 1;
    const own = workerId(`w${this.#born}`);
    const worker: Worker = {
      id: own,
      isPaused: false,
      hold: null,
      open: [],
      mayTake: null,
      watch: new LaneWatch(
        {
          clock: { now: () => this.now(slot), sleep: () => Promise.resolve() },
          ledger: this.store.ledger,
          log: { info: () => {}, warn: () => {}, error: () => {} },
          worker: own,
          processes: { own: "", hasEnded: (other) => this.#seesEnds && this.#dead.has(other) },
          onOpen: () => {
            worker.mayTake = { from: null };
          },
          onLeft: (_, from) => {
            worker.mayTake = { from };
          },
        },
        bot,
      ),
    };
    this.workers[slot] = worker;
  }

  now(slot: number): number {
    return this.#realMs + (this.#offsets[slot] ?? 0);
  }

  step(slot: number, ms: number): void {
    this.#offsets[slot] = (this.#offsets[slot] ?? 0) + ms;
  }

  async tick(): Promise<void> {
    this.#realMs += lookMs;
    for (const [slot, worker] of this.workers.entries()) {
      if (worker.isPaused) continue;
      if (worker.hold === null) await this.#look(worker, slot);
      else await this.#turn(worker, worker.hold, slot);
    }
  }

  async #look(worker: Worker, slot: number): Promise<void> {
    const mayTake = await whatTheWatchSays(worker);
    if (mayTake === null) return;
    const got = await this.store.ledger.acquireLane({
      scope,
      worker: worker.id,
      leaseUntil: this.now(slot) + leaseMs,
      ...(mayTake.from !== null && { from: mayTake.from }),
    });
    if ("holder" in got) return;
    worker.hold = got.hold;
    await this.store.ledger.recoverLane(got.hold, 100, this.now(slot));
    await this.#turn(worker, got.hold, slot);
  }

  async #turn(worker: Worker, hold: LaneHold, slot: number): Promise<void> {
    const now = this.now(slot);
    const settlements = worker.open.map((one) => settled(one, accepted));
    const leaseUntil = now + leaseMs;
    const common = { hold, now, leaseUntil, settlements, facts: [] };
    const turn = { ...common, claim: 2, atLeast: {}, held: [], grants: [], quiet: [] };
    const result = await this.store.ledger.takeTurn(turn);
    if (result.held) assert.equal(result.ignored, 0);
    else {
      worker.hold = null;
      this.ignored += worker.open.length;
    }
    worker.open = result.claimed;
    for (const { recipient } of result.claimed)
      this.requests.set(recipient.key, (this.requests.get(recipient.key) ?? 0) + 1);
  }
}

async function whatTheWatchSays(worker: Worker): Promise<Worker["mayTake"]> {
  worker.mayTake = null;
  await worker.watch.look();
  return worker.mayTake;
}

/** Who must hold the lane. It counts looks and turns, and knows no time. */
class Model {
  readonly #seesEnds: boolean;
  readonly #isPaused = Array.from({ length: slots }, () => false);
  /** The fence under which each worker believes to hold the lane. */
  readonly #belief: (number | null)[] = Array.from({ length: slots }, () => null);
  readonly #looks: { of: string; count: number }[] = Array.from({ length: slots }, () => ({
    of: "",
    count: 0,
  }));
  #holder: { readonly slot: number; isDead: boolean } | null = null;
  fence = 0;
  #turn = 0;
  /** How often the lane was taken from somebody. */
  takeovers = 0;

  constructor(seesEnds: boolean) {
    this.#seesEnds = seesEnds;
  }

  pause(slot: number, isPaused: boolean): void {
    this.#isPaused[slot] = isPaused;
  }

  restart(slot: number): void {
    if (this.#holder?.slot === slot) this.#holder.isDead = true;
    this.#belief[slot] = null;
    this.#isPaused[slot] = false;
    this.#looks[slot] = { of: "", count: 0 };
  }

  tick(): void {
    for (let slot = 0; slot < slots; slot += 1) {
      if (this.#isPaused[slot]) continue;
      const belief = this.#belief[slot] ?? null;
      if (belief === null) this.#look(slot);
      else if (belief === this.fence) this.#turn += 1;
      else this.#belief[slot] = null;
    }
  }

  #look(slot: number): void {
    const holder = this.#holder;
    if (holder !== null) {
      const of = `${this.fence} ${this.#turn}`;
      const before = this.#looks[slot];
      const count = before?.of === of ? before.count + 1 : 1;
      this.#looks[slot] = { of, count };
      if (count < silentLooks && !(this.#seesEnds && holder.isDead)) return;
      this.takeovers += 1;
    }
    this.#holder = { slot, isDead: false };
    this.fence += 1;
    this.#turn += 1;
    this.#belief[slot] = this.fence;
  }
}

type Command = fc.AsyncCommand<Model, World>;

function command(text: string, run: (model: Model, world: World) => Promise<void> | void): Command {
  return {
    check: () => true,
    toString: () => text,
    run: async (model, world) => {
      await run(model, world);
      const [lane] = await world.store.ledger.openLanes(bot);
      assert.equal(lane?.holder?.fence ?? 0, model.fence, `the fence after ${text}`);
      const holders = world.workers.filter(({ hold }) => hold?.fence === model.fence);
      assert.ok(holders.length <= 1, "one holder");
      for (const { id: worker } of holders) assert.equal(lane?.holder?.worker, worker);
    },
  };
}

const slot = fc.nat({ max: slots - 1 });
const commands = fc.commands(
  [
    fc.integer({ min: 1, max: silentLooks + 2 }).map((ticks) =>
      command(`${ticks} ticks`, async (model, world) => {
        for (let tick = 0; tick < ticks; tick += 1) {
          model.tick();
          await world.tick();
        }
      }),
    ),
    fc.tuple(slot, fc.boolean()).map(([which, isPaused]) =>
      command(`${isPaused ? "pause" : "wake"} ${which}`, (model, world) => {
        const worker = world.workers[which];
        assert.ok(worker !== undefined);
        worker.isPaused = isPaused;
        model.pause(which, isPaused);
      }),
    ),
    slot.map((which) =>
      command(`kill ${which}`, (model, world) => {
        model.restart(which);
        world.restart(which);
      }),
    ),
    fc
      .tuple(slot, fc.integer({ min: -7_200_000, max: 7_200_000 }))
      .map(([which, ms]) =>
        command(`the clock of ${which} steps by ${ms}`, (_, world) => world.step(which, ms)),
      ),
  ],
  { maxCommands: 25, size: "max" },
);

test("the lane changes hands when the protocol says so, and only what is recorded happens twice", async () => {
  let takeovers = 0;
  let ignored = 0;
  let twice = 0;
  const property = fc.asyncProperty(commands, fc.boolean(), async (steps, seesEnds) => {
    const world = new World(seesEnds);
    const model = new Model(seesEnds);
    await create(
      world.store,
      campaign(id),
      Array.from({ length: people }, (_, index) => index + 1),
    );
    await fc.asyncModelRun(() => ({ model, real: world }), steps);
    for (const worker of world.workers) worker.isPaused = false;
    // All are awake: what is in flight anywhere is told, and taken or not.
    for (let tick = 0; tick < silentLooks + 2; tick += 1) await world.tick();
    let resent = 0;
    for (const row of await deliveriesOf(world.store, id)) {
      const made = world.requests.get(row.recipient) ?? 0;
      assert.ok(made <= 1 + row.resent, `${row.recipient}: ${made} requests, ${row.resent} resent`);
      if (row.state === "accepted") assert.ok(made > 0, row.recipient);
      const lost = await world.store.ledger.attemptsOf(id, row.recipient);
      assert.equal(lost.length, row.resent, "each resend has its reason");
      for (const { outcome } of lost)
        assert.deepEqual(outcome, { kind: "uncertain", reason: "worker-died" });
      resent += row.resent;
    }
    assert.ok(world.ignored <= resent, "an end that was not taken belongs to a resend");
    await counted(world.store, id);
    await world.store.close();
    takeovers += model.takeovers;
    ignored += world.ignored;
    twice += resent;
  });
  await fc.assert(property, { numRuns: 150 });
  assert.ok(takeovers > 20 && ignored > 0 && twice > 20, `${takeovers}, ${ignored}, ${twice}`);
});
