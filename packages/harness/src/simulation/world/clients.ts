import type { Emulator } from "@carillon/emulator";
import { ProblemError } from "../../../../server/src/domain/errors.ts";
import type { Audience, Target } from "../../../../server/src/domain/target.ts";
import type { Engine } from "../../../../server/src/engine/engine.ts";
import type { Clock } from "../../../../server/src/engine/ports/runtime.ts";
import { StopSignal } from "../../../../server/src/engine/stop-signal.ts";
import type { Sent } from "../check/sent.ts";
import type {
  PlannedAct,
  PlannedAudience,
  PlannedCampaign,
  PlannedNotification,
  PlannedOptions,
  PlannedTarget,
} from "../plan/plan.ts";
import { markOf } from "../watch/message-marks.ts";
import type { RunRecord } from "../watch/record.ts";
import type { Processes } from "./processes.ts";
import type { Trace } from "./trace.ts";

/** What the clients of the service do: they ask again, under the same key, until they are answered. */
export class Clients {
  readonly #clock: Clock;
  readonly #emulator: Emulator;
  readonly #processes: Processes;
  readonly #record: RunRecord;
  readonly #trace: Trace;
  /** A post in each team that replies go to. */
  readonly #threads: readonly Target[];
  /** By the plan's number, once it is known. */
  readonly #campaigns = new Map<number, Sent>();
  /** What was asked for, by mark, in rows whose order counts. */
  readonly rows: (readonly string[])[] = [];
  readonly audiences = new Map<string, Audience>();

  constructor(
    parts: {
      readonly clock: Clock;
      readonly emulator: Emulator;
      readonly processes: Processes;
      readonly record: RunRecord;
      readonly trace: Trace;
    },
    threads: readonly Target[],
  ) {
    this.#clock = parts.clock;
    this.#emulator = parts.emulator;
    this.#processes = parts.processes;
    this.#record = parts.record;
    this.#trace = parts.trace;
    this.#threads = threads;
  }

  /** Makes a campaign, and starts it. */
  async begin(planned: PlannedCampaign): Promise<void> {
    const { number, ratePerSecond } = planned;
    const mark = markOf(number);
    const audience = this.#audience(planned.audience, number);
    this.audiences.set(mark, audience);
    const request = {
      name: mark,
      message: { text: `${mark} for \${person.id}` },
      audience,
      idempotencyKey: mark,
      ...(ratePerSecond !== null && { ratePerSecond }),
      ...this.#options(planned, mark),
    };
    const create = () => this.#ask((engine) => engine.campaigns.create(request));
    const created = await create();
    if (planned.isAskedTwice) await create();
    this.#campaigns.set(number, { id: created.id, mark });
    const start = () => this.#ask((engine) => engine.campaigns.start(created.id));
    await (planned.isStartedTwice ? Promise.all([start(), start()]) : start());
  }

  /** Asks for notifications, each once the one before is stored. */
  async notify(planned: PlannedNotification): Promise<void> {
    const target = this.#target(planned.to);
    const marks = Array.from({ length: planned.inARow }, (_, at) =>
      markOf(`n${planned.number}x${at}`),
    );
    this.rows.push(marks);
    for (const mark of marks) {
      this.audiences.set(mark, { include: [target] });
      const message = { text: `${mark} hello` };
      const options = this.#options(planned, mark);
      const request = { to: target, message, idempotencyKey: mark, ...options };
      await this.#ask((engine) => engine.notifications.create(request));
    }
  }

  async act(act: PlannedAct): Promise<void> {
    if (!("person" in act)) return this.#operate(act.act, act.campaign);
    if (act.act === "install" || act.act === "uninstall") await this.#emulator[act.act](act.person);
    else if (act.act === "say") await this.#emulator.say(act.person, "hello");
    else this.#emulator[act.act](act.person);
  }

