import type { IncomingMessage, ServerResponse } from "node:http";

/** A web-standard function that answers requests, such as `carillon.fetch`. */
export type Fetch = (request: Request) => Response | Promise<Response>;

/** What `http.createServer` and Express take. */
export type NodeListener = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Serves a web-standard function with node:http: `createServer(toNodeListener(carillon.fetch))`. Bodies are streamed both
 * ways; the request's signal aborts when the client goes away.
 */
export function toNodeListener(fetch: Fetch): NodeListener {
  let listener: NodeListener | null = null;
  // Loaded here, so that importing the library costs nothing to those who bring their own server.
  const loading = import("@hono/node-server").then(({ getRequestListener }) => {
    const answer = getRequestListener(fetch, {
      overrideGlobalObjects: false,
      hostname: "localhost",
    });
    // It answers errors by itself, and its promise tells only when it is done.
    listener = (request, response) => void answer(request, response);
    return listener;
  });
  return (request, response) => {
    if (listener !== null) listener(request, response);
    else void loading.then((loaded) => loaded(request, response));
  };
}

/**
 * Serves a web-standard function as an Express route: `app.post("/api/messages", toExpress(carillon.fetch))`. Works whether or
 * not a body parser ran before it.
 */
export function toExpress(fetch: Fetch): NodeListener {
  const listener = toNodeListener(fetch);
  return (request: IncomingMessage & ParsedByExpress, response) => {
    // Express cuts the mount path off `url`; the function is to see the whole one.
    if (request.originalUrl !== undefined) request.url = request.originalUrl;
    if (request.readableDidRead && !(request.rawBody instanceof Buffer)) {
      request.rawBody = bytesOf(request.body);
    }
    listener(request, response);
  };
}

/** What Express and its body parsers add. */
interface ParsedByExpress {
  originalUrl?: string;
  body?: unknown;
  /** The body as bytes: where servers that read it themselves leave it, and adapters look for it. */
  rawBody?: unknown;
}

function bytesOf(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  if (typeof body === "string") return Buffer.from(body);
  return Buffer.from(body === undefined ? "" : JSON.stringify(body));
}
