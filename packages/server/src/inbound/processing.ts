import type { Activity } from "../domain/activity.ts";
import type { BotId } from "../domain/ids.ts";
import type { InboundStore, RawActivity } from "../engine/ports/inbound-store.ts";
import { parseActivity } from "../teams/parse-activity.ts";
import type { Dispatch } from "./bot-dispatch.ts";
import {
  type CodeEnd,
  type CodeRunner,
  type CodeSubject,
  createCodeRunner,
} from "./code-runner.ts";
import { ConversationChains } from "./conversation-chains.ts";
import { createFactLearner, type FactLearner, type FactLearnerDeps } from "./fact-learner.ts";
import { ProcessedMarks } from "./processed-marks.ts";

export interface ProcessingDeps extends FactLearnerDeps {
  readonly store: InboundStore;
  /** The bot's own code for an activity, or null. */
  find(activity: Activity): Dispatch | null;
  /** Told how the code of an invoke ended. */
  answered(key: string, end: CodeEnd): void;
}

/** An activity that is stored and waits to be processed. */
export type Stored = CodeSubject;

/** What names an activity for ever: where it happened, and its id there. */
export function keyOf(
  raw: Pick<RawActivity, "tenantId" | "conversationId" | "activityId">,
): string {
  return `${raw.tenantId} ${raw.conversationId} ${raw.activityId}`;
}

/**
 * Works off stored activities: learns what they teach in the order they came, then runs the bot's own code, one activity of
 * a conversation after another, and marks them processed. What does not fit into memory, or was left by an earlier process,
 * is taken from the store. Activities are processed at least once: again only when the process died in between.
 */
export class InboundProcessing {
  readonly #deps: ProcessingDeps;
  readonly #botId: BotId;
  readonly #learner: FactLearner;
  readonly #code: CodeRunner;
  /** Apart from the rest, so that no slow handler keeps a person waiting who pressed a button. */
  readonly #invokes: CodeRunner;
  readonly #answering = new Set<Promise<CodeEnd>>();
  readonly #chains = new ConversationChains(dispatchedMax);
  readonly #marks: ProcessedMarks;
  /** Keys of everything between its recording and its mark. */
  readonly #claimed = new Set<string>();
  #queue: Work[] = [];
  /** Came while the store is read; belongs behind what is read. */
  #late: Work[] = [];
  #reading = false;
  /** The store holds activities that are not in memory. */
  #behind = true;
  #stopping: AbortController | null = null;
  #ended: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;
  #idle: (() => void)[] = [];

  constructor(deps: ProcessingDeps, botId: BotId) {
    this.#deps = deps;
    this.#botId = botId;
    this.#learner = createFactLearner(deps, botId);
    this.#code = createCodeRunner(deps, runningMax);
    this.#invokes = createCodeRunner(deps, answeringMax);
    this.#marks = new ProcessedMarks(deps, (key) => this.#release(key));
  }

