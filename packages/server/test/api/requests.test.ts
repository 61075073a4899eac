import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { StoreError } from "../../src/domain/errors.ts";
import { apiWorld, newCampaign, problemOf } from "./api-world.ts";

const ana = { user: "ana@contoso.example" };
const hello = { text: "Hello" };

/** The refusal of a body, as `path: message` lines. */
async function refusalOf(path: string, body: unknown): Promise<readonly string[]> {
  const { post, engine } = apiWorld();
  const answer = await post(path, body);
  assert.equal(answer.status, 400);
  const problem = await problemOf(answer);
  assert.equal(problem.code, "REQUEST_INVALID");
  assert.equal(engine.creates, 0);
  return problem.errors.map(({ path: place, message }) => `${place}: ${message}`);
}

describe("a request whose form is wrong", () => {
  it("is told of every field that is wrong, in plain words", async () => {
    assert.deepEqual(
      await refusalOf("/v1/campaigns", {
        name: "",
        message: { text: 5, card: [] },
        audience: { include: [] },
        priority: "urgnt",
        sendAt: "tomorrow",
        ratePerSecond: 0,
        topic: null,
        onUncertain: "sometimes",
        expiresAt: 5,
      }),
      [
        "name: It must not be empty.",
        "message.text: It must be a text, and is the number 5.",
        "message.card: It must be a JSON object.",
        "audience.include: It must have at least 1 item.",
        "topic: It must be a text, and is null.",
        'priority: It must be one of "urgent", "normal", "bulk", and is "urgnt". Did you mean "urgent"?',
        "sendAt: It must be an instant with its offset, such as 2026-12-24T09:00:00+01:00.",
        "expiresAt: It must be a text, and is the number 5.",
        'onUncertain: It must be one of "resend", "hold", and is "sometimes".',
        "ratePerSecond: It must be more than 0.",
      ],
    );
  });

  it("is told what is missing", async () => {
    assert.deepEqual(await refusalOf("/v1/notifications", {}), [
      "to: It is missing.",
      "message: It is missing.",
    ]);
    assert.deepEqual(await refusalOf("/v1/campaigns", []), [
      "body: It must be a JSON object, and is a list.",
    ]);
  });

  it("with an unknown member is refused, and the nearest known one is named", async () => {
    assert.deepEqual(
      await refusalOf("/v1/campaigns", {
        ...newCampaign,
        priorty: "bulk",
        audience: { inclde: [{ everyone: true }], include: [{ everyone: true }] },
      }),
      [
        'audience: There is no "inclde" here. Did you mean "include"?',
        'body: There is no "priorty" here. Did you mean "priority"?',
      ],
    );
    const [far] = await refusalOf("/v1/notifications", { to: ana, message: hello, xyzzy: 1 });
    assert.match(far ?? "", /^body: There is no "xyzzy" here\. Known are "to", "message", /);
  });

  it("with unknown or wrong query parameters is refused alike", async () => {
    const { ask } = apiWorld();
    const answer = await ask("/v1/people?limit=0&serch=ana");
    const { errors } = await problemOf(answer);
    assert.deepEqual(errors, [
      { path: "query.limit", message: "It must be at least 1." },
      { path: "query", message: 'There is no "serch" here. Did you mean "search"?' },
    ]);
    for (const query of ["limit=1001", "limit=ten", "limit=1.5", "limit=", "limit=1&limit=2"])
      assert.equal((await ask(`/v1/people?${query}`)).status, 400, query);
  });

  it("names targets by their place, each with the platform's reason", async () => {
    const { post } = apiWorld();
    const answer = await post("/v1/notifications", {
      to: [ana, { email: "all@contoso.example" }, { chat: { users: [] } }],
      message: hello,
    });
    assert.equal(answer.status, 422);
    const problem = await problemOf(answer);
    assert.equal(problem.code, "TARGET_UNSUPPORTED");
    assert.deepEqual(
      problem.errors.map(({ path }) => path),
      ["to[1]", "to[2]"],
    );
    assert.match(problem.detail, /no way to write to a mail address/);
    assert.match(problem.errors[1]?.message ?? "", /cannot create a group chat/);
  });

  it("is REQUEST_INVALID where only some of its faults are the platform's", async () => {
    const errors = await refusalOf("/v1/campaigns", {
      ...newCampaign,
      audience: { include: [{ tag: "x" }, { usr: "x" }] },
    });
    assert.match(errors[0] ?? "", /^audience\.include\[0\]: A bot cannot address a tag/);
    assert.match(errors[1] ?? "", /^audience\.include\[1\]: This is no kind of target/);
  });

  it("with too many targets is sent to campaigns", async () => {
    const to = Array.from({ length: 1001 }, () => ana);
    const [error] = await refusalOf("/v1/notifications", { to, message: hello });
    assert.match(error ?? "", /^to: It must have 1 to 1000 targets, and has 1001\./);
  });

  it("with an expiry before the sending is refused", async () => {
    const [error] = await refusalOf("/v1/campaigns", {
      ...newCampaign,
      sendAt: "2026-12-24T09:00:00Z",
      expiresAt: "2026-12-24T10:00:00+02:00",
    });
    assert.equal(error, "expiresAt: It must be later than sendAt, or nothing would ever be sent.");
  });

  it("with names or values of any length or kind is refused at once", async () => {
    const long = "x".repeat(900_000);
    const [unknown] = await refusalOf("/v1/campaigns", { ...newCampaign, [long]: 1 });
    assert.ok((unknown ?? "").length < 500);
    const [value] = await refusalOf("/v1/campaigns", { ...newCampaign, priority: long });
    assert.ok((value ?? "").length < 200);
    const [proto] = await refusalOf(
      "/v1/campaigns",
      `{"__proto__":{"name":"x"},${JSON.stringify(newCampaign).slice(1)}`,
    );
    assert.match(proto ?? "", /__proto__/);
  });

  it("shows twenty faults at most, and survives any depth", async () => {
    const { post } = apiWorld();
    const many = await post("/v1/campaigns", {
      ...newCampaign,
      audience: { include: Array.from({ length: 300 }, () => 5) },
    });
    assert.equal((await problemOf(many)).errors.length, 20);
    const deep = `{"to":{"user":"29:Ana"},"message":{"card":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}}`;
    const answer = await post("/v1/notifications", deep);
    assert.equal((await problemOf(answer)).code, "MESSAGE_INVALID");
  });
});

