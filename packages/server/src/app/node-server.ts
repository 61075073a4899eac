import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ConfigError } from "../domain/errors.ts";
import { type Fetch, toNodeListener } from "./adapters.ts";

/** A web-standard function behind a listening socket. */
export interface NodeServer {
  readonly port: number;
  /** How to reach it from this machine, without a slash at the end. */
  readonly url: string;
  /** True where the wanted port was taken and another one is used. */
  readonly moved: boolean;
  /** Takes no new connections, lets the requests that are being answered end (at most `graceMs`), then ends every connection. */
  close(graceMs: number): Promise<void>;
}

const portsTriedMax = 50;

/**
 * Listens. A taken port is a `ConfigError` PORT_TAKEN, or, with `orNext`, makes it try the next ones; a host or port that cannot be
 * listened on is CONFIG_INVALID.
 */
export async function listen(
  fetch: Fetch,
  address: { readonly host: string; readonly port: number; readonly orNext?: boolean },
): Promise<NodeServer> {
  const { host, port } = address;
  const tries = address.orNext === true && port !== 0 ? portsTriedMax : 1;
  for (let offset = 0; offset < tries && port + offset <= 65_535; offset += 1) {
    const listener = await tryListening(fetch, host, port + offset);
    if (listener !== null) return nodeServer(listener, host, offset > 0);
  }
  throw new ConfigError("PORT_TAKEN", {
    detail: `Port ${port} on ${host} is taken by another process. Stop that one, or choose another with --port (0 takes any free one).`,
  });
}

/** The URL of a listener as a program on the same machine calls it. */
export function localUrl(host: string, port: number): string {
  const named = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return `http://${named.includes(":") ? `[${named}]` : named}:${port}`;
}

interface Listener {
  readonly server: Server;
  readonly quiet: () => Promise<void>;
}

/** Null where the port is taken. */
function tryListening(fetch: Fetch, host: string, port: number): Promise<Listener | null> {
  const server = createServer(toNodeListener(fetch));
  const quiet = quietOf(server);
  // Longer than load balancers keep a connection, so that they end it and not we.
  server.keepAliveTimeout = 75_000;
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(null);
      else reject(cannotListen(error, host, port));
    });
    server.listen({ host, port }, () => {
      server.removeAllListeners("error");
      resolve({ server, quiet });
    });
  });
}

function nodeServer({ server, quiet }: Listener, host: string, moved: boolean): NodeServer {
  // A TCP listener's address is never a pipe's name.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: localUrl(host, port),
    moved,
    async close(graceMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await within(graceMs, quiet());
      // Also connections on which nothing was ever asked: the platform does not count them as idle.
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Answers a function whose promise resolves once no request is being answered. */
function quietOf(server: Server): () => Promise<void> {
  let open = 0;
  let wake = () => {};
  server.on("request", (_request, response) => {
    open += 1;
    response.once("close", () => {
      open -= 1;
      if (open === 0) wake();
    });
  });
  return () =>
    new Promise((resolve) => {
      wake = resolve;
      if (open === 0) resolve();
    });
}

/** Resolves with the promise, or after `ms`. */
async function within(ms: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const time = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise, time]);
  clearTimeout(timer);
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): ConfigError {
  const why =
    error.code === "EACCES"
      ? `this user may not listen on port ${port}. Choose a port above 1023 with --port`
      : `${host} is no address of this machine (${error.code ?? error.message}). Choose another with --host`;
  return new ConfigError("CONFIG_INVALID", {
    detail: `Cannot listen on ${host}, port ${port}: ${why}.`,
    cause: error,
  });
}
