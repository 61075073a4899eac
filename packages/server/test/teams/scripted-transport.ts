import type { LogEvent, LogFields } from "../../src/domain/log.ts";
import type { Clock } from "../../src/engine/ports/runtime.ts";
import type {
  AnswerHeaders,
  Transport,
  TransportFailure,
  TransportRequest,
  TransportResult,
} from "../../src/teams/transport.ts";

type Step = TransportResult | Promise<TransportResult>;

/** Answers requests by a function, and keeps them. */
export class ScriptedTransport implements Transport {
  readonly requests: TransportRequest[] = [];
  readonly #answer: (request: TransportRequest, index: number) => Step;

  constructor(answer: (request: TransportRequest, index: number) => Step) {
    this.#answer = answer;
  }

  async request(request: TransportRequest): Promise<TransportResult> {
    this.requests.push(request);
    return this.#answer(request, this.requests.length - 1);
  }
}

/** An HTTP answer; a body that is no string is serialised. */
export function answer(
  status: number,
  body: unknown = "",
  headers: AnswerHeaders = {},
): TransportResult {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { kind: "answer", status, headers, body: text };
}

/** A failure of the connection. */
export function failed(
  phase: TransportFailure["phase"],
  reason: TransportFailure["reason"],
): TransportFailure {
  return { kind: "failed", phase, reason, detail: `scripted ${reason}` };
}

/** The value of a header in a request's list. */
export function headerIn(request: TransportRequest | undefined, name: string): string | undefined {
  const at = request?.headers.indexOf(name) ?? -1;
  return at < 0 ? undefined : request?.headers[at + 1];
}

/** A clock that stands still until it is moved. */
export class StandingClock implements Clock {
  at = Date.UTC(2026, 10, 24, 12);

  now(): number {
    return this.at;
  }

  async sleep(ms: number): Promise<void> {
    this.at += ms;
  }
}

/** Keeps every event as one line of JSON. */
export function keptLog() {
  const lines: string[] = [];
  const keep = (event: LogEvent, fields?: LogFields) => {
    lines.push(JSON.stringify({ event, ...fields }));
  };
  return { lines, info: keep, warn: keep, error: keep };
}
