import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { tenantId } from "../../src/domain/ids.ts";
import { cloudSettings } from "../../src/teams/clouds.ts";
import { createGraph, userPath } from "../../src/teams/graph.ts";
import { createSecretTokenSource } from "../../src/teams/secret-token-source.ts";
import type { TransportRequest, TransportResult } from "../../src/teams/transport.ts";
import {
  answer,
  headerIn,
  keptLog,
  ScriptedTransport,
  StandingClock,
} from "./scripted-transport.ts";

const customer = tenantId("70000000-0000-4000-8000-000000000000");
const ana = {
  id: "0d1f8a52-3f2b-4a57-9a0e-6a1c2f9b7e11",
  userPrincipalName: "ana@contoso.example",
  displayName: "Ana",
  userType: "Member",
};

/** A Graph client with real tokens, each by the name of its number and tenant. */
function setup(script: (request: TransportRequest, index: number) => TransportResult) {
  const clock = new StandingClock();
  const log = keptLog();
  const asked: TransportRequest[] = [];
  let tokens = 0;
  const transport = new ScriptedTransport((request) => {
    const [, tenant] = /microsoftonline\.com\/([^/]+)\/oauth2/.exec(request.url) ?? [];
    if (tenant !== undefined) {
      tokens += 1;
      return answer(200, { expires_in: 3600, access_token: `token-${tokens}-of-${tenant}` });
    }
    asked.push(request);
    return script(request, asked.length - 1);
  });
  const cloud = cloudSettings("Public");
  const source = createSecretTokenSource(
    { transport, clock, log },
    { cloud, clientId: "app-1", clientSecret: "a secret", tenantId: "home" },
  );
  return {
    clock,
    asked,
    transport,
    log,
    graph: createGraph({ transport, tokens: source, clock }, { cloud }),
  };
}

test("a user is asked for with a token of the tenant concerned, and only what is needed of them", async () => {
  const { graph, asked, transport } = setup(() => answer(200, ana));
  const { outcome, value } = await graph.findUser(customer, "ana@contoso.example");
  assert.equal(outcome.kind, "answered");
  assert.deepEqual(value, {
    id: ana.id,
    userPrincipalName: "ana@contoso.example",
    name: "Ana",
    isGuest: false,
  });
  assert.deepEqual(
    asked.map(({ method, url }) => [method, url]),
    [
      [
        "GET",
        "https://graph.microsoft.com/v1.0/users/ana%40contoso.example?$select=id,userPrincipalName,displayName,userType",
      ],
    ],
  );
  assert.equal(headerIn(asked[0], "authorization"), `Bearer token-1-of-${customer}`);
  const form = new URLSearchParams(transport.requests[0]?.body);
  assert.equal(form.get("scope"), "https://graph.microsoft.com/.default");
});

test("a guest is one by the user type, or by the name where Graph gives no type", async () => {
  for (const [given, isGuest] of [
    [{ userType: "Guest" }, true],
    [{ userType: null, userPrincipalName: "ana_fabrikam#EXT#@contoso.example" }, true],
    [{ userType: null }, false],
  ] as const) {
    const { graph } = setup(() => answer(200, { ...ana, ...given }));
    assert.equal((await graph.findUser(customer, "x@y")).value?.isGuest, isGuest);
  }
});

test("a name that begins with a dollar sign stands in brackets, and quotes in it are doubled", () => {
  assert.equal(userPath("$o'brien@contoso.example"), "users('%24o''brien%40contoso.example')");
  assert.equal(userPath("ana_x#EXT#@y"), "users/ana_x%23EXT%23%40y");
});

test("whatever a name is, the request goes to the cloud's Graph root, below its users", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.tuple(fc.string({ unit: "binary" }), fc.string({ unit: "binary" })),
        fc.constantFrom(
          ["//evil.example/x", "y"],
          ["../../x", "y"],
          ["", "evil.example"],
          ["$../x", "y"],
          ["a?b#c", "d"],
          ["\\\\evil", "x"],
        ),
      ),
      ([local, domain]) => {
        const path = userPath(`${local}@${domain}`);
        const url = new URL(`https://graph.microsoft.com/v1.0/${path}?$select=id`);
        assert.equal(url.origin, "https://graph.microsoft.com");
        assert.match(url.pathname, /^\/v1\.0\/users(?:\/[^/]*|\('[^/]*'\))$/);
        assert.equal(url.search, "?$select=id");
      },
    ),
  );
});

test("a refused token is replaced once, and the answer says that the same request may be made again", async () => {
  const { graph, asked } = setup((_, index) =>
    index === 0 ? answer(401, { error: { code: "InvalidAuthenticationToken" } }) : answer(200, ana),
  );
  const first = await graph.findUser(customer, "x@y");
  assert.deepEqual(first.outcome, {
    ...{ kind: "transient", reason: "token-stale", retryAfterMs: null },
  });
  assert.equal((await graph.findUser(customer, "x@y")).outcome.kind, "answered");
  assert.deepEqual(
    asked.map((request) => headerIn(request, "authorization")),
    [`Bearer token-1-of-${customer}`, `Bearer token-2-of-${customer}`],
  );
});

test("what is not consented to is asked for with a fresh token the next time, at most one in a minute", async () => {
  const { graph, asked, clock } = setup(() => answer(403, { error: { code: "Denied" } }));
  const seconds = [0, 1, 30, 61];
  for (const [index, at] of seconds.entries()) {
    clock.at += (at - (seconds[index - 1] ?? 0)) * 1000;
    const { outcome } = await graph.findUser(customer, "x@y");
    assert.deepEqual(outcome, { kind: "refused", reason: "not-consented" });
  }
  assert.deepEqual(
    asked.map((request) => headerIn(request, "authorization")?.split("-")[1]),
    ["1", "2", "2", "2"],
  );
  await graph.findUser(customer, "x@y");
  assert.equal(headerIn(asked.at(-1), "authorization")?.split("-")[1], "3");
});

test("no token is in a log line or in an answer", async () => {
  const echo = (request: TransportRequest) =>
    answer(500, `no good: ${headerIn(request, "authorization")}`);
  const { graph, log } = setup(echo);
  const told = JSON.stringify([await graph.findUser(customer, "x@y"), log.lines]);
  assert.match(told, /no good/);
  assert.doesNotMatch(told, /token-1/);
});
