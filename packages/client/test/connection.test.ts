import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CarillonError, CarillonUnreachableError, createClient } from "../src/index.ts";
import {
  broken,
  instantTiming,
  json,
  problem,
  rejection,
  type Step,
  scriptedService,
} from "./scripted-service.ts";

function clientOf(steps: readonly Step[], url = "http://127.0.0.1:3978") {
  const service = scriptedService(steps);
  const timing = instantTiming();
  const client = createClient({ url, apiKey: "key-1", fetch: service.fetch, timing });
  return { client, timing, requests: service.requests };
}

describe("a call of the client", () => {
  it("goes to the service's address with the key, and answers its JSON", async () => {
    const { client, requests } = clientOf([json({ version: "1" })], "http://127.0.0.1:3978/base/");
    assert.deepEqual(await client.status(), { version: "1" });
    const [request] = requests;
    assert.equal(request?.url, "http://127.0.0.1:3978/base/v1/status");
    assert.equal(request?.headers.get("authorization"), "Bearer key-1");
    assert.equal(request?.redirect, "error");
  });

  it("encodes ids in paths, and leaves out options that were not given", async () => {
    const { client, requests } = clientOf([
      json({ items: [] }),
      json({ items: [] }),
      json({ items: [] }),
    ]);
    await client.teams.channels("19:a/b@thread.tacv2");
    await client.campaigns.attempts("cmp_1", "thread:19:c@thread.tacv2;messageid=5");
    await client.people.list({ search: "Ana & Bo", limit: 5 });
    assert.deepEqual(
      requests.map(({ url }) => url.replace("http://127.0.0.1:3978", "")),
      [
        "/v1/teams/19%3Aa%2Fb%40thread.tacv2/channels",
        "/v1/campaigns/cmp_1/deliveries/thread%3A19%3Ac%40thread.tacv2%3Bmessageid%3D5/attempts",
        "/v1/people?search=Ana+%26+Bo&limit=5",
      ],
    );
  });

  it("rejects with the service's own problem, once", async () => {
    const { client, requests } = clientOf([
      problem(404, "CAMPAIGN_UNKNOWN", "There is no campaign cmp_x."),
    ]);
    const error = await rejection(client.campaigns.get("cmp_x"));
    assert.ok(error instanceof CarillonError);
    assert.equal(error.code, "CAMPAIGN_UNKNOWN");
    assert.equal(error.status, 404);
    assert.equal(error.message, "There is no campaign cmp_x.");
    assert.equal(requests.length, 1);
  });

  it("is made again after a broken connection, with growing pauses, and succeeds", async () => {
    const { client, requests, timing } = clientOf([broken(), broken(), json({ version: "1" })]);
    assert.deepEqual(await client.status(), { version: "1" });
    assert.equal(requests.length, 3);
    assert.deepEqual(timing.waits, [200, 400]);
  });

  it("is given up after two repeats, with the address and the cause in words", async () => {
    const { client, requests } = clientOf([broken(), broken(), broken()]);
    const error = await rejection(client.status());
    assert.ok(error instanceof CarillonUnreachableError);
    assert.equal(error.code, "SERVICE_UNREACHABLE");
    assert.match(error.message, /http:\/\/127\.0\.0\.1:3978: connect ECONNREFUSED/);
    assert.equal(requests.length, 3);
  });

  it("is not repeated where something else answers, and says so", async () => {
    const html: Step = () =>
      new Response("<h1>Not found</h1>", { status: 404, headers: { "content-type": "text/html" } });
    const { client, requests } = clientOf([html]);
    const error = await rejection(client.status());
    assert.ok(error instanceof CarillonUnreachableError);
    assert.equal(error.status, 404);
    assert.match(error.message, /not a Carillon service: status 404, text\/html/);
    assert.equal(requests.length, 1);
  });

  it("says so where an answer of 200 is no JSON", async () => {
    const page: Step = () => new Response("<h1>Hello</h1>");
    const { client, requests } = clientOf([page]);
    await assert.rejects(client.status(), /not a Carillon service: status 200, text\/plain/);
    assert.equal(requests.length, 1);
  });

  it("ends with the caller's reason when the signal aborts, and is not made again", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const hang: Step = (request) =>
      new Promise((_, reject) => {
        request.signal.addEventListener("abort", () => reject(request.signal.reason));
        controller.abort(reason);
      });
    const { client, requests } = clientOf([hang]);
    await assert.rejects(client.status({ signal: controller.signal }), (error) => error === reason);
    assert.equal(requests.length, 1);
    await assert.rejects(client.status({ signal: controller.signal }), (error) => error === reason);
    assert.equal(requests.length, 1);
  });

  it("is given up when no answer comes in time", async () => {
    const hang: Step = (request) =>
      new Promise((_, reject) => {
        request.signal.addEventListener("abort", () => reject(request.signal.reason));
      });
    const service = scriptedService([hang, hang, hang]);
    const client = createClient({
      url: "http://127.0.0.1:3978",
      apiKey: "key-1",
      fetch: service.fetch,
      timeoutMs: 1000,
      timing: { sleep: async () => {}, random: () => 0 },
    });
    await assert.rejects(client.status(), /did not answer within 1 s/);
  });

  it("that sends has one Idempotency-Key for all its repeats, and another for another call", async () => {
    const made = json({ id: "ntf_1", deliveries: [] }, 202);
    const { client, requests } = clientOf([broken(), made, made, made]);
    const request = { to: { user: "ana@contoso.example" }, message: { text: "Hello" } };
    await client.notifications.create(request);
    await client.notifications.create(request);
    await client.notifications.create(request, { idempotencyKey: "mine" });
    const keys = requests.map(({ headers }) => headers.get("idempotency-key"));
    assert.match(keys[0] ?? "", /^[0-9a-f]{32}$/);
    assert.equal(keys[0], keys[1]);
    assert.notEqual(keys[1], keys[2]);
    assert.equal(keys[3], "mine");
    assert.deepEqual(await requests[1]?.json(), request);
  });
});

