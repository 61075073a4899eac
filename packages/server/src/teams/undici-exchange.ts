import type { Dispatcher } from "undici";
import type {
  AnswerHeaders,
  TransportFailure,
  TransportRequest,
  TransportResult,
} from "./transport.ts";

type Reason = TransportFailure["reason"];

/**
 * One request and its answer, as undici's dispatch handler. Calls `resolve` exactly once, whatever undici does.
 * A request that was given up while it waited for a connection is withdrawn and never written.
 */
export class UndiciExchange implements Dispatcher.DispatchHandler {
  settled = false;
  readonly #request: TransportRequest;
  readonly #bytesMax: number;
  readonly #resolve: (result: TransportResult) => void;
  readonly #deadline: NodeJS.Timeout;
  readonly #onAbort: (() => void) | null;
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #headers: AnswerHeaders = {};
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(
    request: TransportRequest,
    bytesMax: number,
    resolve: (result: TransportResult) => void,
  ) {
    this.#request = request;
    this.#bytesMax = bytesMax;
    this.#resolve = resolve;
    this.#deadline = setTimeout(giveUp, request.timeoutMs, this);
    if (request.signal === undefined) {
      this.#onAbort = null;
    } else {
      this.#onAbort = () => this.#fail("aborted", "given up by the caller");
      if (request.signal.aborted) this.#onAbort();
      else request.signal.addEventListener("abort", this.#onAbort);
    }
  }

  /** undici is about to write the request. From here on it may have arrived. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Given up while it waited; or undici would write it a second time, which must not happen to a message.
    if (this.settled || this.#controller !== null) {
      controller.abort(new Error("given up"));
      return;
    }
    this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: AnswerHeaders,
  ): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#bytesMax) {
      this.#fail("too-large", `the answer is over ${this.#bytesMax} bytes`);
    } else {
      this.#chunks.push(chunk);
    }
  }

  onResponseEnd(): void {
    const [first] = this.#chunks;
    const whole = this.#chunks.length > 1 ? Buffer.concat(this.#chunks, this.#bytes) : first;
    this.#settle({
      kind: "answer",
      status: this.#status,
      headers: this.#headers,
      body: whole === undefined ? "" : whole.toString("utf8"),
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#fail(reasonOf(error), detailOf(error));
  }

  /** The request's time is over. */
  expire(): void {
    this.#fail("timeout", `no complete answer within ${this.#request.timeoutMs} ms`);
  }

  #fail(reason: Reason, detail: string): void {
    if (this.settled) return;
    const phase = this.#controller === null ? "not-sent" : "maybe-sent";
    this.#settle({ kind: "failed", phase, reason, detail });
    // Ends the connection; without effect where undici gave the request up itself.
    this.#controller?.abort(new Error(detail));
  }

  #settle(result: TransportResult): void {
    if (this.settled) return;
    this.settled = true;
    clearTimeout(this.#deadline);
    if (this.#onAbort !== null) this.#request.signal?.removeEventListener("abort", this.#onAbort);
    this.#resolve(result);
  }
}

function giveUp(exchange: UndiciExchange): void {
  exchange.expire();
}

const reasons: Readonly<Record<string, Reason>> = {
  UND_ERR_CONNECT_TIMEOUT: "timeout",
  UND_ERR_HEADERS_TIMEOUT: "timeout",
  UND_ERR_BODY_TIMEOUT: "timeout",
  ETIMEDOUT: "timeout",
  UND_ERR_HEADERS_OVERFLOW: "too-large",
  UND_ERR_RES_EXCEEDED_MAX_SIZE: "too-large",
};

function reasonOf(error: Error): Reason {
  return reasons[codeOf(error)] ?? "connection";
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}

function detailOf(error: Error): string {
  const text = error.message === "" ? codeOf(error) : `${codeOf(error)}: ${error.message}`;
  return text.slice(0, 300);
}
