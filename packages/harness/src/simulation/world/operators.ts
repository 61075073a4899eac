import type { Emulator } from "@carillon/emulator";
import { ProblemError } from "../../../../server/src/domain/errors.ts";
import type { CampaignId } from "../../../../server/src/domain/ids.ts";
import type { Campaigns } from "../../../../server/src/engine/engine.ts";
import type { Clock } from "../../../../server/src/engine/ports/runtime.ts";
import type { Sent } from "../check/sent.ts";
import type {
  PlannedAct,
  PlannedDecision,
  PlannedPersonAct,
  PlannedStep,
  PlannedTeamAct,
} from "../plan/plan.ts";
import { type Decisions, retryOf } from "../watch/decisions.ts";
import { editionOf, markOf } from "../watch/message-marks.ts";
import type { RunRecord } from "../watch/record.ts";
import type { Asking } from "./asking.ts";
import type { Audiences } from "./audiences.ts";
import type { RunningProcess } from "./service.ts";
import type { Trace } from "./trace.ts";

/** What people do in Teams, and operators with campaigns. */
export class Operators {
  readonly #clock: Clock;
  readonly #emulator: Emulator;
  readonly #asking: Asking;
  readonly #people: Audiences;
  readonly #record: RunRecord;
  readonly #decisions: Decisions;
  readonly #trace: Trace;
  /** Teams that the bot was taken out of. */
  readonly #without = new Set<number>();
  #editions = 0;
  #questions = 0;

  constructor(parts: {
    readonly clock: Clock;
    readonly emulator: Emulator;
    readonly asking: Asking;
    readonly people: Audiences;
    readonly record: RunRecord;
    readonly decisions: Decisions;
    readonly trace: Trace;
  }) {
    this.#clock = parts.clock;
    this.#emulator = parts.emulator;
    this.#asking = parts.asking;
    this.#people = parts.people;
    this.#record = parts.record;
    this.#decisions = parts.decisions;
    this.#trace = parts.trace;
  }

  act(act: PlannedAct): Promise<void> {
    switch (act.act) {
      case "remove-team":
      case "add-team":
        return this.#team(act);
      case "edit":
      case "recall":
      case "retry":
        return this.#decide(act);
      case "start":
      case "pause":
      case "resume":
      case "cancel":
        return this.#press(act);
      default:
        return this.#person(act);
    }
  }

  /** Puts the bot back where it was taken out: a campaign that leaves out a team's members waits for its roster. */
  async calm(): Promise<void> {
    for (const team of [...this.#without]) await this.#team({ act: "add-team", team });
  }

  /** Lets go on whatever is paused. */
  resume({ id, mark }: Sent): void {
    const engine = this.#asking.any()?.engine;
    if (engine === undefined) return;
    this.#decisions.resumed.add(mark);
    void this.#record.resumes(mark, () => engine.campaigns.resume(id)).catch(() => {});
  }

  async #person(act: PlannedPersonAct): Promise<void> {
    const { person } = act;
    if (act.act === "install" || act.act === "uninstall") await this.#emulator[act.act](person);
    else if (act.act === "say") await this.#emulator.say(person, "hello");
    else if (act.act === "ask") await this.#question(person);
    else if (act.act === "leave") {
      const { id } = this.#people.team(act.team);
      await this.#emulator.removeMember(id, person);
    } else this.#emulator[act.act](person);
  }

  /** The bot's own code answers with the mark that the question has. */
  async #question(person: number): Promise<void> {
    this.#questions += 1;
    const mark = markOf(`q${this.#questions}`);
    const { status } = await this.#emulator.say(person, `ask ${mark}`);
    if (status === 200) this.#decisions.questions.add(mark);
  }

