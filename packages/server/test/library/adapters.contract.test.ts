import assert from "node:assert/strict";
import { createServer, request as httpRequest, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { toExpress, toNodeListener } from "../../src/app/adapters.ts";

/** Runs `use` against a server on a free port, and closes it. */
async function serving(listener: RequestListener, use: (url: string) => Promise<void>) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // a TCP listener has one
  try {
    await use(`http://127.0.0.1:${port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Says what came. */
const mirror = async (request: Request) =>
  Response.json(
    {
      method: request.method,
      path: new URL(request.url).pathname,
      authorization: request.headers.get("authorization"),
      body: await request.text(),
    },
    { status: 207, headers: { "x-kept": "yes" } },
  );
const post = (url: string, body: string, type = "application/json") =>
  fetch(url, {
    method: "POST",
    body,
    headers: { "content-type": type, authorization: "Bearer a.b.c" },
  });
const seen = (body: string, path = "/api/messages") => ({
  method: "POST",
  path,
  authorization: "Bearer a.b.c",
  body,
});

describe("the node:http adapter", () => {
  it("hands over method, path, headers and body, and gives back status, headers and body", async () => {
    await serving(toNodeListener(mirror), async (url) => {
      // The first request may come before the adapter is loaded; later ones do not.
      for (const body of ['{"a":1}', '{"a":"ü"}']) {
        const response = await post(`${url}/api/messages?x=1`, body);
        assert.equal(response.status, 207);
        assert.equal(response.headers.get("x-kept"), "yes");
        assert.deepEqual(await response.json(), seen(body));
      }
    });
  });

  it("streams an answer while it is made", async () => {
    let finish = () => {};
    const streaming = () =>
      new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode("first "));
            finish = () => {
              controller.enqueue(new TextEncoder().encode("last"));
              controller.close();
            };
          },
        }),
      );
    await serving(toNodeListener(streaming), async (url) => {
      const response = await fetch(url);
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      assert.equal((await reader?.read())?.value, "first ");
      finish();
      assert.equal((await reader?.read())?.value, "last");
    });
  });

  it("aborts the request's signal when the client goes away", async () => {
    let tellAborted = () => {};
    const aborted = new Promise<void>((resolve) => {
      tellAborted = resolve;
    });
    let tellArrived = () => {};
    const arrived = new Promise<void>((resolve) => {
      tellArrived = resolve;
    });
    const waiting = async (request: Request) => {
      request.signal.addEventListener("abort", tellAborted);
      tellArrived();
      await aborted;
      return new Response(null);
    };
    await serving(toNodeListener(waiting), async (url) => {
      const request = httpRequest(url, { method: "POST" });
      request.on("error", () => undefined); // it is we who end it
      request.end("x");
      await arrived;
      request.destroy();
      await aborted;
    });
  });
});

describe("the Express adapter", () => {
  /** A stand-in for Express' body parsers: reads the body, and leaves it on the request. */
  const parsed =
    (parse: (text: string) => unknown): RequestListener =>
    (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const body = parse(Buffer.concat(chunks).toString());
        toExpress(mirror)(Object.assign(request, { body }), response);
      });
    };

  for (const [name, parse] of [
    ["JSON", JSON.parse],
    ["text", (text: string) => text],
    ["bytes", (text: string) => Buffer.from(text)],
  ] as const) {
    it(`works after a parser of ${name}`, async () => {
      await serving(parsed(parse), async (url) => {
        const response = await post(`${url}/api/messages`, '{"a":1}');
        assert.deepEqual(await response.json(), seen('{"a":1}'));
      });
    });
  }

  it("works without a parser, and where an older Express left an empty object", async () => {
    for (const body of [undefined, {}]) {
      const listener: RequestListener = (request, response) =>
        toExpress(mirror)(Object.assign(request, { body }), response);
      await serving(listener, async (url) => {
        const response = await post(`${url}/api/messages`, '{"a":1}');
        assert.deepEqual(await response.json(), seen('{"a":1}'));
      });
    }
  });

  it("shows the whole path below a mount", async () => {
    const listener: RequestListener = (request, response) => {
      const originalUrl = request.url;
      toExpress(mirror)(Object.assign(request, { originalUrl, url: "/" }), response);
    };
    await serving(listener, async (url) => {
      const response = await post(`${url}/api/messages`, "x", "text/plain");
      assert.deepEqual(await response.json(), seen("x"));
    });
  });
});
