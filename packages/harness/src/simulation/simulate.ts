import { createEmulator, type Emulator } from "@carillon/emulator";
import type { Log } from "../../../server/src/domain/log.ts";
import type { Target } from "../../../server/src/domain/target.ts";
import { openSqliteStore } from "../../../server/src/store/sqlite/open.ts";
import { countedIds, seededRandom } from "../seeded-random.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { emulatorTransport } from "./emulator-transport.ts";
import { brokenPromises, type Sent } from "./invariants.ts";
import { markIn, markOf } from "./message-marks.ts";
import type { PlannedAct, PlannedCampaign, SimulationPlan } from "./plan.ts";
import { type SimulatedService, type Surroundings, startService } from "./service.ts";
import { Trace } from "./trace.ts";

/** What a run showed. It held when `broken` is empty. */
export interface SimulationReport {
  readonly seed: number;
  /** One sentence for each broken promise. */
  readonly broken: readonly string[];
  /** The same for the same plan, always. */
  readonly hash: string;
  readonly lines: number;
  readonly tail: readonly string[];
  readonly accepted: number;
  readonly lives: number;
  /** How much time passed in it. */
  readonly virtualMs: number;
}

/** After the last fault everything ends within this much virtual time: the longest backoff, twice, and the work itself. */
export const endsWithinMs = 30 * 60_000;

/** Plays a plan: real engine, real SQL, real connector client and the emulator, in one process and virtual time. */
export async function simulate(
  plan: SimulationPlan,
  watch: ((line: string) => void) | null = null,
): Promise<SimulationReport> {
  const run = new Run(plan, new Trace(watch));
  await run.open();
  await run.play();
  return run.close();
}

const lastAcceptedLinger = 5_000;
/** One way; the emulator's own latency is the plan's, so that it knows what may be under way. */
const networkMs = 2;

class Run {
  readonly #plan: SimulationPlan;
  readonly #trace: Trace;
  readonly #clock = new VirtualClock();
  readonly #startedAt = this.#clock.now();
  readonly #emulator: Emulator;
  readonly #store;
  readonly #world: Surroundings;
  /** By the plan's index; a campaign whose process died before it was known has none. */
  readonly #campaigns = new Map<number, Sent>();
  readonly #broken: string[] = [];
  #service: SimulatedService | null = null;
  #lives = 0;
  #faults = false;