  async #team({ act, team: number }: PlannedTeamAct): Promise<void> {
    const { index: team } = this.#people.team(number);
    if (act === "remove-team") {
      this.#without.add(number);
      await this.#emulator.uninstall({ team });
      return;
    }
    this.#without.delete(number);
    // Teams delivers again what the bot did not take.
    for (let tries = 0; tries < 100; tries += 1) {
      if ((await this.#emulator.install({ team })).failed === 0) return;
      await this.#clock.sleep(againMs);
    }
  }

  async #decide(act: PlannedDecision): Promise<void> {
    const id = await this.#idOf(act);
    if (id === null) return;
    const mark = markOf(act.campaign);
    if (act.act === "retry") {
      // Once: who asks again after an answer that got lost may mean what has failed since.
      const retried = await this.#asking.any()?.engine.campaigns.retry(id, retryOf(act.of));
      if (retried !== undefined) this.#tell(mark, "retry");
      return;
    }
    const decide = act.act === "edit" ? this.#edit(id, mark) : this.#recall(id, mark);
    await (act.isTwice === true ? Promise.all([decide(), decide()]) : decide());
  }

  #edit(id: CampaignId, mark: string): () => Promise<void> {
    this.#editions += 1;
    const edition = editionOf(this.#editions);
    const message = { text: `${mark} ${edition} for \${person.id}` };
    const idempotencyKey = `${mark} ${edition}`;
    return async () => {
      await this.#asking.untilAnswered((engine) =>
        engine.campaigns.edit(id, { message, idempotencyKey }),
      );
      this.#tell(mark, "edit");
    };
  }

  #recall(id: CampaignId, mark: string): () => Promise<void> {
    return async () => {
      let process = 0;
      await this.#asking.untilAnswered((engine, service) => {
        process = service.process;
        return engine.campaigns.recall(id);
      });
      this.#tell(mark, "recall");
      this.#record.quiet(mark, { act: "cancel", at: this.#clock.now(), process });
    };
  }

  async #press(step: PlannedStep): Promise<void> {
    const id = await this.#idOf(step);
    if (id === null) return;
    const at = this.#clock.now();
    const presses = [this.#asking.any(), step.isTwice === true ? this.#asking.any() : null];
    const ends = await Promise.allSettled(
      presses.flatMap((service) => (service === null ? [] : this.#step(step, id, service))),
    );
    const refused = ends.filter((end) => end.status === "rejected" && isConflict(end.reason));
    if (refused.length === 1 && ends.some(({ status }) => status === "fulfilled"))
      this.#decisions.disagreed.push({ mark: markOf(step.campaign), act: step.act, at });
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }

  /** Once; an operator who gets no answer does not know. */
  async #step(
    { act, campaign, ofChange = false }: PlannedStep,
    id: CampaignId,
    service: RunningProcess,
  ): Promise<void> {
    const mark = ofChange ? id : markOf(campaign);
    const moved = () => service.engine.campaigns[act](id);
    if (act === "resume") this.#decisions.resumed.add(mark);
    await (act === "resume" ? this.#record.resumes(mark, moved) : moved());
    this.#tell(mark, act);
    if (act === "pause" || act === "cancel")
      this.#record.quiet(mark, { act, at: this.#clock.now(), process: service.process });
  }

  /** The campaign that an act is about, or its newest change; null where there is none yet, or no process to ask. */
  async #idOf(act: PlannedStep | PlannedDecision): Promise<CampaignId | null> {
    const id = this.#decisions.begun.get(markOf(act.campaign))?.id ?? null;
    if (id === null || !("ofChange" in act) || act.ofChange !== true) return id;
    const service = this.#asking.any();
    if (service === null) return null;
    const { changes }: Awaited<ReturnType<Campaigns["get"]>> =
      await service.engine.campaigns.get(id);
    return changes[0]?.id ?? null;
  }

  #tell(mark: string, act: string): void {
    this.#trace.add(this.#clock.now(), `${mark} ${act} took effect`);
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof ProblemError && error.code === "CAMPAIGN_STATE_CONFLICT";
}

const againMs = 700;
