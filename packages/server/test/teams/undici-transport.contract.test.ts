// Method: real servers on 127.0.0.1 that misbehave in one way each; what matters is whether the transport calls a request
// not sent, maybe sent or answered, and that nothing is ever written twice.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import {
  type AddressInfo,
  createServer as createSocketServer,
  type Server,
  type Socket,
} from "node:net";
import { type TestContext, test } from "node:test";
import type { Signal } from "../../src/domain/signal.ts";
import type { TransportRequest, TransportResult } from "../../src/teams/transport.ts";
import {
  createUndiciTransport,
  type UndiciTransportOptions,
} from "../../src/teams/undici-transport.ts";

const long = 20_000;
const file = new URL("../../src/teams/undici-transport.ts", import.meta.url).href;

test("of undici no more is loaded than its pool: no fetch, no web sockets, no caches", () => {
  const script = `
    import { createRequire } from "node:module";
    await import(${JSON.stringify(file)});
    const loaded = Object.keys(createRequire(import.meta.url).cache).filter((name) => name.includes("/undici/"));
    console.log(JSON.stringify(loaded));`;
  const args = ["--conditions=source", "--input-type=module", "--eval", script];
  const loaded: unknown = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
  assert.ok(Array.isArray(loaded) && loaded.some((name) => name.endsWith("/dispatcher/pool.js")));
  assert.deepEqual(
    loaded.filter((name) => /\/lib\/(?:web|cache|mock|interceptor)\//.test(name)),
    [],
  );
});

test("an answer comes with status, headers in lower case and its body as text", async (t) => {
  const seen: IncomingMessage[] = [];
  const bodies: string[] = [];
  const origin = await http(t, async (request, response) => {
    seen.push(request);
    bodies.push(await textOf(request));
    response.writeHead(201, { "MS-CV": "cv.1", "Content-Type": "application/json" });
    const bytes = Buffer.from('{"id":"h\u00e9\u{1f514}"}');
    response.write(bytes.subarray(0, 9)); // in the middle of a character
    setImmediate(() => response.end(bytes.subarray(9)));
  });
  const transport = open(t);
  const result = await transport.request(
    post(`${origin}/v3/a%3A1?x=%20`, { body: '{"t":"\u00e9"}' }),
  );
  assert.deepEqual(outlineOf(result), ["answer", 201, '{"id":"h\u00e9\u{1f514}"}']);
  assert.equal(result.kind === "answer" && result.headers["ms-cv"], "cv.1");
  const [request] = seen;
  assert.equal(request?.url, "/v3/a%3A1?x=%20");
  assert.equal(request?.headers.authorization, "Bearer t");
  assert.equal(request?.headers["content-length"], "10");
  assert.deepEqual(bodies, ['{"t":"\u00e9"}']);
});

test("every method works, and an answer without a body is an empty text", async (t) => {
  const origin = await http(t, (request, response) =>
    response.writeHead(200, { method: request.method }).end(),
  );
  const transport = open(t);
  for (const method of ["GET", "PUT", "DELETE", "POST"] as const) {
    const result = await transport.request({ ...post(origin), method });
    assert.equal(result.kind === "answer" && result.headers.method, method);
    assert.deepEqual(outlineOf(result), ["answer", 200, ""]);
  }
});

test("redirects and hints are not followed", async (t) => {
  let asked = 0;
  const origin = await http(t, (request, response) => {
    asked++;
    response.writeEarlyHints({ link: "</x>; rel=preload" });
    response.writeHead(302, { location: `http://${request.headers.host}/elsewhere` }).end("moved");
  });
  const transport = open(t);
  assert.deepEqual(outlineOf(await transport.request(post(origin))), ["answer", 302, "moved"]);
  assert.equal(asked, 1);
});

test("a refused connection is not sent", async (t) => {
  const server = createSocketServer();
  const origin = await listening(server);
  await closed(server);
  const result = await open(t).request(post(origin));
  assert.deepEqual(outlineOf(result), ["failed", "not-sent", "connection"]);
  assert.match(result.kind === "failed" ? result.detail : "", /ECONNREFUSED/);
});

test("a failed TLS handshake is not sent", async (t) => {
  const origin = await raw(t, (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  const result = await open(t).request(post(origin.replace("http:", "https:")));
  assert.deepEqual(outlineOf(result), ["failed", "not-sent", "connection"]);
});

test("a connection that is reset after the request, before or within the answer, is maybe sent", async (t) => {
  const endings: readonly ((socket: Socket) => void)[] = [
    (socket) => socket.resetAndDestroy(),
    (socket) => socket.end(),
    (socket) => socket.end("HTTP/1.1 201 Created\r\ncontent-length: 20\r\n\r\n{"),
    (socket) =>
      socket.write("HTTP/1.1 201 Created\r\ncontent-length: 20\r\n\r\n{", () =>
        socket.resetAndDestroy(),
      ),
    (socket) => socket.end("HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"),
    (socket) => socket.end("SSH-2.0-OpenSSH_9.6\r\n"),
  ];
  for (const [index, end] of endings.entries()) {
    const received: string[] = [];
    const origin = await raw(t, (socket, text) => {
      received.push(text);
      end(socket);
    });
    const result = await open(t).request(post(origin, { body: '{"text":"once"}' }));
    assert.deepEqual(outlineOf(result), ["failed", "maybe-sent", "connection"], `ending ${index}`);
    assert.equal(received.length, 1, `ending ${index} was written ${received.length} times`);
  }
});

test("a kept-alive connection that the other side closes on the next request makes it maybe sent, and it is written once", async (t) => {
  const received: string[] = [];
  const origin = await raw(t, (socket, text) => {
    received.push(text);
    if (received.length === 1) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    else socket.resetAndDestroy();
  });
  const transport = open(t, { connectionsMax: 1 });
  assert.deepEqual(outlineOf(await transport.request(post(origin))), ["answer", 200, "{}"]);
  assert.deepEqual(outlineOf(await transport.request(post(origin))), [
    "failed",
    "maybe-sent",
    "connection",
  ]);
  assert.equal(received.length, 2);
});

test("a connection that was closed in peace while idle is replaced by a new one", async (t) => {
  const sockets = new Set<Socket>();
  const origin = await raw(t, (socket) => {
    sockets.add(socket);
    socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
  });
  const transport = open(t, { connectionsMax: 1 });
  for (let turn = 0; turn < 3; turn++) {
    assert.deepEqual(outlineOf(await transport.request(post(origin))), ["answer", 200, "{}"]);
    const [last] = [...sockets].slice(-1);
    if (last !== undefined && !last.closed) await once(last, "close");
  }
  assert.equal(sockets.size, 3);
});

test("no answer within the time is maybe sent, whether headers or the rest of the body are missing", async (t) => {
  let asked = 0;
  const origin = await http(t, (request, response) => {
    asked++;
    if (request.url === "/body") response.writeHead(200).write("{");
  });
  const transport = open(t);
  for (const path of ["/headers", "/body"]) {
    const result = await transport.request(post(origin + path, { timeoutMs: 300 }));
    assert.deepEqual(outlineOf(result), ["failed", "maybe-sent", "timeout"], path);
  }
  assert.equal(asked, 2);
});

test("what waits for a connection until its time is over, or until it is given up, is never written", async (t) => {
  const paths: (string | undefined)[] = [];
  let arrived: (release: () => void) => void = () => {};
  const arrival = new Promise<() => void>((resolve) => {
    arrived = resolve;
  });
  const origin = await http(t, (request, response) => {
    paths.push(request.url);
    if (request.url === "/first") arrived(() => response.end("late"));
    else response.end("ok");
  });
  const transport = open(t, { connectionsMax: 1 });
  const first = transport.request(post(`${origin}/first`));
  const release = await arrival;
  const caller = new AbortController();
  const waiting = transport.request(post(`${origin}/waiting`, { timeoutMs: 300 }));
  const givenUp = transport.request(post(`${origin}/given-up`, { signal: caller.signal }));
  caller.abort();
  assert.deepEqual(outlineOf(await givenUp), ["failed", "not-sent", "aborted"]);
  assert.deepEqual(outlineOf(await waiting), ["failed", "not-sent", "timeout"]);
  release();
  assert.deepEqual(outlineOf(await first), ["answer", 200, "late"]);
  assert.deepEqual(outlineOf(await transport.request(post(`${origin}/after`))), [
    "answer",
    200,
    "ok",
  ]);
  assert.deepEqual(paths, ["/first", "/after"]);
});

test("a request that is given up in flight is maybe sent, and one given up before is not sent", async (t) => {
  const caller = new AbortController();
  let asked = 0;
  const origin = await http(t, () => {
    asked++;
    caller.abort();
  });
  const transport = open(t);
  const result = await transport.request(post(origin, { signal: caller.signal }));
  assert.deepEqual(outlineOf(result), ["failed", "maybe-sent", "aborted"]);
  const late = await transport.request(post(origin, { signal: caller.signal }));
  assert.deepEqual(outlineOf(late), ["failed", "not-sent", "aborted"]);
  assert.equal(asked, 1);
});

test("a signal that outlives its requests keeps no listeners", async (t) => {
  const origin = await http(t, (_, response) => response.end("ok"));
  const transport = open(t);
  const listeners = new Set<() => void>();
  const signal: Signal = {
    aborted: false,
    addEventListener: (_, listener) => listeners.add(listener),
    removeEventListener: (_, listener) => listeners.delete(listener),
  };
  const answers = await Promise.all(
    [1, 2, 3].map(() => transport.request(post(origin, { signal }))),
  );
  assert.deepEqual(
    answers.map((result) => result.kind),
    ["answer", "answer", "answer"],
  );
  assert.equal(listeners.size, 0);
});

test("an answer over the bound ends the request as too large", async (t) => {
  const origin = await http(t, (_, response) => response.end("x".repeat(100_000)));
  const result = await open(t, { answerBytesMax: 99_999 }).request(post(origin));
  assert.deepEqual(outlineOf(result), ["failed", "maybe-sent", "too-large"]);
  const enough = await open(t, { answerBytesMax: 100_000 }).request(post(origin));
  assert.equal(enough.kind, "answer");
});

test("an address or header that cannot be sent is a failure, not an exception", async (t) => {
  const origin = await http(t, (_, response) => response.end("ok"));
  const transport = open(t);
  const bad = [
    post("nonsense"),
    post(""),
    post("ftp://127.0.0.1/"),
    post(origin.replace("//", "//user:pass@")),
    post(origin.replace("127.0.0.1", "2130706433")),
    post(`${origin}/with space`),
    { ...post(origin), headers: ["authorization", "Bearer a\r\nx: y"] },
  ];
  for (const request of bad) {
    const result = await transport.request(request);
    assert.deepEqual(outlineOf(result).slice(0, 2), ["failed", "not-sent"], request.url);
  }
});

test("connections to few origins are held, and an origin that has to go ends its requests in peace", async (t) => {
  const held: (() => void)[] = [];
  const slow = await http(t, (_, response) => held.push(() => response.end("slow")));
  const others = await Promise.all(
    [1, 2, 3].map(() => http(t, (_, response) => response.end("ok"))),
  );
  const transport = open(t, { originsMax: 1 });
  const first = transport.request(post(slow));
  for (const origin of [...others, ...others]) {
    assert.deepEqual(outlineOf(await transport.request(post(origin))), ["answer", 200, "ok"]);
  }
  for (const release of held) release();
  assert.deepEqual(outlineOf(await first), ["answer", 200, "slow"]);
});

test("64 connections serve many more requests, each answered with its own", async (t) => {
  const sockets = new Set<unknown>();
  const origin = await http(t, (request, response) => {
    sockets.add(request.socket);
    setImmediate(() => response.end(request.url));
  });
  const transport = open(t, { connectionsMax: 64 });
  const paths = Array.from({ length: 500 }, (_, index) => `/${index}`);
  const results = await Promise.all(paths.map((path) => transport.request(post(origin + path))));
  assert.deepEqual(
    results.map((result) => result.kind === "answer" && result.body),
    paths,
  );
  assert.ok(sockets.size <= 64, `${sockets.size} connections`);
});

test("closing ends what is in flight as maybe sent, and what comes later as not sent", async (t) => {
  let arrived: () => void = () => {};
  const arrival = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const origin = await http(t, () => arrived());
  const transport = open(t);
  const running = transport.request(post(origin));
  await arrival;
  await transport.close();
  assert.deepEqual(outlineOf(await running), ["failed", "maybe-sent", "connection"]);
  assert.deepEqual(outlineOf(await transport.request(post(origin))), [
    "failed",
    "not-sent",
    "connection",
  ]);
});

function open(t: TestContext, options: UndiciTransportOptions = {}) {
  const transport = createUndiciTransport(options);
  t.after(() => transport.close());
  return transport;
}

function post(url: string, more: Partial<TransportRequest> = {}): TransportRequest {
  return { method: "POST", url, headers: ["authorization", "Bearer t"], timeoutMs: long, ...more };
}

function outlineOf(result: TransportResult): readonly unknown[] {
  return result.kind === "answer"
    ? ["answer", result.status, result.body]
    : ["failed", result.phase, result.reason];
}

async function http(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return listening(server);
}

/** A server of bytes: `answer` gets each connection with the text of each request on it. */
async function raw(
  t: TestContext,
  answer: (socket: Socket, text: string) => void,
): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createSocketServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}); // its resets are the point
    socket.on("data", (data) => answer(socket, data.toString("latin1")));
  });
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return listening(server);
}

async function listening(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // it listens on a port, not a pipe
  return `http://127.0.0.1:${port}`;
}

async function closed(server: Server): Promise<void> {
  server.close();
  await once(server, "close");
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}