describe("a request that cannot be read", () => {
  it("names line and column where its JSON breaks, and quotes nothing of it", async () => {
    const { post } = apiWorld();
    const answer = await post(
      "/v1/notifications",
      '{\n  "to": {"user": "secret"},\n  "message": ]',
    );
    assert.equal(answer.status, 400);
    const problem = await problemOf(answer);
    assert.equal(problem.code, "REQUEST_JSON_MALFORMED");
    assert.equal(
      problem.detail,
      "The body is not valid JSON: at line 3, column 14, a value should follow.",
    );
    assert.equal(problem.line, 3);
    assert.equal(problem.column, 14);
    assert.ok(!JSON.stringify(problem).includes("secret"));
  });

  it("is told that its body is empty, or not declared to be JSON", async () => {
    const { ask } = apiWorld();
    const json = { "content-type": "application/json" };
    const empty = await ask("/v1/notifications", { method: "POST", headers: json, body: "" });
    assert.equal((await problemOf(empty)).code, "REQUEST_JSON_MALFORMED");
    const form = await ask("/v1/notifications", { method: "POST", body: "to=ana" });
    assert.equal(form.status, 415);
    assert.equal((await problemOf(form)).code, "REQUEST_CONTENT_TYPE_WRONG");
  });

  it("is refused above 1 MiB, whether or not it says so beforehand", async () => {
    const { post, ask, engine } = apiWorld();
    const big = JSON.stringify({ to: ana, message: { text: "x".repeat(1024 * 1024) } });
    const declared = await post("/v1/notifications", big, { "content-length": String(big.length) });
    assert.equal(declared.status, 413);
    assert.equal((await problemOf(declared)).code, "REQUEST_TOO_LARGE");
    const streamed = await ask("/v1/notifications", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: new Blob([big]).stream(),
      duplex: "half",
    } as RequestInit); // the platform's types lack `duplex`
    assert.equal(streamed.status, 413);
    assert.equal(engine.creates, 0);
  });

  it("may have a body that its route does not need", async () => {
    const { post } = apiWorld();
    const { id } = (await (await post("/v1/campaigns", newCampaign)).json()) as { id: string };
    assert.equal((await post(`/v1/campaigns/${id}/start`, {})).status, 202);
  });
});

