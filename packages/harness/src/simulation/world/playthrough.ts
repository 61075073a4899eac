import { createEmulator } from "@carillon/emulator";
import type { Log } from "../../../../server/src/domain/log.ts";
import type { Target } from "../../../../server/src/domain/target.ts";
import type { Rng } from "../../../../server/src/engine/ports/runtime.ts";
import type { LedgerStore } from "../../../../server/src/engine/ports/store.ts";
import { openSqliteStore } from "../../../../server/src/store/sqlite/open.ts";
import { seededRandom } from "../../seeded-random.ts";
import { VirtualClock } from "../../virtual-clock.ts";
import { Audit } from "../check/audit.ts";
import { brokenPromises } from "../check/check.ts";
import { allSent, sentOf } from "../check/sent.ts";
import type { SimulationPlan } from "../plan/plan.ts";
import { processesMax } from "../plan/plan-processes.ts";
import type { SimulationReport } from "../simulate.ts";
import { Decisions } from "../watch/decisions.ts";
import { RunRecord } from "../watch/record.ts";
import { watchInboxes } from "../watch/watch-decisions.ts";
import { Asking } from "./asking.ts";
import { Audiences } from "./audiences.ts";
import { Clients } from "./clients.ts";
import { MachineClock, offBy } from "./machine-clock.ts";
import { emulatorNetwork } from "./network.ts";
import { Operators } from "./operators.ts";
import { Processes } from "./processes.ts";
import type { Sabotage } from "./sabotage.ts";
import type { Surroundings } from "./service.ts";
import { StoreWeather } from "./store-weather.ts";
import type { Trace } from "./trace.ts";

/** After the last fault everything ends within this much virtual time: the longest backoff, twice, and the work itself. */
const endsWithinMs = 30 * 60_000;
/** How long requests are waited for whose client gave up; and, once there are none, whether something comes late. */
const stragglersMs = 40_000;
const lingerMs = 8_000;
/** How often the ledger is looked into meanwhile. */
const auditMs = 20_000;
/** One way; the emulator's own latency is the plan's, so that it knows what may be under way. */
const networkMs = 2;
/** Enough for the messages of a few days. */
const messagesKept = 1_000_000;

/** One plan as it is played: the world, the processes in it, and what was seen. */
export class Playthrough {
  readonly #plan: SimulationPlan;
  readonly #trace: Trace;
  readonly #clock = new VirtualClock();
  readonly #openedAt = this.#clock.now();
  readonly #record = new RunRecord();
  readonly #world: Surroundings;
  readonly #processes: Processes;
  readonly #audit: Audit;
  /** The ledger as the checks see it. */
  readonly #ledger: LedgerStore;
  /** When the plan's time begins. */
  #startedAt = Number.POSITIVE_INFINITY;
  #lookedAt = this.#clock.now();
  #cast: Cast | null = null;

