import { hasPassed } from "../domain/elapsed.ts";
import type { JsonObject } from "../domain/message.ts";
import type { Signal } from "../domain/signal.ts";
import type { Answer, ConnectorAddress } from "../engine/ports/connector.ts";
import type { Clock } from "../engine/ports/runtime.ts";
import type { OperationName } from "./operations.ts";
import {
  fromFailure,
  fromStaleToken,
  fromTokenFailure,
  fromUntrustedHost,
  type ReadAnswer,
  readOutcome,
} from "./outcome.ts";
import type { Token, TokenSource } from "./token-source.ts";
import type { HeaderList, Transport } from "./transport.ts";
import type { TrustedHosts } from "./trusted-hosts.ts";

/** One operation of the connector as a request, without host and token. */
export interface Call {
  readonly operation: OperationName;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below the service URL, percent-encoded, without a leading slash. */
  readonly path: string;
  /** Serialised JSON. */
  readonly body?: string;
}

/**
 * Makes a call at an address: at most one request. Where a 401 is likely the token's fault the answer says so, and a fresh token
 * is on its way: whoever called may call again. Never rejects.
 */
export type Caller = (
  address: ConnectorAddress,
  call: Call,
  signal: Signal | undefined,
) => Promise<ReadAnswer>;

export interface CallerDeps {
  readonly transport: Transport;
  readonly tokens: TokenSource;
  readonly clock: Clock;
}

export interface CallerOptions {
  readonly trusted: TrustedHosts;
  /** Where to call when the address has no service URL; null where the cloud has none. */
  readonly globalServiceUrl: string | null;
  /** For one request, from asking for a connection to the answer's last byte. */
  readonly timeoutMs: number;
}

/** A token this young was just acquired: when Teams does not know the bot then, the token is not to blame. */
const freshTokenMs = 60_000;

/** The path from an operation to its outcome: trusted host, token, request, reading of the answer. */
export function createCaller(deps: CallerDeps, options: CallerOptions): Caller {
  const { tokens, clock } = deps;
  const headersOf = createHeaders();

  async function attempt(
    url: string,
    token: Token,
    call: Call,
    signal: Signal | undefined,
  ): Promise<ReadAnswer> {
    const { json, plain } = headersOf(token);
    const startedAt = clock.now();
    const result = await deps.transport.request({
      method: call.method,
      url,
      timeoutMs: options.timeoutMs,
      signal,
      ...(call.body === undefined ? { headers: plain } : { headers: json, body: call.body }),
    });
    const now = clock.now();
    const latencyMs = Math.max(0, now - startedAt);
    if (result.kind === "failed") return fromFailure(result, call.operation, latencyMs);
    return readOutcome({
      operation: call.operation,
      status: result.status,
      headers: result.headers,
      body: result.body,
      latencyMs,
      now,
    });
  }

  return async (address, call, signal) => {
    const serviceUrl = address.serviceUrl ?? options.globalServiceUrl;
    const base = serviceUrl === null ? null : options.trusted.base(serviceUrl);
    if (base === null) return fromUntrustedHost(serviceUrl);
    const url = base + call.path;
    const request = { tenantId: address.tenantId, audience: "connector" } as const;
    const token = await tokens.token(request);
    if (token.kind === "failure") return fromTokenFailure(token, 0);
    const answer = await attempt(url, token, call, signal);
    if (!isTokenToBlame(answer, token, clock.now()) || !tokens.drop(token)) return answer;
    // Begun at once, so that it is there when the repeat is let in; it never rejects.
    void tokens.token(request);
    return fromStaleToken(answer);
  };
}

function isTokenToBlame({ outcome }: ReadAnswer, token: Token, now: number): boolean {
  if (outcome.kind !== "unauthorized") return false;
  return (
    outcome.reason !== "bot-unknown" || hasPassed(freshTokenMs, { since: token.acquiredAt, now })
  );
}

/** The answer as the port gives it: with a value exactly when it was accepted. */
export function answered<T>(result: ReadAnswer, read: (answer: JsonObject) => T): Answer<T> {
  const { outcome, evidence, answer } = result;
  return answer === null ? { outcome, evidence } : { outcome, evidence, value: read(answer) };
}

/** Headers made once for each token; the token's lifetime is theirs. */
function createHeaders(): (token: Token) => { json: HeaderList; plain: HeaderList } {
  const known = new WeakMap<Token, { json: HeaderList; plain: HeaderList }>();
  return (token) => {
    const made = known.get(token);
    if (made !== undefined) return made;
    const plain = [
      "authorization",
      token.authorization,
      "accept",
      "application/json",
      "user-agent",
      "carillon",
    ];
    const headers = { plain, json: [...plain, "content-type", "application/json; charset=utf-8"] };
    known.set(token, headers);
    return headers;
  };
}
