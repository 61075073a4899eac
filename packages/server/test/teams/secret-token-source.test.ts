import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../../src/domain/errors.ts";
import { cloudSettings } from "../../src/teams/clouds.ts";
import { createSecretTokenSource } from "../../src/teams/secret-token-source.ts";
import type { Token, TokenFailure } from "../../src/teams/token-source.ts";
import type { TransportRequest, TransportResult } from "../../src/teams/transport.ts";
import { answer, failed, keptLog, ScriptedTransport, StandingClock } from "./scripted-transport.ts";

const secret = "q~8S3cr3t/+value ==";
const connector = { tenantId: "customer", audience: "connector" } as const;
const minute = 60_000;

type Step = TransportResult | Promise<TransportResult>;

function setup(
  script: (request: TransportRequest, index: number) => Step,
  { tenantId = null }: { readonly tenantId?: string | null } = {},
) {
  const clock = new StandingClock();
  const log = keptLog();
  const transport = new ScriptedTransport(script);
  const source = createSecretTokenSource(
    { transport, clock, log },
    { cloud: cloudSettings("Public"), clientId: "app-1", clientSecret: secret, tenantId },
  );
  return { clock, log, transport, source };
}

const granted = (name: string, seconds: number | string = 3600) =>
  answer(200, { token_type: "Bearer", expires_in: seconds, access_token: name });
const refusal = (status: number, error: string, text: string, headers = {}) =>
  answer(status, { error, error_description: text }, headers);

function headerOf(result: Token | TokenFailure): string {
  return result.kind === "token" ? result.authorization : `failure ${result.code}`;
}

