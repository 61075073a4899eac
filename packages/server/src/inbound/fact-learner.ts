import type { DirectoryFact } from "../domain/directory.ts";
import { StoreError } from "../domain/errors.ts";
import type { BotId } from "../domain/ids.ts";
import type { Log } from "../domain/log.ts";
import type { Clock } from "../engine/ports/runtime.ts";
import { factsOf } from "./activity-facts.ts";
import type { CodeSubject } from "./code-runner.ts";
import { saidAtOf } from "./said-at.ts";

export interface FactLearnerDeps {
  readonly clock: Clock;
  readonly log: Log;
  learn(facts: readonly DirectoryFact[]): Promise<void>;
}

/** Teaches the directory what activities say. */
export interface FactLearner {
  /**
   * Learns from activities in their order, tried again for as long as the store cannot write or `stop` aborts. One that cannot
   * be learnt from by itself is logged and passed over, so that it does not keep the others from being. Never rejects.
   */
  learn(subjects: readonly CodeSubject[], stop: AbortSignal): Promise<void>;
  /** Tries once. False: nothing was learnt, which is logged. */
  learnOnce(subject: CodeSubject): Promise<boolean>;
}

export function createFactLearner(deps: FactLearnerDeps, botId: BotId): FactLearner {
  async function attempt(subjects: readonly CodeSubject[]): Promise<"learnt" | Failure> {
    const facts = subjects.flatMap(({ activity, raw }) => {
      const saidAt = saidAtOf(activity, raw.receivedAt);
      return factsOf(activity, botId, raw.tenantId).map((fact) => ({ ...fact, saidAt }));
    });
    try {
      if (facts.length > 0) await deps.learn(facts);
      return "learnt";
    } catch (error) {
      const [{ raw } = { raw: undefined }, second] = subjects;
      const one = second === undefined ? raw : undefined;
      deps.log.error("inbound.failed", {
        reason: "learn",
        error: String(error),
        activities: subjects.length,
        conversationId: one?.conversationId,
        activityId: one?.activityId,
      });
      return failureOf(error);
    }
  }

  async function learnOne(subject: CodeSubject, stop: AbortSignal): Promise<void> {
    for (let tries = 1; !stop.aborted; tries += 1) {
      const result = await attempt([subject]);
      if (result === "learnt" || result === "bug") return;
      if (result === "unclear" && tries >= unclearTriesMax) return;
      await deps.clock.sleep(retryMs, stop);
    }
  }

  async function learn(subjects: readonly CodeSubject[], stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const result = await attempt(subjects);
      if (result === "learnt") return;
      if (result !== "wait") break;
      await deps.clock.sleep(retryMs, stop);
    }
    for (const one of subjects) await learnOne(one, stop);
  }

  return { learn, learnOnce: async (subject) => (await attempt([subject])) === "learnt" };
}

/** `wait`: the store will take it later. `unclear`: it may be the store or the facts. `bug`: it is the facts. */
type Failure = "wait" | "unclear" | "bug";

function failureOf(error: unknown): Failure {
  if (!(error instanceof StoreError)) return "bug";
  return error.code === "STORE_FAILED" ? "unclear" : "wait";
}

const retryMs = 1000;
const unclearTriesMax = 30;
