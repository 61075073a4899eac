// Goal: the Express adapter works in Express itself. Method: the real one, with and without its body parser.
import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { toExpress } from "carillon";

/** The part of Express that is used here; the package brings no types. */
interface Express extends RequestListener {
  use(path: string, ...handlers: readonly (RequestListener | Express)[]): void;
  post(path: string, ...handlers: readonly RequestListener[]): void;
}
type ExpressModule = (() => Express) & {
  json(): RequestListener;
  text(options: { readonly type: string }): RequestListener;
  raw(options: { readonly type: string }): RequestListener;
};

const load = createRequire(import.meta.url);
const express: ExpressModule = load("express");
const answer = toExpress(async (request) =>
  Response.json({ path: new URL(request.url).pathname, body: await request.text() }),
);

async function ask(app: Express): Promise<unknown> {
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // a TCP listener has one
  try {
    const response = await fetch(`http://127.0.0.1:${port}/api/messages`, {
      method: "POST",
      headers: { "content-type": "application/json; charset=utf-8" },
      body: '{"text":"grüß"}',
    });
    return await response.json();
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const expected = { path: "/api/messages", body: '{"text":"grüß"}' };

describe("the adapter in Express", () => {
  it("reads the body itself where no parser did", async () => {
    const app = express();
    app.post("/api/messages", answer);
    assert.deepEqual(await ask(app), expected);
  });

  for (const [name, parser] of [
    ["JSON", express.json()],
    ["text", express.text({ type: "*/*" })],
    ["raw", express.raw({ type: "*/*" })],
  ] as const) {
    it(`takes what the ${name} parser read`, async () => {
      const app = express();
      app.use("/", parser);
      app.post("/api/messages", answer);
      assert.deepEqual(await ask(app), expected);
    });
  }

  it("shows the whole path below a mount", async () => {
    const app = express();
    app.use("/api", answer);
    assert.deepEqual(await ask(app), expected);
  });
});
