import type { Signal } from "../domain/signal.ts";

/** Names and values in turns, names in lower case; made once and passed for many requests. */
export type HeaderList = readonly string[];

/** Headers of an answer, names in lower case. */
export type AnswerHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface TransportRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** An absolute http or https URL whose path is percent-encoded already. */
  readonly url: string;
  readonly headers: HeaderList;
  readonly body?: string;
  /** From now to the last byte of the answer, waiting for a connection included. */
  readonly timeoutMs: number;
  readonly signal?: Signal | undefined;
}

/**
 * What became of one request. A failure is `not-sent` only when it is certain that no byte of the request was written, so
 * that making it again cannot do anything twice; every other failure is `maybe-sent`.
 */
export type TransportResult =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers: AnswerHeaders;
      readonly body: string;
    }
  | {
      readonly kind: "failed";
      readonly phase: "not-sent" | "maybe-sent";
      readonly reason: "timeout" | "connection" | "aborted" | "too-large";
      /** One line for a person. Holds no header and no body. */
      readonly detail: string;
    };
export type TransportFailure = Extract<TransportResult, { kind: "failed" }>;

/** Makes HTTP requests. */
export interface Transport {
  /** Makes one request, once: it is never repeated or redirected. Never rejects. */
  request(request: TransportRequest): Promise<TransportResult>;
}

/** The first value of a header, or null. */
export function headerOf(headers: AnswerHeaders, name: string): string | null {
  const value = headers[name];
  if (typeof value === "string") return value;
  return value?.[0] ?? null;
}
