import { createEmulator, type Emulator } from "@carillon/emulator";
import type { Log } from "../../../../server/src/domain/log.ts";
import type { Target } from "../../../../server/src/domain/target.ts";
import { openSqliteStore } from "../../../../server/src/store/sqlite/open.ts";
import { countedIds, seededRandom } from "../../seeded-random.ts";
import { VirtualClock } from "../../virtual-clock.ts";
import { brokenPromises } from "../check/check.ts";
import type { SimulationPlan } from "../plan/plan.ts";
import type { SimulationReport } from "../simulate.ts";
import { markIn } from "../watch/message-marks.ts";
import { RunRecord } from "../watch/record.ts";
import { Clients, type Sent } from "./clients.ts";
import { emulatorNetwork } from "./network.ts";
import { Processes } from "./processes.ts";
import type { Sabotage } from "./sabotage.ts";
import type { Surroundings } from "./service.ts";
import type { Trace } from "./trace.ts";

/** After the last fault everything ends within this much virtual time: the longest backoff, twice, and the work itself. */
const endsWithinMs = 30 * 60_000;
/** How long stragglers are waited for: requests whose client gave up. */
const lingerMs = 40_000;
/** One way; the emulator's own latency is the plan's, so that it knows what may be under way. */
const networkMs = 2;

/** One plan as it is played: the world, the processes in it, and what was seen. */
export class Playthrough {
  readonly #plan: SimulationPlan;
  readonly #trace: Trace;
  readonly #clock = new VirtualClock();
  readonly #openedAt = this.#clock.now();
  readonly #record = new RunRecord();
  readonly #world: Surroundings;
  readonly #processes: Processes;
  /** When the plan's time begins. */
  #startedAt = Number.POSITIVE_INFINITY;
  #clients: Clients | null = null;

  constructor(plan: SimulationPlan, trace: Trace, sabotage: Sabotage) {
    this.#plan = plan;
    this.#trace = trace;
    const clock = this.#clock;
    const rng = seededRandom(plan.seed * 7 + 1);
    const emulator = createEmulator({
      clock,
      rng: seededRandom(plan.seed * 7 + 2),
      seed: plan.seed,
      people: plan.people,
      teams: plan.teams,
      rps: plan.ratePerSecond,
      latencyMs: plan.latencyMs,
      botEndpoint: "http://127.0.0.1/api/messages",
      post: (_url, init) => this.#post(init),
    });
    this.#world = {
      clock,
      rng,
      ids: countedIds(),
      store: openSqliteStore(":memory:", {
        schedule: (run) => void clock.sleep(plan.commitMs).then(run),
      }),
      transport: emulatorNetwork(
        { clock, rng, emulator, trace },
        { latencyMs: networkMs, tokenMs: plan.tokenMs, isOut: () => this.#isIn(plan.outages) },
      ),
      emulator,
      log: traceLog(clock, trace),
      record: this.#record,
      sabotage,
      ratePerSecond: plan.ratePerSecond,
      storeFailures: (call) => this.#storeFailures(call),
    };
    this.#processes = new Processes(this.#world, plan, trace);
  }

