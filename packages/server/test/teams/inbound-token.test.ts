import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import type { Activity } from "../../src/domain/activity.ts";
import { ConfigError } from "../../src/domain/errors.ts";
import { createInboundVerifier } from "../../src/teams/inbound-token.ts";
import {
  activity,
  appId,
  ConnectorIssuer,
  issuer,
  metadataUrl,
  serviceUrl,
} from "./connector-issuer.ts";
import { answer, keptLog, ScriptedTransport, StandingClock } from "./scripted-transport.ts";

const minute = 60;
const hour = 3_600_000;

function setup(options: { readonly appId?: string; readonly cachedMax?: number } = {}) {
  const clock = new StandingClock();
  const log = keptLog();
  const connector = new ConnectorIssuer(clock);
  const verifier = createInboundVerifier(
    { transport: connector.transport, clock, log },
    { appId, issuer, openIdMetadataUrl: metadataUrl, ...options },
  );
  const seconds = () => Math.floor(clock.now() / 1000);
  /** "ok", or the status and the check that failed. */
  async function verdict(authorization: string | null, from: Activity = activity): Promise<string> {
    const result = await verifier.verify(authorization, from);
    return result.ok ? "ok" : `${result.status} ${result.check}`;
  }
  return { clock, log, connector, verifier, verdict, seconds };
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

test("strictness: good tokens are taken, and everything else is refused with its status and check", async () => {
  const { connector, verdict, seconds } = setup();
  connector.published = [
    { id: "key-1", endorsements: ["msteams", "webchat"] },
    { id: "other-channel", endorsements: ["webchat"] },
    { id: "unendorsed" },
  ];
  const entra = (tenant: string) => ({
    iss: `https://sts.windows.net/${tenant}/`,
    serviceurl: undefined,
    tid: tenant,
    appid: "99999999-0000-0000-0000-000000000000",
  });
  const good = await connector.bearer();
  const [head = "", payload = "", signature = ""] = good.slice("Bearer ".length).split(".");
  const hmacHead = encode({ alg: "HS256", kid: "key-1" });
  const hmac = createHmac("sha256", "public").update(`${hmacHead}.${payload}`).digest("base64url");
  const other = { ...activity, serviceUrl: "https://smba.trafficmanager.net/amer/2222/" };

  const rows: readonly [what: string, authorization: string | null, verdict: string, Activity?][] =
    [
      ["a good connector token", good, "ok"],
      ["the same with another case of the scheme", good.replace("Bearer", "bearer"), "ok"],
      ["audience api://", await connector.bearer({ aud: `api://${appId}` }), "ok"],
      ["audience api://botid-", await connector.bearer({ aud: `api://botid-${appId}` }), "ok"],
      ["audience in a list", await connector.bearer({ aud: ["x", appId] }), "ok"],
      ["expired 4 minutes ago", await connector.bearer({ exp: seconds() - 4 * minute }), "ok"],
      ["valid in 4 minutes", await connector.bearer({ nbf: seconds() + 4 * minute }), "ok"],
      [
        "service URL in another case, without slash",
        await connector.bearer({ serviceurl: serviceUrl.toUpperCase().slice(0, -1) }),
        "ok",
      ],
      ["no token", null, "401 scheme"],
      ["an empty header", "", "401 scheme"],
      ["another scheme", good.replace("Bearer", "Basic"), "401 scheme"],
      ["no token after the scheme", "Bearer ", "401 scheme"],
      ["two tokens", `${good}, ${good}`, "401 scheme"],
      ["something that is no token", "Bearer abc.def.ghi", "401 token-form"],
      ["a huge token", `Bearer a.${"a".repeat(20_000)}.b`, "401 token-form"],
      ["alg none", `Bearer ${encode({ alg: "none", kid: "key-1" })}.${payload}.`, "401 algorithm"],
      [
        "alg HS256 with the public key's id",
        `Bearer ${hmacHead}.${payload}.${hmac}`,
        "401 algorithm",
      ],
      ["no key id", `Bearer ${encode({ alg: "RS256" })}.${payload}.${signature}`, "401 key"],
      ["a key that is not published", await connector.bearer({}, { keyId: "stranger" }), "401 key"],
      [
        "a foreign key under a published id",
        await connector.bearer({}, { signedBy: "stranger" }),
        "401 signature",
      ],
      [
        "a changed payload",
        `Bearer ${head}.${encode({ iss: issuer, aud: appId, exp: seconds() + 60, serviceurl: serviceUrl })}.${signature}`,
        "401 signature",
      ],
      ["no signature", `Bearer ${head}.${payload}.`, "401 signature"],
      ["another audience", await connector.bearer({ aud: "33333333" }), "401 audience"],
      [
        "the channel service as audience",
        await connector.bearer({ aud: "https://api.botframework.com" }),
        "401 audience",
      ],
      ["no audience", await connector.bearer({ aud: undefined }), "401 audience"],
      [
        "expired 10 minutes ago",
        await connector.bearer({ exp: seconds() - 10 * minute }),
        "401 lifetime",
      ],
      [
        "valid in 10 minutes",
        await connector.bearer({ nbf: seconds() + 10 * minute }),
        "401 lifetime",
      ],
      ["no end", await connector.bearer({ exp: undefined }), "401 lifetime"],
      [
        "issuer of another cloud",
        await connector.bearer({ iss: "https://api.botframework.us" }),
        "401 issuer",
      ],
      ["issuer with a slash", await connector.bearer({ iss: `${issuer}/` }), "401 issuer"],
      ["no issuer", await connector.bearer({ iss: undefined }), "401 issuer"],
      ["Entra token of the bot's own tenant", await connector.bearer(entra("2222")), "401 issuer"],
      ["Entra token of a strange tenant", await connector.bearer(entra("6666")), "401 issuer"],
      [
        "Entra v2 token",
        await connector.bearer({
          ...entra("2222"),
          iss: "https://login.microsoftonline.com/2222/v2.0",
        }),
        "401 issuer",
      ],
      ["no serviceurl claim", await connector.bearer({ serviceurl: undefined }), "401 service-url"],
      ["an empty serviceurl claim", await connector.bearer({ serviceurl: "" }), "401 service-url"],
      [
        "a serviceurl claim that is no text",
        await connector.bearer({ serviceurl: [serviceUrl] }),
        "401 service-url",
      ],
      ["an activity that names another service URL", good, "401 service-url", other],
      [
        "an activity without a service URL",
        good,
        "401 service-url",
        { type: "message", channelId: "msteams" },
      ],
      [
        "a key endorsed for another channel",
        await connector.bearer({}, { keyId: "other-channel" }),
        "403 endorsements",
      ],
      [
        "a key without endorsements",
        await connector.bearer({}, { keyId: "unendorsed" }),
        "403 endorsements",
      ],
      [
        "an activity of a channel the key is not endorsed for",
        good,
        "403 endorsements",
        { ...activity, channelId: "slack" },
      ],
      ["an activity without a channel", good, "403 endorsements", { type: "message", serviceUrl }],
    ];
  for (const [what, authorization, expected, from] of rows) {
    assert.equal(await verdict(authorization, from), expected, what);
  }
});

test("what a verified token says comes with the answer", async () => {
  const { connector, verifier, seconds } = setup();
  assert.deepEqual(await verifier.verify(await connector.bearer(), activity), {
    ok: true,
    claims: { issuer, audience: appId, serviceUrl, expiresAt: (seconds() + 3600) * 1000 },
  });
});

test("a longer signature of the same family is taken, but not against the key's own algorithm", async () => {
  const { connector, verdict } = setup();
  for (const alg of ["RS384", "RS512"]) {
    assert.equal(await verdict(await connector.bearer({}, { alg })), "ok", alg);
  }
  assert.equal(await verdict(await connector.bearer({}, { alg: "PS256" })), "401 algorithm");
  const strict = setup();
  strict.connector.published = [{ id: "key-1", endorsements: ["msteams"], more: { alg: "RS512" } }];
  assert.equal(await strict.verdict(await strict.connector.bearer()), "401 algorithm");
});

test("a verified token is remembered, but each activity is still held against it", async () => {
  const { connector, verdict, clock } = setup();
  const good = await connector.bearer();
  assert.equal(await verdict(good), "ok");
  assert.equal(
    await verdict(good, { ...activity, serviceUrl: "https://evil.example/" }),
    "401 service-url",
  );
  assert.equal(await verdict(good, { ...activity, channelId: "webchat" }), "403 endorsements");
  clock.at += hour + 4 * minute * 1000;
  assert.equal(await verdict(good), "ok", "within the skew");
  clock.at += 2 * minute * 1000;
  assert.equal(await verdict(good), "401 lifetime");
  assert.equal(connector.fetches, 1);
});

test("a remembered token goes with its key", async () => {
  const { connector, verdict, clock } = setup();
  const good = await connector.bearer({ exp: Math.floor(clock.now() / 1000) + 9 * 86_400 });
  assert.equal(await verdict(good), "ok");
  await connector.bearer({}, { keyId: "key-2" }); // makes the key, which takes a while
  connector.published = [{ id: "key-2", endorsements: ["msteams"] }];
  clock.at += 24 * hour;
  assert.equal(await verdict(good), "ok", "the day-old set is replaced in the background");
  await settle();
  assert.equal(await verdict(good), "401 key");
});

test("only so many tokens are remembered, and a forgotten one is simply checked again", async () => {
  const { connector, verdict } = setup({ cachedMax: 2 });
  const tokens = await Promise.all(
    [1, 2, 3, 4].map((jti) => connector.bearer({ jti: String(jti) })),
  );
  for (const token of [...tokens, ...tokens]) assert.equal(await verdict(token), "ok");
});

test("an unknown key is looked for again, but not more often than every 30 seconds", async () => {
  const { connector, verdict, clock } = setup();
  assert.equal(await verdict(await connector.bearer()), "ok");
  const rolled = await connector.bearer({}, { keyId: "key-2" });
  const flood = await Promise.all(Array.from({ length: 50 }, () => verdict(rolled)));
  assert.deepEqual(new Set(flood), new Set(["401 key"]));
  assert.equal(connector.fetches, 1, "just fetched");
  connector.published = [...connector.published, { id: "key-2", endorsements: ["msteams"] }];
  clock.at += 30_000;
  const later = await Promise.all(Array.from({ length: 50 }, () => verdict(rolled)));
  assert.deepEqual(new Set(later), new Set(["ok"]));
  assert.equal(connector.fetches, 2);
});

test("the keys are fetched once for many at the start, and again after a day", async () => {
  const { connector, verdict, clock, log } = setup();
  const first = await connector.bearer({ exp: Math.floor(clock.now() / 1000) + 9 * 86_400 });
  await Promise.all(Array.from({ length: 20 }, () => verdict(first)));
  assert.equal(connector.fetches, 1);
  clock.at += 24 * hour - 1;
  assert.equal(await verdict(await connector.bearer()), "ok");
  assert.equal(connector.fetches, 1);
  clock.at += 1;
  assert.equal(await verdict(await connector.bearer()), "ok");
  await settle();
  assert.equal(connector.fetches, 2);
  assert.deepEqual(
    log.lines.map((line) => JSON.parse(line).event),
    ["keys.refreshed", "keys.refreshed"],
  );
});

test("when fetching fails the old keys stay in use; without any, every token is refused until one fetch succeeds", async () => {
  const { connector, verdict, clock, log } = setup();
  assert.equal(await verdict(await connector.bearer()), "ok");
  connector.down = true;
  clock.at += 25 * hour;
  for (let turn = 0; turn < 3; turn++) {
    assert.equal(await verdict(await connector.bearer({ jti: String(turn) })), "ok");
    await settle();
    clock.at += 31_000;
  }
  assert.ok(log.lines.some((line) => line.includes("keys.failed")));
  const cold = setup();
  cold.connector.down = true;
  const good = await cold.connector.bearer();
  assert.equal(await cold.verdict(good), "401 keys-unavailable");
  cold.connector.down = false;
  assert.equal(await cold.verdict(good), "401 keys-unavailable", "asked again too soon");
  cold.clock.at += 30_000;
  assert.equal(await cold.verdict(good), "ok");
});

test("documents of another form, or ones that lead elsewhere, give no keys", async () => {
  const documents: readonly (readonly [metadata: unknown, keys: unknown])[] = [
    ["<html>", {}],
    [{}, {}],
    [{ jwks_uri: "http://login.botframework.com/keys" }, { keys: [] }],
    [{ jwks_uri: "http://127.0.0.1:80/keys" }, { keys: [] }],
    [{ jwks_uri: "https://user:pass@login.botframework.com/keys" }, { keys: [] }],
    [{ jwks_uri: "https://login.botframework.com/keys" }, { keys: {} }],
    [
      { jwks_uri: "https://login.botframework.com/keys" },
      { keys: [null, 1, {}, { kty: "oct", kid: "key-1", k: "x" }] },
    ],
    [
      { jwks_uri: "https://login.botframework.com/keys" },
      { keys: [{ kty: "RSA", kid: "key-1", n: "!", e: "" }] },
    ],
    [
      { jwks_uri: "https://login.botframework.com/keys" },
      { keys: [{ kty: "RSA", kid: "key-1", use: "enc", n: "AQAB", e: "AQAB" }] },
    ],
  ];
  const clock = new StandingClock();
  const good = await new ConnectorIssuer(clock).bearer();
  for (const [metadata, keys] of documents) {
    const transport = new ScriptedTransport(({ url }) =>
      answer(200, url === metadataUrl ? metadata : keys),
    );
    const verifier = createInboundVerifier(
      { transport, clock, log: keptLog() },
      { appId, issuer, openIdMetadataUrl: metadataUrl },
    );
    const result = await verifier.verify(good, activity);
    assert.deepEqual(
      result,
      { ok: false, status: 401, check: "keys-unavailable" },
      JSON.stringify([metadata, keys]),
    );
    for (const { url } of transport.requests)
      assert.ok(url.startsWith("https://login.botframework.com/"), url);
  }
});

test("an app id that is missing, or a metadata URL that is not confidential, is a configuration error", () => {
  assert.throws(() => setup({ appId: "" }), ConfigError);
  const deps = {
    transport: new ScriptedTransport(() => answer(200)),
    clock: new StandingClock(),
    log: keptLog(),
  };
  for (const openIdMetadataUrl of ["http://login.example.com/x", "nonsense"]) {
    assert.throws(
      () => createInboundVerifier(deps, { appId, issuer, openIdMetadataUrl }),
      ConfigError,
    );
  }
});

test("property: no header and no activity makes it throw or passes", async () => {
  const { connector, verdict } = setup();
  const good = (await connector.bearer()).slice("Bearer ".length);
  await verdict(`Bearer ${good}`);
  const base64url = fc.base64String().map((text) => Buffer.from(text).toString("base64url"));
  const parts = fc.tuple(
    fc.oneof(
      base64url,
      fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value)).toString("base64url")),
    ),
    base64url,
    base64url,
  );
  const headers = fc.oneof(
    fc.string({ unit: "binary" }),
    parts.map((three) => `Bearer ${three.join(".")}`),
    parts.map(([, second, third]) => `Bearer ${good.split(".")[0]}.${second}.${third}`),
    fc.nat(good.length - 1).map((cut) => `Bearer ${good.slice(0, cut)}`),
  );
  await fc.assert(
    fc.asyncProperty(headers, async (authorization) => {
      assert.match(await verdict(authorization), /^40[13] [a-z-]+$/);
    }),
    { numRuns: 300 },
  );
});

/** Lets what was started in the background go on: it takes a few turns through the scripted documents. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}