/** Lets what was started in the background go on. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("the connector token is asked for with the documented form, in the shared segment or the bot's own tenant", async () => {
  const shared = setup(() => granted("t"));
  assert.equal(headerOf(await shared.source.token(connector)), "Bearer t");
  const [request] = shared.transport.requests;
  assert.equal(request?.method, "POST");
  assert.equal(
    request?.url,
    "https://login.microsoftonline.com/botframework.com/oauth2/v2.0/token",
  );
  assert.deepEqual(Object.fromEntries(new URLSearchParams(request?.body)), {
    grant_type: "client_credentials",
    client_id: "app-1",
    client_secret: secret,
    scope: "https://api.botframework.com/.default",
  });
  const single = setup(() => granted("t"), { tenantId: "home-tenant" });
  await single.source.token(connector);
  assert.equal(
    single.transport.requests[0]?.url,
    "https://login.microsoftonline.com/home-tenant/oauth2/v2.0/token",
  );
});

test("a Graph token is asked for in the tenant concerned and kept apart", async () => {
  const { source, transport } = setup((_, index) => granted(`t${index}`), { tenantId: "home" });
  const graph = (tenantId: string) => source.token({ tenantId, audience: "graph" });
  assert.equal(headerOf(await graph("a")), "Bearer t0");
  assert.equal(headerOf(await graph("b")), "Bearer t1");
  assert.equal(headerOf(await source.token(connector)), "Bearer t2");
  assert.equal(headerOf(await graph("a")), "Bearer t0");
  assert.match(transport.requests[0]?.url ?? "", /\/a\/oauth2/);
  assert.equal(
    new URLSearchParams(transport.requests[0]?.body).get("scope"),
    "https://graph.microsoft.com/.default",
  );
});

test("however many ask at once, one token is acquired, and it serves every tenant of the bot", async () => {
  const { source, transport } = setup(async (_, index) => granted(`t${index}`));
  const tokens = await Promise.all(
    Array.from({ length: 500 }, (_, index) =>
      source.token({ tenantId: `t${index}`, audience: "connector" }),
    ),
  );
  assert.deepEqual(new Set(tokens.map(headerOf)), new Set(["Bearer t0"]));
  assert.equal(transport.requests.length, 1);
});

test("a token is replaced in the background five minutes before its end, while the old one is used on", async () => {
  let release: (result: TransportResult) => void = () => {};
  const { source, transport, clock } = setup((_, index) =>
    index === 0
      ? granted("old")
      : new Promise((resolve) => {
          release = resolve;
        }),
  );
  await source.token(connector);
  clock.at += 55 * minute - 1;
  await source.token(connector);
  assert.equal(transport.requests.length, 1);
  clock.at += 1;
  for (let turn = 0; turn < 5; turn++)
    assert.equal(headerOf(await source.token(connector)), "Bearer old");
  assert.equal(transport.requests.length, 2);
  release(granted("new"));
  await settle();
  assert.equal(headerOf(await source.token(connector)), "Bearer new");
  assert.equal(transport.requests.length, 2);
});

test("when the replacement fails the old token is used to its end, and the login host is asked ever less often", async () => {
  const { source, transport, clock } = setup((_, index) =>
    index === 0 ? granted("old") : answer(503, "down"),
  );
  await source.token(connector);
  clock.at += 55 * minute;
  const asked: number[] = [];
  for (let second = 0; second < 280; second++) {
    const before = transport.requests.length;
    assert.equal(headerOf(await source.token(connector)), "Bearer old");
    await settle();
    if (transport.requests.length > before) asked.push(second);
    clock.at += 1000;
  }
  assert.deepEqual(asked, [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
  clock.at += minute;
  assert.equal((await source.token(connector)).kind, "failure");
});

test("a token that ended is not used, also when nobody asked in between", async () => {
  const { source, clock } = setup((_, index) => granted(`t${index}`, index === 0 ? "60" : 3600));
  const first = await source.token(connector);
  assert.equal(first.kind === "token" && first.expiresAt - first.acquiredAt, minute);
  clock.at += minute;
  assert.equal(headerOf(await source.token(connector)), "Bearer t1");
});

test("it is ready while a token lasts or is known not to be had, and not while one is on its way", async () => {
  const steps: Step[] = [
    failed("not-sent", "connection"),
    granted("t0", 3600),
    granted("t1", 3600),
  ];
  const { clock, source } = setup(() => steps.shift() ?? granted("more"));
  assert.equal(source.isReady(connector), false);
  const first = source.token(connector);
  assert.equal(source.isReady(connector), false);
  assert.equal(headerOf(await first), "failure null");
  assert.equal(source.isReady(connector), true, "asking again now would answer the same failure");
  clock.at += 1000;
  assert.equal(source.isReady(connector), false);
  const token = await source.token(connector);
  assert.equal(source.isReady(connector), true);
  assert.ok(token.kind === "token" && source.drop(token));
  assert.equal(source.isReady(connector), false);
  assert.equal(headerOf(await source.token(connector)), "Bearer t1");
  clock.at += 60 * minute;
  assert.equal(source.isReady(connector), false);
});

test("errors that somebody has to put right are told from those that pass", async () => {
  const cases: readonly [Step, boolean, string | null][] = [
    [
      refusal(401, "invalid_client", "AADSTS7000215: Invalid client secret provided."),
      true,
      "AADSTS7000215",
    ],
    [refusal(401, "invalid_client", "AADSTS7000222: expired."), true, "AADSTS7000222"],
    [refusal(401, "invalid_client", "AADSTS7000229: no service principal."), true, "AADSTS7000229"],
    [refusal(400, "unauthorized_client", "AADSTS700016: not found."), true, "AADSTS700016"],
    [refusal(400, "invalid_resource", "AADSTS500011: resource."), true, "AADSTS500011"],
    [refusal(400, "invalid_request", "AADSTS90002: Tenant not found."), true, "AADSTS90002"],
    [refusal(400, "temporarily_unavailable", "AADSTS90033: try later."), false, "AADSTS90033"],
    [refusal(429, "too_many", "slow down"), false, "too_many"],
    [answer(500, "<html><title>oops</title></html>"), false, null],
    [answer(200, "<html>proxy</html>"), false, null],
    [answer(200, { access_token: "t" }), false, null],
    [answer(200, { access_token: "bad\r\ntoken", expires_in: 10 }), false, null],
    [answer(200, { access_token: "t", expires_in: -5 }), false, null],
    [failed("not-sent", "connection"), false, null],
    [failed("maybe-sent", "timeout"), false, null],
  ];
  for (const [step, permanent, code] of cases) {
    const { source } = setup(() => step);
    const result = await source.token(connector);
    assert.equal(result.kind, "failure");
    assert.deepEqual(result.kind === "failure" && [result.permanent, result.code], [
      permanent,
      code,
    ]);
  }
});

test("a failing login host is asked again with growing waits, and everybody gets the failure meanwhile", async () => {
  const { source, transport, clock } = setup((_, index) =>
    index < 4 ? answer(500) : granted("t"),
  );
  const waits: (number | null)[] = [];
  while (transport.requests.length < 5 && waits.length < 10) {
    const result = await source.token(connector);
    if (result.kind === "token") break;
    const before = transport.requests.length;
    assert.equal((await source.token(connector)).kind, "failure");
    assert.equal(transport.requests.length, before, "asked again at once");
    waits.push(result.retryAfterMs);
    clock.at += result.retryAfterMs ?? 0;
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 8000]);
  assert.equal(headerOf(await source.token(connector)), "Bearer t");
});

test("the login host's own Retry-After is obeyed, and a permanent error waits half a minute", async () => {
  const slow = setup(() => refusal(429, "x", "y", { "retry-after": "17" }));
  const throttled = await slow.source.token(connector);
  assert.equal(throttled.kind === "failure" && throttled.retryAfterMs, 17_000);
  slow.clock.at += 16_999;
  await slow.source.token(connector);
  assert.equal(slow.transport.requests.length, 1);
  const wrong = setup(() => refusal(401, "invalid_client", "AADSTS7000215"));
  const refused = await wrong.source.token(connector);
  assert.equal(refused.kind === "failure" && refused.retryAfterMs, 30_000);
});

test("a refused token is given up once a minute at most, and only while it is the one in use", async () => {
  const { source, transport, clock } = setup((_, index) => granted(`t${index}`));
  const first = await source.token(connector);
  assert.ok(first.kind === "token");
  assert.equal(source.drop(first), true);
  const second = await source.token(connector);
  assert.ok(second.kind === "token");
  assert.equal(second.authorization, "Bearer t1");
  assert.equal(source.drop(first), true, "there is another one already");
  assert.equal(source.drop(second), false, "too soon");
  assert.equal(headerOf(await source.token(connector)), "Bearer t1");
  clock.at += minute;
  assert.equal(source.drop(second), true);
  assert.equal(headerOf(await source.token(connector)), "Bearer t2");
  assert.equal(transport.requests.length, 3);
  assert.equal(source.drop({ ...second }), false, "not one of ours");
});

test("the secret is in no failure, no log line and no configuration error", async () => {
  const echo = [
    refusal(401, "invalid_client", `secret ${secret} is wrong`),
    answer(
      400,
      `client_secret=x&${encodeURIComponent(secret)} and ${new URLSearchParams({ s: secret })}`,
    ),
    answer(500, { error: { code: secret, message: secret } }),
  ];
  for (const step of echo) {
    const { source, log } = setup(() => step);
    const texts = [JSON.stringify(await source.token(connector)), ...log.lines];
    assert.equal(log.lines.length, 1);
    for (const text of texts) assert.ok(!/S3cr3t/.test(text), text);
  }
  const { source, log } = setup(() => granted("top-secret-token"));
  await source.token(connector);
  assert.deepEqual(
    log.lines.map((line) => line.includes("top-secret-token")),
    [false],
  );
});

test("a login URL that is not https is refused, but on this machine", () => {
  const make = (loginUrl: string) =>
    createSecretTokenSource(
      {
        transport: new ScriptedTransport(() => answer(200)),
        clock: new StandingClock(),
        log: keptLog(),
      },
      {
        cloud: { ...cloudSettings("Public"), loginUrl },
        clientId: "a",
        clientSecret: "b",
        tenantId: null,
      },
    );
  for (const url of ["http://login.example.com", "nonsense", "http://127.0.0.1.evil.example"]) {
    assert.throws(() => make(url), ConfigError);
  }
  assert.ok(make("http://127.0.0.1:3979"));
  assert.ok(make("https://login.example.com"));
});
