import { createRequire } from "node:module";
import type { Pool } from "undici";
import type { Transport, TransportRequest, TransportResult } from "./transport.ts";
import { UndiciExchange } from "./undici-exchange.ts";

export interface UndiciTransportOptions {
  /** Connections to one origin; further requests wait for one. Default 512: 50 requests a second that take ten seconds each. */
  readonly connectionsMax?: number;
  /** Origins with connections; the one not used for longest is closed for a new one. Default 32. */
  readonly originsMax?: number;
  /** Bytes of an answer's body, beyond which the request fails as `too-large`. Default 1 MiB. */
  readonly answerBytesMax?: number;
  /** Time to connect, TLS included. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Time from the request's last byte to the answer's headers. Default 30,000. */
  readonly headersTimeoutMs?: number;
  /** Silence within an answer's body. Default 10,000. */
  readonly bodyTimeoutMs?: number;
}

/** A transport that holds connections. */
export interface ClosableTransport extends Transport {
  /** Ends all connections; requests in flight and later ones answer a failure. */
  close(): Promise<void>;
}

interface Origin {
  readonly pool: Pool;
  usedAt: number;
}

/**
 * A transport on undici: a pool of kept-alive HTTP/1.1 connections for each origin, one request at a time on each.
 * Whether a request was written is told from undici's own start of it, not guessed from error codes: a kept-alive connection that the
 * other side closed in the meantime thus counts as `maybe-sent`.
 */
export function createUndiciTransport(options: UndiciTransportOptions = {}): ClosableTransport {
  const answerBytesMax = options.answerBytesMax ?? 1024 * 1024;
  const originsMax = options.originsMax ?? 32;
  const origins = new Map<string, Origin>();
  let turn = 0;
  let closed = false;

  function poolOf(origin: string): Pool | null {
    const known = origins.get(origin);
    if (known !== undefined) {
      known.usedAt = ++turn;
      return known.pool;
    }
    if (closed || !isOrigin(origin)) return null;
    if (origins.size >= originsMax) closeOldest(origins);
    const pool = createPool(origin, options);
    origins.set(origin, { pool, usedAt: ++turn });
    return pool;
  }

  return {
    request(request: TransportRequest): Promise<TransportResult> {
      // Cut rather than parsed: a URL object per request costs more than the rest of this function.
      const pathAt = request.url.indexOf("/", 8);
      const origin = pathAt === -1 ? request.url : request.url.slice(0, pathAt);
      const path = pathAt === -1 ? "/" : request.url.slice(pathAt);
      const pool = poolOf(origin);
      if (pool === null) {
        const detail = closed ? "the transport is closed" : "not an http or https URL";
        return Promise.resolve({ kind: "failed", phase: "not-sent", reason: "connection", detail });
      }
      return new Promise((resolve) => {
        const exchange = new UndiciExchange(request, answerBytesMax, resolve);
        if (exchange.settled) return;
        pool.dispatch(
          {
            path,
            method: request.method,
            // undici only reads it; its type does not say so
            headers: request.headers as string[],
            body: request.body ?? null,
          },
          exchange,
        );
      });
    },
    async close() {
      closed = true;
      const pools = [...origins.values()].map((origin) => origin.pool.destroy());
      origins.clear();
      await Promise.all(pools);
    },
  };
}

/**
 * The pool alone, from where the pinned version of undici has it: with its fetch, web sockets, caches and mocks undici takes 19 MB
 * more of the process, and 30 ms more to load, for what nothing here uses.
 */
const UndiciPool: typeof Pool = createRequire(import.meta.url)("undici/lib/dispatcher/pool.js");

function createPool(origin: string, options: UndiciTransportOptions): Pool {
  return new UndiciPool(origin, {
    connections: options.connectionsMax ?? 512,
    pipelining: 1,
    // HTTP/2 would share one connection among many requests, so that one reset makes all of them uncertain.
    allowH2: false,
    keepAliveTimeout: 4000,
    keepAliveMaxTimeout: 60_000,
    connect: { timeout: options.connectTimeoutMs ?? 10_000 },
    headersTimeout: options.headersTimeoutMs ?? 30_000,
    bodyTimeout: options.bodyTimeoutMs ?? 10_000,
  });
}

/** Whether the part before the path is an origin and nothing more: no user name, no rewriting by the parser. */
function isOrigin(text: string): boolean {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return false;
  return new URL(text).origin === text;
}

function closeOldest(origins: Map<string, Origin>): void {
  let oldest: [string, Origin] | null = null;
  for (const entry of origins) {
    if (oldest === null || entry[1].usedAt < oldest[1].usedAt) oldest = entry;
  }
  if (oldest === null) return;
  origins.delete(oldest[0]);
  // Lets requests in flight end. A failure to close leaves nothing to do: the pool is out of use either way.
  oldest[1].pool.close().catch(() => {});
}
