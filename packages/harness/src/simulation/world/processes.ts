import type { PlannedEnd, SimulationPlan } from "../plan/plan.ts";
import { Life } from "./life.ts";
import { type RunningProcess, type Surroundings, startService } from "./service.ts";
import type { Trace } from "./trace.ts";

/** The service's processes and their supervisors, each of which starts its process again when it has ended. */
export class Processes {
  readonly #world: Surroundings;
  readonly #plan: SimulationPlan;
  readonly #trace: Trace;
  readonly #slots: Slot[];
  #lives = 0;
  #asked = 0;
  readonly #diedAt: string[] = [];
  /** From when on lives end and processes stand still; before that everything is well. */
  #troubleFrom = Number.POSITIVE_INFINITY;

  constructor(world: Surroundings, plan: SimulationPlan, trace: Trace) {
    this.#world = world;
    this.#plan = plan;
    this.#trace = trace;
    this.#slots = plan.processes.map((_, index) => ({
      index,
      ended: 0,
      life: null,
      service: null,
    }));
  }

  /** How many lives there were. */
  get lives(): number {
    return this.#lives;
  }

  /** How many planned ends came true. */
  get ended(): number {
    return this.#slots.reduce((sum, { ended }) => sum + ended, 0);
  }

  /** The calls at which lives ended that were to end at a call. */
  get diedAt(): readonly string[] {
    return this.#diedAt;
  }

  start(): void {
    for (const slot of this.#slots) this.#live(slot);
  }

  /** From `startedAt` on lives end and processes stand still as planned. */
  arm(startedAt: number): void {
    this.#troubleFrom = startedAt;
    for (const slot of this.#slots) if (slot.life !== null) this.#armNext(slot, slot.life);
  }

  /** From now on no life ends any more. */
  calm(): void {
    this.#troubleFrom = Number.POSITIVE_INFINITY;
    for (const { life } of this.#slots) life?.dieBy(null);
  }

  /** A running process, a different one each time; null where none runs. */
  any(): RunningProcess | null {
    const running = this.running();
    this.#asked += 1;
    return running[this.#asked % running.length] ?? null;
  }

  /** Those that run. */
  running(): readonly RunningProcess[] {
    return this.#slots.flatMap(({ service }) => (service === null ? [] : [service]));
  }

  #live(slot: Slot): void {
    this.#lives += 1;
    const number = this.#lives;
    const { clock, record } = this.#world;
    const machine = this.#world.machineOf(slot.index);
    const life = new Life({ real: clock, machine }, () => this.#freezesOf(slot));
    slot.life = life;
    this.#tell(slot, `life ${number} begins`);
    life.onEnd(() => {
      this.#tell(slot, `life ${number} ends`);
      record.ended.add(number);
      if (life.diedAt !== null) this.#diedAt.push(life.diedAt);
      record.cutOffs.push({ life: number, at: clock.now() });
      slot.service = null;
      const end = this.#nextEnd(slot);
      const isPlanned = end !== null && clock.now() >= this.#troubleFrom + end.from;
      if (isPlanned) slot.ended += 1;
      void clock.sleep(end?.restartMs ?? restartMs).then(() => this.#live(slot));
    });
    this.#armNext(slot, life);
    if (life.ended) return;
    const who = { process: slot.index, life: number, seesEnds: this.#plan.seesEnds };
    startService(this.#world, life, who).then(
      (service) => {
        if (!life.ended) slot.service = service;
      },
      // A process that cannot start says so and ends.
      (error: unknown) => {
        this.#tell(slot, `life ${number} ${String(error)}`);
        life.kill();
      },
    );
  }

  /** Makes the slot's next end come true in this life, once it is time for it. */
  #armNext(slot: Slot, life: Life): void {
    const end = this.#nextEnd(slot);
    if (end === null) return;
    const { clock } = this.#world;
    const waitMs = this.#troubleFrom + end.from - clock.now();
    const arm = () => {
      if (life.ended || this.#troubleFrom === Number.POSITIVE_INFINITY) return;
      if ("stop" in end) void this.#stop(slot, life);
      else life.dieBy(end);
    };
    if (waitMs <= 0) arm();
    else void clock.sleep(waitMs).then(arm);
  }

  /** Ends a process as a deployment does: it takes no more requests, and is given time to end what it began. */
  async #stop(slot: Slot, life: Life): Promise<void> {
    const { service } = slot;
    if (service === null) return life.kill();
    slot.service = null;
    this.#tell(slot, "is told to stop");
    await service.stop();
    this.#world.record.stopped.add(service.life);
    this.#tell(slot, "has stopped");
    life.kill();
  }

  #freezesOf(slot: Slot) {
    const from = this.#troubleFrom;
    if (from === Number.POSITIVE_INFINITY) return [];
    const freezes = this.#plan.processes[slot.index]?.freezes ?? [];
    return freezes.map((span) => ({ from: from + span.from, until: from + span.until }));
  }

  #nextEnd(slot: Slot): PlannedEnd | null {
    if (this.#troubleFrom === Number.POSITIVE_INFINITY) return null;
    return this.#plan.processes[slot.index]?.ends[slot.ended] ?? null;
  }

  #tell(slot: Slot, what: string): void {
    this.#trace.add(this.#world.clock.now(), `process ${slot.index}: ${what}`);
  }
}

interface Slot {
  readonly index: number;
  /** How many of its planned ends came true. */
  ended: number;
  life: Life | null;
  service: RunningProcess | null;
}

const restartMs = 2_000;
