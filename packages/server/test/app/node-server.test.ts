import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { listen, localUrl } from "../../src/app/node-server.ts";
import { ConfigError } from "../../src/domain/errors.ts";

const hello = () => new Response("hello");
const host = "127.0.0.1";

describe("the node server", () => {
  it("listens where it says, and not any more once it is closed", async () => {
    const server = await listen(hello, { host, port: 0 });
    assert.equal(await (await fetch(server.url)).text(), "hello");
    await server.close(1000);
    await assert.rejects(fetch(server.url));
  });

  it("says that a port is taken, and what to do", async () => {
    const first = await listen(hello, { host, port: 0 });
    try {
      await assert.rejects(listen(hello, { host, port: first.port }), (error) => {
        assert.ok(error instanceof ConfigError);
        assert.equal(error.code, "PORT_TAKEN");
        assert.match(error.message, new RegExp(`Port ${first.port} .*--port`));
        return true;
      });
    } finally {
      await first.close(0);
    }
  });

  it("takes the next free port where that is asked for, and says that it moved", async () => {
    const first = await listen(hello, { host, port: 0 });
    const second = await listen(hello, { host, port: first.port, orNext: true });
    try {
      assert.ok(second.port > first.port);
      assert.deepEqual([first.moved, second.moved], [false, true]);
    } finally {
      await Promise.all([first.close(0), second.close(0)]);
    }
  });

  it("says that an address is none of this machine's", async () => {
    await assert.rejects(listen(hello, { host: "192.0.2.1", port: 0 }), /--host/);
  });

  it("lets a request that is being answered end, and ends connections that ask nothing at once", async () => {
    let answer = () => {};
    let ask = () => {};
    const asked = new Promise<void>((resolve) => {
      ask = resolve;
    });
    const slow = () => {
      ask();
      return new Promise<Response>((resolve) => {
        answer = () => resolve(new Response("in the end"));
      });
    };
    const server = await listen(slow, { host, port: 0 });
    const silent = connect(server.port, host);
    await once(silent, "connect");
    const answered = fetch(server.url).then((response) => response.text());
    await asked;
    const closed = server.close(600_000);
    answer();
    assert.equal(await answered, "in the end");
    await closed;
    silent.destroy();
  });

  it("ends connections that stay open beyond the grace", async () => {
    const endless = () => new Response(new ReadableStream({ start: () => {} }));
    const server = await listen(endless, { host, port: 0 });
    const answer = await fetch(server.url);
    await server.close(0);
    await assert.rejects(answer.text());
  });

  it("writes addresses as a program calls them", () => {
    assert.equal(localUrl("0.0.0.0", 1), "http://127.0.0.1:1");
    assert.equal(localUrl("::", 1), "http://127.0.0.1:1");
    assert.equal(localUrl("::1", 1), "http://[::1]:1");
    assert.equal(localUrl("bots.example", 80), "http://bots.example:80");
  });
});
