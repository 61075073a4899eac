import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { refuse } from "./connector/errors.ts";
import type { Emulator } from "./emulator.ts";
import { ConnectionReset, type WireAnswer } from "./wire.ts";

/** An emulator that can be reached. */
export interface Listening {
  /** Without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Stops listening and closes all connections. */
  close(): Promise<void>;
}

const bodyBytesMax = 8 * 1024 * 1024;
const importPath = "/_emulator/import";
const stateBytesMax = 256 * 1024 * 1024;
// Longer than clients keep theirs, so that no request meets a connection that is just being closed.
const keepAliveMs = 75_000;

/**
 * Serves an emulator on a port (0: any free one) and tells it its URL. Rejects with the system's error, such as
 * `EADDRINUSE`, when it cannot listen.
 */
export async function listen(
  emulator: Emulator,
  where: { readonly host?: string; readonly port: number },
): Promise<Listening> {
  const server = createServer((request, response) => {
    receive(emulator, request, response);
  });
  server.keepAliveTimeout = keepAliveMs;
  server.headersTimeout = keepAliveMs + 1_000;
  const host = where.host ?? "127.0.0.1";
  const port = await opened(server, host, where.port);
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  emulator.setBaseUrl(url);
  return { url, port, close: () => closed(server) };
}

function receive(emulator: Emulator, request: IncomingMessage, response: ServerResponse): void {
  const bytesMax = request.url === importPath ? stateBytesMax : bodyBytesMax;
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    const fitted = bytes <= bytesMax;
    bytes += chunk.length;
    if (bytes <= bytesMax) chunks.push(chunk);
    else if (fitted) refuseBody(response);
  });
  request.on("end", () => {
    if (bytes > bytesMax) return;
    const [first] = chunks;
    const whole = first && chunks.length === 1 ? first : Buffer.concat(chunks);
    emulator
      .exchange({
        method: request.method ?? "GET",
        target: request.url ?? "/",
        headers: request.headers,
        body: whole.toString("utf8"),
      })
      .then(
        (answer) => reply(response, answer),
        (error: unknown) => fail(request, response, error),
      );
  });
  // A client that went away mid-request has nobody left to tell.
  request.on("error", () => {});
}

/** Answered while the rest still comes, which is let go unread. */
function refuseBody(response: ServerResponse): void {
  const refusal = refuse("too-large");
  reply(response, { ...refusal, headers: { ...refusal.headers, connection: "close" } });
}

function reply(response: ServerResponse, answer: WireAnswer): void {
  const headers = { ...answer.headers, "content-length": String(Buffer.byteLength(answer.body)) };
  response.writeHead(answer.status, headers);
  response.end(answer.body);
}

function fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (error instanceof ConnectionReset) {
    request.socket.resetAndDestroy();
    return;
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  reply(response, {
    status: 500,
    headers: { "content-type": "application/json; charset=utf-8" },
    body: JSON.stringify({ error: { code: "EmulatorFault", message } }),
  });
}

function opened(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      // A listening TCP server has an address with a port.
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