  constructor(plan: SimulationPlan, trace: Trace, sabotage: Sabotage) {
    this.#plan = plan;
    this.#trace = trace;
    const clock = this.#clock;
    const luck = (of: number) => seededRandom(plan.luck * 16 + of);
    const emulator = createEmulator({
      clock,
      rng: luck(0),
      seed: plan.seed,
      people: plan.people,
      teams: plan.teams,
      rps: plan.ratePerSecond,
      latencyMs: plan.latencyMs,
      keepMessages: messagesKept,
      botEndpoint: "http://127.0.0.1/api/messages",
      post: (_url, init) => this.#post(init),
    });
    const decisions = new Decisions();
    const machine = new MachineClock(clock);
    const storeWeather = new StoreWeather(clock, luck(1), plan);
    this.#world = {
      clock,
      machine,
      machineOf: (process) => offBy(machine, plan.processes[process]?.skewMs ?? 0),
      rngs: plan.processes.map((_, index) => luck(3 + index)),
      idDigits: plan.processes.map((_, index) => digitsOf(luck(3 + processesMax + index))),
      store: openSqliteStore(":memory:", {
        schedule: (run) => void clock.sleep(storeWeather.commitMs()).then(run),
      }),
      transport: emulatorNetwork(
        {
          clock,
          rng: luck(2),
          emulator: watchInboxes(emulator, { decisions, record: this.#record, clock }),
          trace,
        },
        { latencyMs: networkMs, tokenMs: plan.tokenMs, isOut: () => this.#isOut() },
      ),
      emulator,
      log: traceLog(clock, trace),
      record: this.#record,
      decisions,
      sabotage,
      ratePerSecond: plan.ratePerSecond,
      storeWeather,
    };
    this.#processes = new Processes(this.#world, plan, trace);
    const { store } = this.#world;
    this.#ledger = (sabotage.store?.(store) ?? store).ledger;
    this.#audit = new Audit(this.#ledger, this.#record, decisions);
  }

  /** The beginning, in which the bot is installed without trouble. */
  async open(): Promise<void> {
    const { clock, machine, emulator, record, storeWeather } = this.#world;
    this.#processes.start();
    await this.#settle(() => this.#processes.running().length > 0, 60_000);
    let threads: readonly Target[] | null = null;
    void this.#install().then((made) => {
      threads = made;
    });
    if (!(await this.#settle(() => threads !== null, 600_000)))
      record.breaks("every-delivery-ends", "the installs did not end");
    await this.#settle(() => false, 1_000);
    const trace = this.#trace;
    const { decisions } = this.#world;
    const asking = new Asking(clock, this.#processes, trace);
    const people = new Audiences(emulator, threads ?? []);
    const parts = { clock, emulator, asking, people, record, decisions, trace };
    this.#cast = { clients: new Clients(parts), operators: new Operators(parts) };
    this.#startedAt = clock.now();
    storeWeather.begin(this.#startedAt);
    machine.setAt(
      this.#plan.clockSteps.map(({ at, byMs }) => ({ at: this.#startedAt + at, byMs })),
    );
    this.#processes.arm(this.#startedAt);
  }

  async play(): Promise<void> {
    const cast = this.#cast;
    if (cast === null) throw new Error("open comes first");
    let busy = 0;
    for (const step of this.#steps(cast)) {
      await this.#until(this.#startedAt + step.at);
      busy += 1;
      // An operator whose process dies is never answered; nobody waits for that.
      void step
        .does()
        .catch((error: unknown) => this.#trace.add(this.#clock.now(), `! ${String(error)}`))
        .finally(() => {
          busy -= 1;
        });
    }
    await this.#settle(() => busy === 0, 60_000);
    await this.#untilAllIsOver(cast.operators);
  }

  async close(): Promise<SimulationReport> {
    const { store, emulator, machine, record, decisions } = this.#world;
    await this.#stop();
    await this.#audit.look({ all: true });
    const sent = await allSent(this.#ledger);
    const startedAt = this.#startedAt;
    const clients = this.#cast?.clients ?? null;
    const machineNow = machine.now();
    const plan = this.#plan;
    const seen = { plan, emulator, record, decisions, clients, sent, startedAt, machineNow };
    const broken = [...record.broken, ...(await brokenPromises(this.#ledger, seen))];
    for (const { id, mark } of sent) {
      const { counts } = await this.#ledger.counts(id);
      this.#trace.add(this.#clock.now(), `${mark} ${JSON.stringify(counts)}`);
    }
    await store.close();
    return {
      seed: this.#plan.seed,
      broken,
      hash: this.#trace.digest(),
      lines: this.#trace.lines,
      tail: this.#trace.tail,
      accepted: emulator.counts().accepted,
      lives: this.#processes.lives,
      ended: this.#processes.ended,
      diedAt: this.#processes.diedAt,
      virtualMs: this.#clock.now() - this.#openedAt,
    };
  }

  /** Everything that the plan says is to happen, in the order of time. */
  #steps({ clients, operators }: Cast) {
    const { campaigns, notifications, acts, weather, calmAt } = this.#plan;
    const changes = weather.flatMap(({ from, until }) => [from, until]);
    return [
      ...campaigns.map((one) => ({ at: one.at, does: () => clients.begin(one) })),
      ...notifications.map((one) => ({ at: one.at, does: () => clients.notify(one) })),
      ...acts.map((act) => ({ at: act.at, does: () => operators.act(act) })),
      ...changes.map((at) => ({ at, does: async () => this.#change(at) })),
      { at: calmAt, does: () => this.#calm(operators) },
    ].sort((a, b) => a.at - b.at);
  }

  /** Everybody and every place gets the app; answers a thread of each team. */
  async #install(): Promise<readonly Target[]> {
    const { emulator } = this.#world;
    const threads: Target[] = [];
    await emulator.install("all");
    for (const { index } of emulator.chats()) await emulator.install({ chat: index });
    for (const team of emulator.teams()) {
      await emulator.install({ team: team.index });
      const [member] = emulator.members({ team: team.index }).items;
      const channel = team.channels.at(-1)?.id ?? team.id;
      if (member === undefined) continue;
      const { activityId } = await emulator.say(member.index, "hello", { conversation: channel });
      threads.push({ thread: { channel, rootId: activityId } });
    }
    return threads;
  }

  /** The weather changes to what is planned from `at` on. */
  #change(at: number): void {
    const { weather, luck } = this.#plan;
    const now = weather.filter(({ from, until }) => from <= at && at < until);
    const rates = now.flatMap((one) => one.rates);
    const rules = now.flatMap((one) => one.rules ?? []);
    this.#world.emulator.setFaults(now.length === 0 ? null : { rates, rules, seed: luck + at });
  }

  async #calm(operators: Operators): Promise<void> {
    this.#world.emulator.setFaults(null);
    this.#processes.calm();
    await operators.calm();
  }

  #isOut(): boolean {
    const now = this.#clock.now() - this.#startedAt;
    return this.#plan.outages.some(({ from, until }) => from <= now && now < until);
  }

  async #post(init: { readonly headers: Readonly<Record<string, string>>; readonly body: string }) {
    const service = this.#processes.any();
    if (service === null) return { status: 503, text: async () => "" };
    const request = new Request("http://127.0.0.1/api/messages", {
      method: "POST",
      headers: init.headers,
      body: init.body,
    });
    const response = await service.inbound.handle(request);
    return { status: response.status, text: () => response.text() };
  }

  async #untilAllIsOver(operators: Operators): Promise<void> {
    const end = this.#clock.now() + endsWithinMs;
    for (;;) {
      const open = await this.#audit.open();
      if (open.length === 0) break;
      if (this.#clock.now() >= end) {
        for (const { what } of open)
          this.#record.breaks(
            "every-delivery-ends",
            `${what}, ${endsWithinMs / 60_000} minutes after the last fault`,
          );
        break;
      }
      for (const { campaign } of open)
        if (campaign.state === "paused") operators.resume(sentOf(campaign));
      await this.#settle(() => false, 1_000);
    }
    await this.#look();
    await this.#settle(() => this.#world.transport.inFlight === 0, stragglersMs);
    await this.#settle(() => false, lingerMs);
  }

  async #stop(): Promise<void> {
    await this.#settle(
      () => this.#processes.running().length === this.#plan.processes.length,
      60_000,
    );
    let stopped = 0;
    const running = this.#processes.running();
    for (const one of running)
      void one.stop().then(() => {
        stopped += 1;
        this.#record.stopped.add(one.life);
      });
    if (!(await this.#settle(() => stopped === running.length, 60_000)))
      this.#record.breaks("stops-cleanly", "a process did not stop within a minute");
  }

  /** Lets time pass until an instant, and looks into the ledger now and then. */
  async #until(at: number): Promise<void> {
    while (this.#clock.now() < at) {
      const lookAt = this.#lookedAt + auditMs;
      await this.#settle(() => false, Math.min(at, lookAt) - this.#clock.now());
      if (this.#clock.now() >= lookAt) await this.#look();
    }
  }

  async #look(): Promise<void> {
    this.#lookedAt = this.#clock.now();
    await this.#audit.look();
  }

  #settle(done: () => boolean, withinMs: number): Promise<boolean> {
    return this.#clock.runUntil(done, withinMs);
  }
}

/** Who acts in a world from outside the service. */
interface Cast {
  readonly clients: Clients;
  readonly operators: Operators;
}

/** Chance for ids, of a process's own. */
function digitsOf(rng: Rng): () => bigint {
  return () => BigInt(Math.floor(rng() * 36 ** 10));
}

function traceLog(clock: VirtualClock, trace: Trace): Log {
  const add: Log["info"] = (event, fields) =>
    trace.add(clock.now(), `${event} ${JSON.stringify(fields ?? {})}`);
  return { info: add, warn: add, error: add };
}