  #options({ priority, onUncertain, expiresInMs, sendInMs }: PlannedOptions, mark: string) {
    const now = this.#clock.now();
    if (expiresInMs !== null) this.#record.expiry.set(mark, now + expiresInMs);
    return {
      priority,
      onUncertain,
      ...(expiresInMs !== null && { expiresAt: now + expiresInMs }),
      ...(sendInMs !== null && { sendAt: now + sendInMs }),
    };
  }

  /** Once; an operator who gets no answer does not know. */
  async #operate(act: "start" | "pause" | "resume" | "cancel", number: number): Promise<void> {
    const campaign = this.#campaigns.get(number);
    const service = this.#processes.any();
    if (campaign === undefined || service === null) return;
    const { id, mark } = campaign;
    const moved = () => service.engine.campaigns[act](id);
    await (act === "resume" ? this.#record.resumes(mark, moved) : moved());
    const at = this.#clock.now();
    this.#trace.add(at, `${mark} ${act} took effect`);
    if (act === "pause" || act === "cancel")
      this.#record.quiet(mark, { act, at, process: service.process });
  }

  /** Lets go on whatever is paused. */
  resume({ id, mark }: Sent): void {
    const engine = this.#processes.any()?.engine;
    if (engine === undefined) return;
    void this.#record.resumes(mark, () => engine.campaigns.resume(id)).catch(() => {});
  }

  /** The answer of some process; a process that does not answer is given up, and another is asked. Throws what the service refuses. */
  async #ask<T>(call: (engine: Engine) => Promise<T>): Promise<T> {
    for (;;) {
      const service = this.#processes.any();
      const answer = service === null ? null : await this.#answered(call(service.engine));
      if (answer !== null) return answer.value;
      await this.#clock.sleep(againMs);
    }
  }

  async #answered<T>(asked: Promise<T>): Promise<{ readonly value: T } | null> {
    const bell = new StopSignal();
    const given = this.#clock.sleep(answerMsMax, bell).then(() => null);
    const value = asked.then(
      (answer) => ({ value: answer }),
      (error: unknown) => {
        if (error instanceof ProblemError && error.code !== "SERVICE_UNAVAILABLE") throw error;
        this.#trace.add(this.#clock.now(), `! ${String(error)}`);
        return null;
      },
    );
    try {
      return await Promise.race([value, given]);
    } finally {
      bell.abort();
    }
  }

  #audience(kind: PlannedAudience, index: number): Audience {
    const everyone = { include: [{ everyone: true as const }] };
    const team = this.#team(index).id;
    switch (kind) {
      case "everyone":
        return everyone;
      case "some":
        return { include: this.#someUsers() };
      case "places":
        return { include: [...this.#places(index), ...this.#someUsers()] };
      case "team":
        return { include: [{ team, as: "members" }, ...this.#someUsers()] };
      case "everyone-but-some":
        return { ...everyone, exclude: this.#someUsers() };
      case "everyone-but-team":
        return { ...everyone, exclude: [{ team, as: "members" }] };
    }
  }

  #places(index: number): readonly Target[] {
    const numbers = [{ chat: index }, { channel: index }, { thread: index }, { general: index }];
    return numbers.map((planned) => this.#target(planned));
  }

  #target(planned: PlannedTarget): Target {
    if ("person" in planned) return { user: this.#emulator.person(planned.person).aadObjectId };
    if ("chat" in planned) return { chat: pick(this.#emulator.chats(), planned.chat).id };
    if ("thread" in planned) return pick(this.#threads, planned.thread);
    if ("general" in planned) return { team: this.#team(planned.general).id, as: "general" };
    const { channels } = this.#team(planned.channel);
    return { channel: pick(channels, planned.channel).id };
  }

  /** Some by a name that the service has to look up: those that are in a team, where it can. */
  #someUsers(): readonly Target[] {
    const members = this.#emulator
      .teams()
      .flatMap(({ index }) => this.#emulator.members({ team: index }, { limit: 1_000 }).items);
    const inTeams = new Set(members.map(({ index }) => index));
    const { total } = this.#emulator.people({ limit: 1 });
    return [0, 1, 2, 5, 7]
      .filter((index) => index < total)
      .map((index) => {
        const person = this.#emulator.person(index);
        const byName = index % 2 === 1 && inTeams.has(index);
        return { user: byName ? person.userPrincipalName : person.aadObjectId };
      });
  }

  #team(number: number) {
    return pick(this.#emulator.teams(), number);
  }
}

function pick<T>(of: readonly T[], number: number): T {
  const picked = of[number % of.length];
  if (picked === undefined) throw new Error("nothing to pick from");
  return picked;
}

const againMs = 700;
const answerMsMax = 10_000;
