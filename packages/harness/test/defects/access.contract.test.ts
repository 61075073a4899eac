// Goal: nothing of the service is open that was meant to be closed, and nothing that its users need is behind somebody else's door.
// Method: the whole service over real HTTP; every route that there is, asked without a key, with a wrong one, and with a token of Teams.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { runCarillon } from "../../src/command-line.ts";
import { type ContractWorld, contractWorld } from "../../src/contract-world.ts";

const people = 30;
let world: ContractWorld;
before(async () => {
  world = await contractWorld({ people, teams: 1, seed: 801 });
  await world.emulator.install("all");
  await world.service.carillon.inbound.drain();
});
after(() => world.close());

/** Each route of the API's own description, with something in place of its parameters. */
async function routes(): Promise<readonly { readonly method: string; readonly path: string }[]> {
  const answer = await fetch(`${world.service.url}/openapi.json`);
  // The document is ours, and tested to be valid elsewhere.
  const { paths } = (await answer.json()) as { readonly paths: Record<string, object> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({
      method: method.toUpperCase(),
      path: path.replace(/\{[^}]*\}/g, "x"),
    })),
  );
}

/** What everyone may ask. */
const open = ["GET /healthz", "GET /readyz", "GET /openapi.json", "GET /metrics"];

describe("a route", () => {
  it("that nobody thought of is closed: each needs a key, whatever it does (Company Communicator's history deletion)", async () => {
    const all = await routes();
    const closed = all.filter(({ method, path }) => !open.includes(`${method} ${path}`));
    assert.ok(closed.length >= 20, `${closed.length} routes`);
    const answers = await Promise.all(
      closed.flatMap(({ method, path }) =>
        [null, "Bearer wrong", "Bearer ", "Basic YTpi", `bearer ${world.apiKey}x`].map(
          async (authorization) => {
            const answer = await fetch(world.service.url + path, {
              method,
              headers: {
                "content-type": "application/json",
                ...(authorization !== null && { authorization }),
              },
              ...(method !== "GET" && { body: "{}" }),
            });
            await answer.text();
            return `${answer.status} ${method} ${path} ${authorization === null ? "none" : "wrong"}`;
          },
        ),
      ),
    );
    assert.deepEqual(
      answers.filter((answer) => !answer.startsWith("401 ")),
      [],
    );
    assert.equal((await world.client.campaigns.list()).items.length, 0, "and nothing was done");
  });

  it("that is under /v1 and is not known is closed, too, and so is every method (Company Communicator)", async () => {
    for (const path of [
      "/v1",
      "/v1/",
      "/v1/nothing",
      "/v1/campaigns/x/nothing",
      "/V1/campaigns",
      "//v1/campaigns",
    ])
      for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
        const answer = await fetch(world.service.url + path, { method });
        const text = await answer.text();
        assert.ok([401, 404, 405].includes(answer.status), `${answer.status} ${method} ${path}`);
        assert.ok(!text.includes("items"), text);
      }
  });

  it("that everyone may ask tells nothing of tenants, people, keys and files", async () => {
    const { aadObjectId, userPrincipalName } = world.emulator.person(0);
    const { tenantId, clientId, clientSecret } = world.emulator.bot();
    for (const route of ["/", "/healthz", "/readyz", "/openapi.json"]) {
      const text = await (await fetch(world.service.url + route)).text();
      for (const secret of [
        aadObjectId,
        userPrincipalName,
        tenantId,
        clientSecret,
        clientId,
        world.apiKey,
        world.directory,
      ])
        assert.ok(!text.includes(secret), `${route} tells ${secret}`);
    }
  });
});

describe("the results of a campaign", () => {
  it("are had at once as a file, with every row and its reason, without a chat, a consent or a cloud drive (Company Communicator)", async () => {
    const end = await world.run({ audience: { include: [{ everyone: true }] } });
    const environment = { CARILLON_URL: world.service.url, CARILLON_API_KEY: world.apiKey };
    for (const format of ["csv", "json"]) {
      const words = ["campaign", "export", end.id, "--format", format];
      const { code, out } = await runCarillon(words, { environment });
      assert.equal(code, 0);
      const rows: readonly unknown[] =
        format === "csv" ? out.trim().split("\r\n").slice(1) : JSON.parse(out);
      assert.equal(rows.length, end.counts.total);
      assert.match(out, /attempts/);
      assert.match(out, /conversationId/);
    }
  });

  it("are kept for each campaign, not for the newest 25 only (Company Communicator)", async () => {
    const message = { text: "One of many." };
    const audience = { include: [{ user: world.emulator.person(0).aadObjectId }] };
    for (let n = 0; n < 30; n += 1)
      await world.client.campaigns.create({ name: `Number ${n}`, message, audience });
    const names: string[] = [];
    for await (const { name } of world.client.campaigns.listAll()) names.push(name);
    for (let n = 0; n < 30; n += 1) assert.ok(names.includes(`Number ${n}`), `Number ${n}`);
  });

  it("are never called sent, delivered or read: only what Teams told has a name (Company Communicator's forks)", async () => {
    const text = await (await fetch(`${world.service.url}/openapi.json`)).text();
    const { components } = JSON.parse(text);
    const states = components.schemas.DeliveryState.enum;
    assert.deepEqual(states, [
      ...["pending", "sending", "accepted", "failed", "skipped", "cancelled", "uncertain"],
    ]);
    const members = [...text.matchAll(/"(\w+)":\{"type"/g)].map(([, name]) => name);
    assert.ok(members.length > 30);
    for (const word of [
      /^(?:is|was|last)?read(?:At|By|Count|s)?$/i,
      /^delivered/i,
      /^sent/i,
      /opened/i,
      /seen/i,
    ])
      assert.deepEqual(
        members.filter((name) => word.test(name ?? "")),
        [],
      );
  });

  it("are not success whatever happened: a send that Teams refused ends with 1 and the reason (16.proactive-messages sample)", async () => {
    const { emulator } = world;
    emulator.block(4);
    const environment = { CARILLON_URL: world.service.url, CARILLON_API_KEY: world.apiKey };
    const words = ["send", "--to", emulator.person(4).aadObjectId, "--text", "Hello", "--wait"];
    const { code, out } = await runCarillon(words, { environment });
    emulator.unblock(4);
    assert.equal(code, 1);
    assert.match(out, /blocked the bot/);
  });
});

describe("an attempt", () => {
  it("tells its status, code, request id, wait and what was decided, without a cloud's log (Company Communicator)", async () => {
    const person = world.emulator.person(2);
    world.emulator.setFaults({
      script: [
        { kind: "throttled", person: 2, retryAfterSeconds: 1 },
        { kind: "bad-gateway", person: 2 },
      ],
    });
    const audience = { include: [{ user: person.aadObjectId }] };
    const end = await world.run({ audience, message: { text: "Explained." } });
    world.emulator.setFaults(null);
    const [row] = await world.rows(end.id);
    const attempts = await world.client.campaigns.attempts(end.id, row?.recipient ?? "");
    assert.deepEqual(
      attempts.map(({ evidence }) => evidence.status),
      [429, 502, 201],
    );
    const [throttled, lost] = attempts;
    assert.equal(throttled?.evidence.retryAfterMs, 1000);
    for (const { evidence, decision } of attempts) {
      assert.match(evidence.requestId ?? "", /^emulator\./);
      assert.ok(evidence.latencyMs >= 0);
      assert.ok(decision.length > 5);
    }
    assert.match(lost?.decision ?? "", /may have arrived/);
  });
});
