import { ConnectionReset, type Emulator } from "@carillon/emulator";
import type { Clock, Rng } from "../../../../server/src/engine/ports/runtime.ts";
import { StopSignal } from "../../../../server/src/engine/stop-signal.ts";
import type {
  Transport,
  TransportRequest,
  TransportResult,
} from "../../../../server/src/teams/transport.ts";
import { markIn } from "../watch/message-marks.ts";
import type { Trace } from "./trace.ts";

/** The network between the service and the emulator, in virtual time. */
export interface NetworkOptions {
  /** One way, in ms; each packet takes between half and one and a half of it. */
  readonly latencyMs: number;
  /** How long the login host takes for a token. */
  readonly tokenMs: number;
  /** Whether nobody answers at all, now. */
  isOut(): boolean;
}

/** A network that knows what is under way in it, also what nobody waits for any more. */
export interface Network extends Transport {
  readonly inFlight: number;
}

/** Carries requests to an emulator in the same process: latency, outages and time-outs pass in virtual time only. */
export function emulatorNetwork(
  deps: {
    readonly clock: Clock;
    readonly rng: Rng;
    readonly emulator: Emulator;
    readonly trace: Trace;
  },
  options: NetworkOptions,
): Network {
  const { clock, rng, emulator, trace } = deps;
  const travel = () => clock.sleep(Math.round(options.latencyMs * (0.5 + rng())));
  const login = (path: string) => (path.endsWith("/token") ? clock.sleep(options.tokenMs) : null);

  let inFlight = 0;

  async function exchange(request: TransportRequest): Promise<TransportResult> {
    inFlight += 1;
    await travel();
    try {
      const answer = await emulator.exchange({
        method: request.method,
        target: request.url.slice(new URL(request.url).origin.length),
        headers: headersOf(request.headers),
        body: request.body ?? "",
      });
      await travel();
      await login(new URL(request.url).pathname);
      return { kind: "answer", ...answer };
    } catch (error) {
      if (!(error instanceof ConnectionReset)) throw error;
      await travel();
      return lost("connection", error.message);
    } finally {
      inFlight -= 1;
    }
  }

  return {
    get inFlight() {
      return inFlight;
    },
    async request(request) {
      const mark = markIn(request.body ?? "") ?? "";
      const what = `${mark} ${request.method} ${new URL(request.url).pathname}`;
      trace.add(clock.now(), `→ ${what}`);
      const result = options.isOut()
        ? await refused(clock)
        : await within(clock, exchange(request), request);
      const how = result.kind === "answer" ? result.status : `${result.phase} ${result.reason}`;
      trace.add(clock.now(), `← ${what} ${how}`);
      return result;
    },
  };
}

async function refused(clock: Clock): Promise<TransportResult> {
  await clock.sleep(1);
  return { kind: "failed", phase: "not-sent", reason: "connection", detail: "nobody answers" };
}

/** The exchange, or a time-out, or that the caller waits no more; what was sent still takes effect on the other side. */
async function within(
  clock: Clock,
  exchange: Promise<TransportResult>,
  { timeoutMs, signal }: TransportRequest,
): Promise<TransportResult> {
  // Not an `AbortController`: what it makes of a reason costs more than all the rest here.
  const bell = new StopSignal();
  const timeout = clock.sleep(timeoutMs, bell).then(() => lost("timeout", "no answer in time"));
  let stopListening = () => {};
  const aborted = new Promise<TransportResult>((resolve) => {
    const onAbort = () => resolve(lost("aborted", "nobody waits for the answer any more"));
    if (signal?.aborted) onAbort();
    signal?.addEventListener("abort", onAbort);
    stopListening = () => signal?.removeEventListener("abort", onAbort);
  });
  const result = await Promise.race([exchange, timeout, aborted]);
  bell.abort();
  stopListening();
  return result;
}

function lost(reason: "timeout" | "connection" | "aborted", detail: string): TransportResult {
  return { kind: "failed", phase: "maybe-sent", reason, detail };
}

function headersOf(list: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let index = 0; index + 1 < list.length; index += 2)
    headers[(list[index] ?? "").toLowerCase()] = list[index + 1] ?? "";
  return headers;
}
