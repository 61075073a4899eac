import { ProblemError } from "../../../../server/src/domain/errors.ts";
import type { Engine } from "../../../../server/src/engine/engine.ts";
import type { Clock } from "../../../../server/src/engine/ports/runtime.ts";
import { StopSignal } from "../../../../server/src/engine/stop-signal.ts";
import type { Processes } from "./processes.ts";
import type { RunningProcess } from "./service.ts";
import type { Trace } from "./trace.ts";

/** How somebody outside asks the service: some process of it, and another one where that does not answer. */
export class Asking {
  readonly #clock: Clock;
  readonly #processes: Processes;
  readonly #trace: Trace;

  constructor(clock: Clock, processes: Processes, trace: Trace) {
    this.#clock = clock;
    this.#processes = processes;
    this.#trace = trace;
  }

  /** A process that runs, another one each time; null where none does. */
  any(): RunningProcess | null {
    return this.#processes.any();
  }

  /** The answer of some process; a process that does not answer is given up, and another is asked. Throws what the service refuses. */
  async untilAnswered<T>(
    call: (engine: Engine, service: RunningProcess) => Promise<T>,
  ): Promise<T> {
    for (;;) {
      const service = this.any();
      const answer = service === null ? null : await this.#answered(call(service.engine, service));
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
}

const againMs = 700;
const answerMsMax = 10_000;