describe("a list of the client", () => {
  it("walks every page in order, and starts at the given cursor", async () => {
    const { client, requests } = clientOf([
      json({ items: [{ id: "1" }, { id: "2" }], next: "c2" }),
      json({ items: [], next: "c3" }),
      json({ items: [{ id: "3" }] }),
    ]);
    const ids: string[] = [];
    for await (const person of client.people.listAll({ search: "a", cursor: "c1" }))
      ids.push(person.id);
    assert.deepEqual(ids, ["1", "2", "3"]);
    assert.deepEqual(
      requests.map(({ url }) => new URL(url).search),
      ["?search=a&cursor=c1", "?search=a&cursor=c2", "?search=a&cursor=c3"],
    );
  });

  it("stops at a service that answers the same cursor again", async () => {
    const { client } = clientOf([
      json({ items: [], next: "c" }),
      json({ items: [], next: "c" }),
      json({ items: [], next: "c" }),
    ]);
    const walk = async () => {
      for await (const _ of client.campaigns.listAll()) assert.fail("there is no item");
    };
    await assert.rejects(walk, /same page again/);
  });
});

describe("an export of the client", () => {
  it("comes in pieces, whole", async () => {
    const { client, requests } = clientOf([() => new Response("recipient,state\r\n")]);
    let text = "";
    for await (const piece of client.campaigns.export("cmp_1", { format: "json" })) text += piece;
    assert.equal(text, "recipient,state\r\n");
    assert.match(requests[0]?.url ?? "", /\/v1\/campaigns\/cmp_1\/export\?format=json$/);
  });

  it("that breaks off rejects, so that half a file is not taken for a whole one", async () => {
    const half: Step = () => {
      let pulls = 0;
      const body = new ReadableStream({
        pull(controller) {
          pulls += 1;
          if (pulls === 1) controller.enqueue(new TextEncoder().encode("recipient,"));
          else controller.error(new TypeError("terminated"));
        },
      });
      return new Response(body);
    };
    const { client } = clientOf([half]);
    const pieces: string[] = [];
    const walk = async () => {
      for await (const piece of client.campaigns.export("cmp_1")) pieces.push(piece);
    };
    await assert.rejects(
      walk,
      (error) =>
        error instanceof CarillonUnreachableError && /broke off before its end/.test(error.message),
    );
    assert.deepEqual(pieces, ["recipient,"]);
  });
});

describe("a client", () => {
  it("is refused for an address or key that cannot be one, without showing the key", () => {
    for (const url of ["127.0.0.1:3978", "ftp://host", ""])
      assert.throws(() => createClient({ url, apiKey: "k" }), TypeError);
    assert.throws(
      () => createClient({ url: "http://127.0.0.1:3978", apiKey: "secret\nkey" }),
      (error) => error instanceof TypeError && !error.message.includes("secret"),
    );
  });
});