  /** Reserves an activity before it is recorded. False: it is here already. */
  claim(key: string): boolean {
    if (this.#claimed.has(key)) return false;
    this.#claimed.add(key);
    return true;
  }

  /** Gives a claim back: it was not recorded, or it was recorded long ago. */
  release(key: string): void {
    this.#release(key);
  }

  /** Takes a claimed activity that was recorded. */
  accept(stored: Stored): void {
    const held = this.#queue.length + this.#late.length + this.#chains.size;
    if (!this.#behind && held < heldMax) {
      this.#put({ ...stored, dispatch: this.#deps.find(stored.activity) });
      return;
    }
    this.#behind = true;
    this.#claimed.delete(stored.key);
    this.#wake();
  }

  /** Invokes that somebody waits for. */
  get answering(): number {
    return this.#answering.size;
  }

  /** Runs an invoke's code at once, for somebody waits for the answer; answers how it ended. Never rejects. */
  answer(stored: Stored, dispatch: Dispatch): Promise<CodeEnd> {
    const ending = this.#answer(stored, dispatch);
    this.#answering.add(ending);
    void ending.then(() => this.#answering.delete(ending));
    return ending;
  }

  start(): void {
    if (this.#stopping !== null) return;
    const stopping = new AbortController();
    this.#stopping = stopping;
    this.#behind = true;
    this.#ended = this.#loop(stopping.signal);
  }

  /** Ends after the code that runs now, or after `graceMs`; what is left is taken up by the next start. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping?.abort();
    this.#wake();
    this.#chains.close();
    await this.#ended;
    await this.#atMost(graceMs, Promise.all([this.#chains.drained(), ...this.#answering]));
    this.#code.abort();
    this.#invokes.abort();
    await Promise.all([this.#chains.drained(), ...this.#answering]);
    await this.#marks.flush();
    this.#queue = [];
    this.#late = [];
    this.#claimed.clear();
    this.#chains.open();
    this.#stopping = null;
    this.#tellIdle();
  }

  /** Resolves when everything recorded so far is processed and marked, or processing stops. */
  drain(): Promise<void> {
    if (this.#isIdle() || this.#stopping === null) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  async #answer(stored: Stored, dispatch: Dispatch): Promise<CodeEnd> {
    const learnt = await this.#learner.learnOnce(stored);
    const end = await this.#invokes.run(dispatch, stored, answerMsMax);
    if (end.end === "stopped") return end;
    this.#deps.answered(stored.key, end);
    if (learnt) this.#marks.add(stored);
    else this.#put({ ...stored, dispatch: null });
    return end;
  }

  #put(work: Work): void {
    (this.#reading ? this.#late : this.#queue).push(work);
    this.#wake();
  }

  async #loop(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      if (this.#queue.length === 0) {
        if (this.#behind) await this.#readStore(stop);
        else await this.#woken();
        continue;
      }
      const batch = this.#queue.splice(0, batchMax);
      await this.#learner.learn(batch, stop);
      for (const work of batch) {
        if (stop.aborted) return;
        await this.#dispatch(work);
      }
    }
  }

  async #readStore(stop: AbortSignal): Promise<void> {
    const limit = this.#claimed.size + readMax;
    this.#behind = false;
    this.#reading = true;
    try {
      const rows = await this.#deps.store.unprocessed(this.#botId, limit);
      const fresh = rows.filter((raw) => this.claim(keyOf(raw)));
      this.#queue.push(...fresh.map((raw) => this.#workOf(raw)));
      this.#behind ||= rows.length >= limit;
    } catch (error) {
      this.#failed("store", error);
      this.#behind = true;
      await this.#deps.clock.sleep(retryMs, stop);
    }
    this.#queue.push(...this.#late.splice(0));
    this.#reading = false;
    this.#tellIdle();
  }

  #workOf(raw: RawActivity): Work {
    const parsed = parseActivity(raw.body);
    const key = keyOf(raw);
    if (parsed.ok) {
      return { key, raw, activity: parsed.activity, dispatch: this.#deps.find(parsed.activity) };
    }
    // It was an activity when it was stored: the parser became stricter since. There is nothing left to do with it.
    this.#failed("parse", parsed.reason, raw);
    return { key, raw, activity: { type: "" }, dispatch: null };
  }

  async #dispatch(work: Work): Promise<void> {
    const { dispatch } = work;
    if (dispatch === null) {
      this.#marks.add(work);
      return;
    }
    await this.#chains.room();
    this.#chains.add(work.raw.conversationId, async () => {
      const end = await this.#code.run(dispatch, work, codeMsMax);
      if (end.end === "stopped") return;
      if (work.activity.type === "invoke") this.#deps.answered(work.key, end);
      this.#marks.add(work);
    });
  }

  async #atMost(ms: number, done: Promise<unknown>): Promise<void> {
    const waited = new AbortController();
    await Promise.race([done, this.#deps.clock.sleep(ms, waited.signal)]);
    waited.abort();
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #release(key: string): void {
    this.#claimed.delete(key);
    this.#tellIdle();
  }

  #isIdle(): boolean {
    return this.#claimed.size === 0 && !this.#behind && !this.#reading;
  }

  #tellIdle(): void {
    if (this.#idle.length === 0) return;
    if (!this.#isIdle() && this.#stopping !== null) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #failed(reason: string, error: unknown, raw?: RawActivity): void {
    this.#deps.log.error("inbound.failed", {
      reason,
      error: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
      conversationId: raw?.conversationId,
      activityId: raw?.activityId,
    });
  }
}

interface Work extends Stored {
  readonly dispatch: Dispatch | null;
}

/** Activities learnt from in one transaction. */
const batchMax = 128;
/** Activities in memory; more wait in the store. */
const heldMax = 2000;
/** Activities read from the store at a time. */
const readMax = 500;
/** Activities whose code runs or waits for its turn. */
const dispatchedMax = 1000;
/** Handlers that run at the same time. */
const runningMax = 64;
/** Invokes that are answered at the same time; more are asked to come again. */
export const answeringMax = 500;
/** Teams gives up on an invoke after about 15 s. */
const answerMsMax = 10_000;
/** Nobody waits for these, yet one that hangs must not hold its conversation for ever. */
const codeMsMax = 60_000;
const retryMs = 1000;