  get #emulator(): Emulator {
    return this.#world.emulator;
  }

  /** The beginning, in which the bot is installed without trouble. */
  async open(): Promise<void> {
    this.#processes.start();
    await this.#settle(() => this.#processes.running().length > 0, 60_000);
    let threads: readonly Target[] | null = null;
    void this.#install().then((made) => {
      threads = made;
    });
    if (!(await this.#settle(() => threads !== null, 600_000)))
      this.#record.breaks("every-delivery-ends", "the installs did not end");
    await this.#settle(() => false, 1_000);
    const { clock, emulator, record } = this.#world;
    this.#clients = new Clients(
      { clock, emulator, record, processes: this.#processes, trace: this.#trace },
      threads ?? [],
    );
    this.#startedAt = clock.now();
    emulator.setFaults({ rates: this.#plan.faults, seed: this.#plan.seed });
    this.#processes.arm(this.#startedAt);
  }

  async play(): Promise<void> {
    const { campaigns, notifications, acts, calmAt } = this.#plan;
    const clients = this.#clients;
    if (clients === null) throw new Error("open comes first");
    const steps = [
      ...campaigns.map((one, index) => ({ at: one.at, does: () => clients.begin(one, index) })),
      ...notifications.map((one, index) => ({
        at: one.at,
        does: () => clients.notify(one, index),
      })),
      ...acts.map((act) => ({ at: act.at, does: () => clients.act(act) })),
      { at: calmAt, does: async () => this.#calm() },
    ].sort((a, b) => a.at - b.at);
    let busy = 0;
    for (const step of steps) {
      await this.#settle(() => false, Math.max(0, this.#startedAt + step.at - this.#clock.now()));
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
    await this.#untilAllIsOver(clients);
  }

  async close(): Promise<SimulationReport> {
    const { store, emulator, record, sabotage } = this.#world;
    const sent = await this.#sent();
    await this.#stop();
    const { ledger } = sabotage.store?.(store) ?? store;
    const seen = { plan: this.#plan, emulator, record, clients: this.#clients, sent };
    const broken = [...record.broken, ...(await brokenPromises(ledger, seen))];
    for (const { id, mark } of sent) {
      const { counts } = await ledger.counts(id);
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
      virtualMs: this.#clock.now() - this.#openedAt,
    };
  }

  /** Everybody and every place gets the app; answers a thread of each team. */
  async #install(): Promise<readonly Target[]> {
    const emulator = this.#emulator;
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

  #calm(): void {
    this.#emulator.setFaults(null);
    this.#processes.calm();
  }

  #storeFailures(call: string): number {
    const now = this.#clock.now() - this.#startedAt;
    const shares = this.#plan.storeTroubles
      .filter(({ from, until }) => from <= now && now < until)
      .filter(({ calls }) => calls === null || calls.includes(call));
    return Math.max(0, ...shares.map(({ share }) => share));
  }

  #isIn(spans: SimulationPlan["outages"]): boolean {
    const now = this.#clock.now() - this.#startedAt;
    return spans.some(({ from, until }) => from <= now && now < until);
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

  async #untilAllIsOver(clients: Clients): Promise<void> {
    const end = this.#clock.now() + endsWithinMs;
    for (;;) {
      const open = await this.#open(clients);
      if (open.length === 0) break;
      if (this.#clock.now() >= end) {
        for (const what of open)
          this.#record.breaks(
            "every-delivery-ends",
            `${what}, ${endsWithinMs / 60_000} minutes after the last fault`,
          );
        break;
      }
      await this.#settle(() => false, 1_000);
    }
    await this.#settle(() => false, lingerMs);
  }

  /** What is not over yet; whatever was paused is resumed. */
  async #open(clients: Clients): Promise<readonly string[]> {
    const { ledger } = this.#world.store;
    const open: string[] = [];
    for (const one of await this.#sent()) {
      const state = (await ledger.getCampaign(one.id))?.state ?? "draft";
      const { pending, sending } = (await ledger.counts(one.id)).counts;
      if (state === "paused") clients.resume(one);
      const moves = ["scheduled", "expanding", "sending", "paused"].includes(state);
      if (moves || (state !== "draft" && pending + sending > 0))
        open.push(`${one.mark} is ${state} with ${pending} pending, ${sending} sending`);
    }
    return open;
  }

  async #stop(): Promise<void> {
    await this.#settle(
      () => this.#processes.running().length === this.#plan.processes.length,
      60_000,
    );
    let stopped = 0;
    const running = this.#processes.running();
    for (const { engine } of running)
      void engine.stop().then(() => {
        stopped += 1;
      });
    if (!(await this.#settle(() => stopped === running.length, 60_000)))
      this.#record.breaks("stops-cleanly", "an engine did not stop within a minute");
  }

  /** All that the ledger holds, also what was stored by a process that died before it could say so. */
  async #sent(): Promise<readonly Sent[]> {
    const { ledger } = this.#world.store;
    const pages = [
      await ledger.listCampaigns({ kind: "campaign", limit: 1000 }),
      await ledger.listCampaigns({ kind: "notification", limit: 1000 }),
    ];
    return pages
      .flatMap(({ items }) => items)
      .map(({ id, message }) => ({
        id,
        mark: markIn(JSON.stringify(message)) ?? `unmarked ${id}`,
      }));
  }

  #settle(done: () => boolean, withinMs: number): Promise<boolean> {
    return this.#clock.runUntil(done, withinMs);
  }
}

function traceLog(clock: VirtualClock, trace: Trace): Log {
  const add: Log["info"] = (event, fields) =>
    trace.add(clock.now(), `${event} ${JSON.stringify(fields ?? {})}`);
  return { info: add, warn: add, error: add };
}
