// Goal: what streams and limits do behind a real socket. Method: the API behind the service's own listener, the client on the
// platform's fetch.
import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";
import { type CampaignProgress, CarillonUnreachableError, createClient } from "@carillon/client";
import { listen, type NodeServer } from "../../src/app/node-server.ts";
import { apiKey, apiWorld } from "./api-world.ts";

const world = apiWorld();
const { engine, api } = world;
const hello = { text: "Hello" };
let server: NodeServer;
let client: ReturnType<typeof createClient>;

before(async () => {
  server = await listen((request) => api.fetch(request), { host: "127.0.0.1", port: 0 });
  client = createClient({ url: server.url, apiKey });
});
after(async () => {
  api.close();
  await server.close(1000);
});

async function startedCampaign(): Promise<string> {
  const { id } = await client.campaigns.create({
    name: "Town hall",
    message: hello,
    audience: { include: [{ everyone: true }] },
  });
  await client.campaigns.start(id);
  return id;
}

/** Lets the event loop turn until something holds; the sockets of one process need few turns. */
async function until(holds: () => boolean): Promise<void> {
  for (let turns = 0; turns < 100_000 && !holds(); turns += 1)
    await new Promise((resolve) => setImmediate(resolve));
  assert.ok(holds(), "it never came true");
}

describe("the API behind a socket", () => {
  it("tells a follower of progress as it happens, and notices when the follower leaves", async () => {
    const id = await startedCampaign();
    const before = engine.followers;
    const seen: CampaignProgress[] = [];
    const end = client.campaigns.follow(id, (one) => void seen.push(one));
    await until(() => seen.some(({ live }) => live));
    engine.settle(id, 2, { state: "accepted" });
    await until(() => seen.some(({ live, counts }) => live && counts.accepted === 2));
    engine.settle(id, 3, { state: "accepted" });
    assert.equal((await end).state, "finished");
    await until(() => engine.followers === before);
  });

  it("notices a follower whose signal aborts", async () => {
    const id = await startedCampaign();
    const before = engine.followers;
    const controller = new AbortController();
    const reason = new Error("enough");
    const seen: CampaignProgress[] = [];
    const end = client.campaigns.follow(id, (one) => void seen.push(one), {
      signal: controller.signal,
    });
    await until(() => seen.some(({ live }) => live));
    controller.abort(reason);
    await assert.rejects(end, (error) => error === reason);
    await until(() => engine.followers === before);
  });

  it("streams an export, and lets go of one that is left in the middle", async () => {
    const id = await startedCampaign();
    let csv = "";
    for await (const piece of client.campaigns.export(id)) csv += piece;
    assert.equal(csv.trimEnd().split("\r\n").length, 6);
    for await (const piece of client.campaigns.export(id)) {
      assert.ok(piece.length > 0);
      break;
    }
    await until(() => engine.exportsOpen === 0);
  });

  it("breaks an export off where the store fails, which the client tells from its end", async () => {
    const id = await startedCampaign();
    const { export: whole } = engine.campaigns;
    Object.assign(engine.campaigns, {
      export: async function* (campaign: string) {
        for await (const page of whole(campaign)) {
          yield page;
          throw new Error("the disk is gone");
        }
      },
    });
    const read = async () => {
      for await (const piece of client.campaigns.export(id)) assert.ok(piece.length > 0);
    };
    try {
      await assert.rejects(read, CarillonUnreachableError);
    } finally {
      Object.assign(engine.campaigns, { export: whole });
    }
  });

  it("refuses a body that is too large while it comes, and answers the next request", async () => {
    const socket = connect({ host: "127.0.0.1", port: server.port });
    const answer = new Promise<string>((resolve) => {
      let text = "";
      socket.on("data", (data) => {
        text += data;
        if (text.includes("REQUEST_TOO_LARGE")) resolve(text);
      });
      socket.on("error", () => resolve(text));
      socket.on("close", () => resolve(text));
    });
    socket.write(
      `POST /v1/notifications HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${apiKey}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    const chunk = "x".repeat(64 * 1024);
    for (let sent = 0; sent < 20; sent += 1)
      socket.write(`${chunk.length.toString(16)}\r\n${chunk}\r\n`);
    assert.match(await answer, /^HTTP\/1\.1 413 /);
    socket.destroy();
    assert.equal((await client.status()).version, "1.2.3");
  });

  for (const { what, status, type, size, chunked } of [
    { what: "declared", status: 413, type: "application/json", size: 1_100_000, chunked: false },
    { what: "in chunks", status: 413, type: "application/json", size: 1_100_000, chunked: true },
    { what: "of another type", status: 415, type: "text/plain", size: 400_000, chunked: false },
  ])
    it(`goes on with the connection of a large body that it refused unread: ${what}`, async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const ask = (method: string, path: string, body: string) =>
        new Promise<number | undefined>((resolve, reject) => {
          const headers = {
            authorization: `Bearer ${apiKey}`,
            "content-type": type,
            ...(chunked || body === "" ? {} : { "content-length": body.length }),
          };
          const { port } = server;
          const asked = request({ host: "127.0.0.1", port, method, path, headers, agent });
          asked.on("error", reject);
          asked.on("response", (response) => {
            response.resume().on("end", () => resolve(response.statusCode));
          });
          asked.write(body.slice(0, 1000));
          asked.end(body.slice(1000));
        });
      assert.equal(await ask("POST", "/v1/notifications", "x".repeat(size)), status);
      assert.equal(await ask("GET", "/v1/status", ""), 200);
      agent.destroy();
    });
});