  constructor(plan: SimulationPlan, trace: Trace) {
    this.#plan = plan;
    this.#trace = trace;
    const clock = this.#clock;
    const rng = seededRandom(plan.seed * 7 + 1);
    this.#emulator = createEmulator({
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
    this.#store = openSqliteStore(":memory:");
    const at = this.#startedAt;
    const transport = emulatorTransport(
      { clock, rng, emulator: this.#emulator, trace },
      {
        latencyMs: networkMs,
        outages: plan.outages.map(({ from, until }) => ({ from: at + from, until: at + until })),
      },
    );
    this.#world = {
      clock,
      rng,
      ids: countedIds(),
      store: this.#store,
      transport,
      emulator: this.#emulator,
      log: traceLog(clock, trace),
      ratePerSecond: plan.ratePerSecond,
      storeFailures: () => (this.#faults ? plan.storeFailures : 0),
    };
  }

  /** The first life, in which the bot is installed without trouble. */
  async open(): Promise<void> {
    this.#live(Number.POSITIVE_INFINITY);
    await this.#settle(() => this.#service !== null, 60_000);
    let installed = false;
    const parts = [
      this.#emulator.install("all"),
      ...this.#emulator.teams().map((team) => this.#emulator.install({ team: team.index })),
    ];
    void Promise.all(parts).then(() => {
      installed = true;
    });
    if (!(await this.#settle(() => installed, 600_000)))
      this.#broken.push("the installs did not end");
    await this.#settle(() => false, 1_000);
    this.#faults = true;
    this.#emulator.setFaults({ rates: this.#plan.faults, seed: this.#plan.seed });
    this.#service?.life.endAfter(this.#plan.lives[0] ?? Number.POSITIVE_INFINITY);
  }

  async play(): Promise<void> {
    const { campaigns, notifications, acts, calmAt } = this.#plan;
    const from = this.#clock.now();
    const steps = [
      ...campaigns.map((campaign, index) => ({
        at: campaign.at,
        does: () => this.#begin(campaign, index),
      })),
      ...notifications.map((one, index) => ({
        at: one.at,
        does: () => this.#notify(one.person, index),
      })),
      ...acts.map((act) => ({ at: act.at, does: () => this.#act(act) })),
      { at: calmAt, does: async () => this.#calm() },
    ].sort((a, b) => a.at - b.at);
    for (const step of steps) {
      await this.#settle(() => false, Math.max(0, from + step.at - this.#clock.now()));
      // A step whose process dies under it never ends; nobody waits for it.
      void step
        .does()
        .catch((error: unknown) => this.#trace.add(this.#clock.now(), `! ${String(error)}`));
    }
    for (const { id } of this.#campaigns.values())
      void this.#service?.engine.campaigns.resume(id).catch(() => {});
    await this.#untilAllIsOver();
  }

  async close(): Promise<SimulationReport> {
    const { ledger } = this.#world.store;
    const all = await this.#sent();
    const broken = [...this.#broken, ...(await brokenPromises(this.#emulator, ledger, all))];
    let stopped = false;
    await this.#settle(() => this.#service !== null, 60_000);
    void this.#service?.engine.stop().then(() => {
      stopped = true;
    });
    if (!(await this.#settle(() => stopped, 60_000))) broken.push("the engine did not stop");
    for (const { id, mark } of all) {
      const { counts } = await ledger.counts(id);
      this.#trace.add(this.#clock.now(), `${mark} ${JSON.stringify(counts)}`);
    }
    await this.#store.close();
    return {
      seed: this.#plan.seed,
      broken,
      hash: this.#trace.digest(),
      lines: this.#trace.lines,
      tail: this.#trace.tail,
      accepted: this.#emulator.counts().accepted,
      lives: this.#lives,
      virtualMs: this.#clock.now() - this.#startedAt,
    };
  }

  #calm(): void {
    this.#faults = false;
    this.#emulator.setFaults(null);
  }

  /** Starts a process; when it dies, the next one starts a little later. */
  #live(endsAfter: number): void {
    this.#lives += 1;
    const life = this.#lives;
    this.#trace.add(this.#clock.now(), `life ${life} begins`);
    const end = (why: string) => {
      this.#trace.add(this.#clock.now(), `life ${life} ends: ${why}`);
      this.#service = null;
      const next = this.#plan.lives[life] ?? Number.POSITIVE_INFINITY;
      void this.#clock.sleep(2_000).then(() => this.#live(next));
    };
    startService(this.#world).then(
      (service) => {
        this.#service = service;
        service.life.endAfter(endsAfter);
        service.life.onEnd(() => end("killed"));
      },
      // A process that cannot start says so and ends; its supervisor starts it again.
      (error: unknown) => end(String(error)),
    );
  }

  async #post(init: { readonly headers: Readonly<Record<string, string>>; readonly body: string }) {
    const service = this.#service;
    if (service === null) return { status: 503, text: async () => "" };
    const request = new Request("http://127.0.0.1/api/messages", {
      method: "POST",
      headers: init.headers,
      body: init.body,
    });
    const response = await service.inbound.handle(request);
    return { status: response.status, text: () => response.text() };
  }

  async #begin(campaign: PlannedCampaign, index: number): Promise<void> {
    const engine = this.#service?.engine;
    if (engine === undefined) return;
    const mark = markOf(index);
    const { priority, onUncertain, ratePerSecond } = campaign;
    const created = await engine.campaigns.create({
      name: mark,
      message: { text: `${mark} for \${person.id}` },
      audience: this.#audience(campaign.audience),
      priority,
      onUncertain,
      ...(ratePerSecond === null ? {} : { ratePerSecond }),
    });
    const sent = { id: created.id, mark };
    this.#campaigns.set(index, sent);
    await engine.campaigns.start(created.id);
  }

  #audience(kind: PlannedCampaign["audience"]) {
    const some = this.#someUsers();
    const team = this.#emulator.team(0).id;
    if (kind === "some") return { include: [...some, { user: "nobody@contoso.example" }] };
    if (kind === "team") return { include: [{ team, as: "members" as const }, ...some] };
    const everyone = { include: [{ everyone: true as const }] };
    return kind === "everyone" ? everyone : { ...everyone, exclude: some };
  }

  #someUsers(): readonly Target[] {
    return [0, 1, 2, 5, 7].map((index) => {
      const person = this.#emulator.person(index);
      return { user: index % 2 === 0 ? person.aadObjectId : person.userPrincipalName };
    });
  }

  async #notify(person: number, index: number): Promise<void> {
    const engine = this.#service?.engine;
    if (engine === undefined) return;
    const mark = markOf(`n${index}`);
    await engine.notifications.create({
      to: { user: this.#emulator.person(person).aadObjectId },
      message: { text: `${mark} hello` },
      idempotencyKey: mark,
    });
  }

  async #act(act: PlannedAct): Promise<void> {
    if ("person" in act) {
      if (act.act === "install" || act.act === "uninstall")
        await this.#emulator[act.act](act.person);
      else if (act.act === "say") await this.#emulator.say(act.person, "hello");
      else this.#emulator[act.act](act.person);
      return;
    }
    const campaign = this.#campaigns.get(act.campaign);
    if (campaign === undefined) return;
    await this.#service?.engine.campaigns[act.act](campaign.id);
    this.#trace.add(this.#clock.now(), `${campaign.mark} ${act.act} took effect`);
    if (act.act === "pause" || act.act === "cancel") this.#checkQuiet(campaign, act.act);
  }

  /** Once a pause or cancel took effect, no more of the campaign's messages start on their way. */
  #checkQuiet(campaign: Sent, act: string): void {
    const before = this.#onTheirWay(campaign);
    void this.#clock.sleep(1_000).then(async () => {
      const state = (await this.#world.store.ledger.getCampaign(campaign.id))?.state;
      const wanted = act === "pause" ? "paused" : "cancelled";
      if (state !== wanted) return;
      const { counts } = await this.#world.store.ledger.counts(campaign.id);
      this.#trace.add(this.#clock.now(), `${campaign.mark} ${counts.sending} sending after ${act}`);
      if (this.#onTheirWay(campaign) > before + this.#inFlightMax())
        this.#broken.push(`${campaign.mark} went on after ${act}`);
    });
  }

  #onTheirWay({ mark }: Sent): number {
    let count = 0;
    for (const { body } of this.#emulator.acceptedMessages()) if (body.includes(mark)) count += 1;
    return count;
  }

  /** What can be on its way within the longest journey at the full rate. */
  #inFlightMax(): number {
    return Math.ceil((this.#plan.ratePerSecond * this.#plan.latencyMs * 1.5) / 1000) + 1;
  }

  async #untilAllIsOver(): Promise<void> {
    const end = this.#clock.now() + endsWithinMs;
    for (;;) {
      const open = await this.#open();
      if (open.length === 0) break;
      if (this.#clock.now() >= end) {
        this.#broken.push(
          ...open.map((what) => `${what}, ${endsWithinMs / 60_000} minutes after the last fault`),
        );
        break;
      }
      await this.#settle(() => false, 1_000);
    }
    await this.#settle(() => false, lastAcceptedLinger);
  }

  /** What is not over yet; whatever was paused is resumed. */
  async #open(): Promise<readonly string[]> {
    const { ledger } = this.#world.store;
    const open: string[] = [];
    for (const { id, mark } of await this.#sent()) {
      const state = (await ledger.getCampaign(id))?.state ?? "draft";
      const { pending, sending } = (await ledger.counts(id)).counts;
      if (state === "paused") void this.#service?.engine.campaigns.resume(id).catch(() => {});
      const moves = ["scheduled", "expanding", "sending", "paused"].includes(state);
      if (moves || (state !== "draft" && pending + sending > 0))
        open.push(`${mark} is ${state} with ${pending} pending, ${sending} sending`);
    }
    return open;
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
