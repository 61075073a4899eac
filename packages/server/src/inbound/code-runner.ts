import type { Activity } from "../domain/activity.ts";
import type { Log } from "../domain/log.ts";
import type { RawActivity } from "../engine/ports/inbound-store.ts";
import type { Clock } from "../engine/ports/runtime.ts";
import type { Dispatch } from "./bot-dispatch.ts";
import type { CardAnswer } from "./bot-events.ts";

/** How the bot's code ended: with an answer or none, by throwing, not in time, or because processing stops. */
export type CodeEnd =
  | { readonly end: "answered"; readonly answer: CardAnswer | undefined }
  | { readonly end: "failed" }
  | { readonly end: "late" }
  | { readonly end: "stopped" };

/** The activity that the code is run for. */
export interface CodeSubject {
  readonly key: string;
  readonly raw: RawActivity;
  readonly activity: Activity;
}

/** Runs the bot's own code within a limit of time. */
export interface CodeRunner {
  /** Never rejects: what the code throws is logged. Code that is late is told by its signal, and goes on unheeded. */
  run(dispatch: Dispatch, subject: CodeSubject, limitMs: number): Promise<CodeEnd>;
  /** Ends what runs now as `stopped`, and tells that code by its signal. */
  abort(): void;
}

/** At most `runningMax` run at a time; others wait for their turn, first come first served. */
export function createCodeRunner(
  deps: { readonly clock: Clock; readonly log: Log },
  runningMax: number,
): CodeRunner {
  const running = new Set<() => void>();
  const waiting: (() => void)[] = [];
  let free = runningMax;

  async function turn(): Promise<void> {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  }
  function giveBack(): void {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  }

  /** Races the code against its time limit and against `abort`. */
  async function race(
    dispatch: Dispatch,
    { activity, raw, key }: CodeSubject,
    limitMs: number,
  ): Promise<CodeEnd & { readonly error?: unknown }> {
    const over = new AbortController();
    const ended = new AbortController();
    let stop = () => {};
    const stopped = new Promise<CodeEnd>((resolve) => {
      stop = () => resolve({ end: "stopped" });
    });
    running.add(stop);
    const result = await Promise.race([
      dispatch({ activity, tenantId: raw.tenantId, key }, over.signal).then(
        (answer) => ({ end: "answered", answer }) as const,
        (error: unknown) => ({ end: "failed", error }) as const,
      ),
      deps.clock.sleep(limitMs, ended.signal).then(() => ({ end: "late" }) as const),
      stopped,
    ]);
    ended.abort();
    running.delete(stop);
    if (result.end === "late" || result.end === "stopped") over.abort();
    return result;
  }

  return {
    async run(dispatch, subject, limitMs) {
      await turn();
      const result = await race(dispatch, subject, limitMs);
      giveBack();
      if (result.end !== "answered") {
        deps.log.error("inbound.failed", {
          reason: `the bot's own code: ${result.end}`,
          error: result.error === undefined ? undefined : String(result.error),
          type: subject.activity.type,
          conversationId: subject.raw.conversationId,
          activityId: subject.raw.activityId,
        });
      }
      return result;
    },
    abort() {
      for (const stop of running) stop();
    },
  };
}