describe("a request that no route takes", () => {
  it("is answered 404 with the nearest route", async () => {
    const { ask, post } = apiWorld();
    const answer = await ask("/v1/campaings/cmp_1");
    assert.equal(answer.status, 404);
    const problem = await problemOf(answer);
    assert.equal(problem.code, "ROUTE_UNKNOWN");
    assert.equal(problem.nearest, "GET /v1/campaigns/{id}");
    assert.equal(
      (await problemOf(await post("/v1/campaigns/c/strat"))).nearest,
      "POST /v1/campaigns/{id}/start",
    );
    assert.equal((await problemOf(await ask("/v1/people/"))).nearest, "GET /v1/people");
    assert.equal((await problemOf(await ask("/wp-login.php"))).nearest, null);
  });

  it("is answered 405 with the methods there are, where the path is right", async () => {
    const { ask } = apiWorld();
    for (const [method, path, allow] of [
      ["DELETE", "/v1/campaigns/cmp_1", "GET, HEAD"],
      ["PUT", "/v1/campaigns", "GET, HEAD, POST"],
      ["GET", "/v1/campaigns/cmp_1/start", "POST"],
      ["POST", "/healthz", "GET, HEAD"],
    ] as const) {
      const answer = await ask(path, { method });
      assert.equal(answer.status, 405, path);
      assert.equal(answer.headers.get("allow"), allow);
      assert.equal((await problemOf(answer)).code, "ROUTE_METHOD_WRONG");
    }
  });
});

describe("a request that goes wrong", () => {
  it("because of the store is answered 503 with the store's code, and logged", async () => {
    const { ask, engine, logged } = apiWorld();
    engine.breakWith(
      new StoreError("STORE_FULL", { detail: "/var/lib/carillon.db: disk is full" }),
    );
    const answer = await ask("/v1/campaigns");
    assert.equal(answer.status, 503);
    assert.equal(answer.headers.get("retry-after"), "5");
    const problem = await problemOf(answer);
    assert.equal(problem.code, "SERVICE_UNAVAILABLE");
    assert.equal(problem.cause, "STORE_FULL");
    assert.match(problem.detail, /disk is full/i);
    assert.ok(!problem.detail.includes("/var/lib"));
    assert.deepEqual(
      logged.map(({ event }) => event),
      ["api.failed"],
    );
  });

  it("without our knowing why is answered 500 with the request's id and nothing else of it, and logged", async () => {
    const { ask, engine, logged } = apiWorld();
    engine.breakWith(new TypeError("secret is not a function"));
    const answer = await ask("/v1/campaigns/cmp_1");
    assert.equal(answer.status, 500);
    const problem = await problemOf(answer);
    assert.equal(problem.code, "INTERNAL");
    assert.ok(!JSON.stringify(problem).includes("secret"));
    assert.equal(answer.headers.get("x-request-id"), problem.requestId);
    const [entry] = logged;
    assert.equal(entry?.event, "api.failed");
    assert.equal(entry?.fields.requestId, problem.requestId);
    assert.equal(entry?.fields.route, "/v1/campaigns/:id");
    assert.equal(entry?.fields.error, "TypeError: secret is not a function");
  });

  it("is told of as RFC 9457 has it, with a type that resolves in the API document", async () => {
    const { ask, api } = apiWorld();
    const problem = await problemOf(await ask("/v1/people/nobody@contoso.example"));
    assert.deepEqual(
      [problem.type, problem.title, problem.status, problem.next.length > 0],
      [
        "/openapi.json#/x-error-codes/PERSON_UNKNOWN",
        "The directory does not know this person.",
        404,
        true,
      ],
    );
    const document = api.openApiDocument() as Record<string, Record<string, { what: string }>>;
    assert.equal(document["x-error-codes"]?.PERSON_UNKNOWN?.what, problem.title);
  });

  it("is kept by no cache, and neither is one that goes well", async () => {
    const { ask } = apiWorld();
    for (const path of ["/v1/people", "/v1/people/x", "/v1/nothing", "/healthz"]) {
      const { headers } = await ask(path);
      assert.equal(headers.get("cache-control"), "no-store", path);
      assert.equal(headers.get("x-content-type-options"), "nosniff", path);
      assert.match(headers.get("x-request-id") ?? "", /^req_/, path);
    }
  });
});
