import type { PlannedEnd, SimulationPlan } from "../plan/plan.ts";
import { Life } from "./life.ts";
import { type RunningProcess, type Surroundings, startService } from "./service.ts";
import type { Trace } from "./trace.ts";

/** The service's processes and their supervisors, each of which starts its process again when it has died. */
export class Processes {
  readonly #world: Surroundings;
  readonly #plan: SimulationPlan;
  readonly #trace: Trace;
  readonly #slots: Slot[];
  #lives = 0;
  #asked = 0;
  /** From when on lives end and processes stand still; before that everything is well. */
  #troubleFrom = Number.POSITIVE_INFINITY;

  constructor(world: Surroundings, plan: SimulationPlan, trace: Trace) {
    this.#world = world;
    this.#plan = plan;
    this.#trace = trace;
    this.#slots = plan.processes.map((_, index) => ({
      index,
      lives: 0,
      life: null,
      end: null,
      service: null,
    }));
  }

  /** How many lives there were. */
  get lives(): number {
    return this.#lives;
  }

  start(): void {
    for (const slot of this.#slots) this.#live(slot);
  }

  /** From `startedAt` on lives end and processes stand still as planned. */
  arm(startedAt: number): void {
    this.#troubleFrom = startedAt;
    for (const slot of this.#slots) {
      slot.end = this.#nextEnd(slot);
      slot.life?.endAt(slot.end);
    }
  }

  /** From now on no life ends any more. */
  calm(): void {
    this.#troubleFrom = Number.POSITIVE_INFINITY;
    for (const { life } of this.#slots) life?.endAt(null);
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
    const life = new Life(clock, () => this.#freezesOf(slot));
    const tell = (what: string) =>
      this.#trace.add(clock.now(), `process ${slot.index}: life ${number} ${what}`);
    tell("begins");
    slot.life = life;
    slot.end = this.#nextEnd(slot);
    life.endAt(slot.end);
    life.onEnd(() => {
      tell("ends");
      record.ended.add(number);
      record.cutOffs.push({ life: number, at: clock.now() });
      slot.service = null;
      void clock.sleep(slot.end?.restartMs ?? restartMs).then(() => this.#live(slot));
    });
    const who = { process: slot.index, life: number, seesEnds: this.#plan.seed % 2 === 0 };
    startService(this.#world, life, who).then(
      (service) => {
        if (!life.ended) slot.service = service;
      },
      // A process that cannot start says so and ends.
      (error: unknown) => {
        tell(String(error));
        life.kill();
      },
    );
  }

  #freezesOf(slot: Slot) {
    const from = this.#troubleFrom;
    if (from === Number.POSITIVE_INFINITY) return [];
    const freezes = this.#plan.processes[slot.index]?.freezes ?? [];
    return freezes.map((span) => ({ from: from + span.from, until: from + span.until }));
  }

  #nextEnd(slot: Slot): PlannedEnd | null {
    if (this.#troubleFrom === Number.POSITIVE_INFINITY) return null;
    slot.lives += 1;
    return this.#plan.processes[slot.index]?.ends[slot.lives - 1] ?? null;
  }
}

interface Slot {
  readonly index: number;
  /** Lives begun since trouble began. */
  lives: number;
  life: Life | null;
  /** How this life ends. */
  end: PlannedEnd | null;
  service: RunningProcess | null;
}

const restartMs = 2_000;
