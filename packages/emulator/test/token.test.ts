import assert from "node:assert/strict";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { test } from "node:test";
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify, SignJWT } from "jose";
import { asObject, type Json } from "../src/json.ts";
import { startAt, world } from "./world.ts";

test("a client secret gets a token for the connector that lives an hour", async () => {
  const { emulator, token, clock } = world();
  const { status, body } = await token();
  assert.equal(status, 200);
  assert.equal(body.token_type, "Bearer");
  assert.equal(body.expires_in, 3600);
  const claims = decodeJwt(body.access_token);
  assert.equal(claims.aud, "https://api.botframework.com");
  assert.equal(claims.appid, emulator.bot().clientId);
  assert.equal(claims.exp, Math.floor(clock.now() / 1000) + 3600);
});

test("the lifetime of tokens is an option", async () => {
  const { token, call, clock } = world({ tokenLifetimeSeconds: 60 });
  assert.equal((await token()).body.expires_in, 60);
  assert.equal((await call("GET", "v3/teams/x")).status, 404);
  clock.advance(60_000);
  assert.equal((await call("GET", "v3/teams/x")).status, 401);
});

for (const { name, change, segment, status, code, error } of [
  {
    name: "a wrong secret",
    change: { client_secret: "wrong" },
    status: 401,
    code: 7000215,
    error: "invalid_client",
  },
  {
    name: "an unknown app",
    change: { client_id: randomUUID() },
    status: 400,
    code: 700016,
    error: "unauthorized_client",
  },
  {
    name: "a strange tenant",
    segment: randomUUID(),
    status: 400,
    code: 700016,
    error: "unauthorized_client",
  },
  {
    name: "the shared segment for a single-tenant bot",
    segment: "botframework.com",
    status: 400,
    code: 700016,
    error: "unauthorized_client",
  },
  {
    name: "an unknown scope",
    change: { scope: "https://other.example/.default" },
    status: 400,
    code: 500011,
    error: "invalid_resource",
  },
  {
    name: "another grant",
    change: { grant_type: "password" },
    status: 400,
    code: 70003,
    error: "unsupported_grant_type",
  },
])
  test(`${name} is refused with AADSTS${code}`, async () => {
    const { token } = world();
    const answer = await token(change ?? {}, segment);
    assert.equal(answer.status, status);
    assert.equal(answer.body.error, error);
    assert.deepEqual(answer.body.error_codes, [code]);
    assert.match(answer.body.error_description, new RegExp(`^AADSTS${code}:`));
  });

test("a multi-tenant registration gets its token at the shared segment", async () => {
  const { token, call, emulator } = world({ registration: "multi-tenant" });
  const { body } = await token({}, "botframework.com");
  assert.equal(
    decodeJwt(body.access_token).iss,
    "https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/",
  );
  await emulator.install(0, { events: false });
  const conversation = emulator.person(0).conversationId;
  const { status } = await call("GET", `v3/conversations/${conversation}/members`, undefined, {
    token: body.access_token,
  });
  assert.equal(status, 200);
});

for (const alg of ["PS256", "RS256"])
  test(`a registered certificate gets a token by a client assertion signed ${alg}`, async () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const { emulator, token, clock } = world();
    const bot = emulator.bot();
    const assertion = (change: { aud?: string; sub?: string; exp?: number } = {}) =>
      new SignJWT({ jti: randomUUID() })
        .setProtectedHeader({ alg })
        .setIssuer(bot.clientId)
        .setSubject(change.sub ?? bot.clientId)
        .setAudience(change.aud ?? `${bot.loginUrl}/${bot.tenantId}/oauth2/v2.0/token`)
        .setNotBefore(Math.floor(clock.now() / 1000))
        .setExpirationTime(Math.floor(clock.now() / 1000) + (change.exp ?? 600))
        .sign(privateKey);
    const ask = async (client_assertion: string) =>
      (
        await token({
          client_secret: "",
          client_assertion,
          client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        })
      ).status;
    assert.equal(await ask(await assertion()), 401, "before it is registered");
    emulator.addCertificate(publicKey.export({ type: "spki", format: "pem" }).toString());
    assert.equal(await ask(await assertion()), 200);
    assert.equal(await ask(await assertion({ aud: "https://other.example" })), 401);
    assert.equal(await ask(await assertion({ sub: "somebody" })), 401);
    assert.equal(await ask(await assertion({ exp: -1 })), 401);
    assert.equal(await ask("not.a.jwt"), 401);
  });

test("a Graph token at the connector is refused and recorded, and the reverse too", async () => {
  const { emulator, token, call } = world();
  const graph = await token({ scope: emulator.bot().graphScope });
  const answer = await call("GET", "v3/teams/x", undefined, { token: graph.body.access_token });
  assert.equal(answer.status, 401);
  assert.equal(emulator.violations().at(-1)?.kind, "wrong-audience");
  const connector = await token();
  const atGraph = await call("GET", "/v1.0/users", undefined, {
    token: connector.body.access_token,
    base: emulator.bot().graphUrl,
  });
  assert.equal(atGraph.status, 501);
  assert.equal(emulator.violations().length, 2);
});

test("the login service publishes the key of its tokens", async () => {
  const { emulator, token } = world();
  const { loginUrl, tenantId } = emulator.bot();
  const read = async (url: string) => asObject((await (await emulator.fetch(url)).json()) as Json);
  const metadata = await read(`${loginUrl}/${tenantId}/v2.0/.well-known/openid-configuration`);
  assert.equal(metadata.token_endpoint, `${loginUrl}/${tenantId}/oauth2/v2.0/token`);
  const keys = (await read(String(metadata.jwks_uri))) as unknown as JSONWebKeySet;
  const { body } = await token();
  await jwtVerify(body.access_token, createLocalJWKSet(keys), { currentDate: new Date(startAt) });
});

test("a token that goes where tokens do not belong is recorded", async () => {
  const { emulator, token } = world();
  const { body } = await token();
  await emulator.fetch(emulator.bot().openIdMetadataUrl, {
    headers: { authorization: `Bearer ${body.access_token}` },
  });
  assert.equal(emulator.violations()[0]?.kind, "wrong-audience");
});

test("requests without a good token get 401, and an app that is no bot BotNotRegistered", async () => {
  const { call, token, emulator } = world({ otherApps: [{ appId: "other", secret: "s" }] });
  assert.equal((await call("GET", "v3/teams/x", undefined, { token: "" })).status, 401);
  assert.equal((await call("GET", "v3/teams/x", undefined, { token: "a.b.c" })).status, 401);
  const other = await token({ client_id: "other", client_secret: "s" });
  const answer = await call("GET", "v3/teams/x", undefined, { token: other.body.access_token });
  assert.equal(answer.status, 401);
  assert.equal(answer.body.error.code, "BotNotRegistered");
  assert.equal(emulator.violations().length, 0);
});

test("a token of before a restart is still good, and one that was tampered with is not", async () => {
  const first = world();
  const { body } = await first.token();
  const second = world();
  await second.emulator.install(0, { events: false });
  const path = `v3/conversations/${second.emulator.person(0).conversationId}/members`;
  const good = await second.call("GET", path, undefined, { token: body.access_token });
  assert.equal(good.status, 200);
  const [header, , signature] = String(body.access_token).split(".");
  const claims = { ...decodeJwt(body.access_token), exp: 9_999_999_999 };
  const forged = `${header}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${signature}`;
  assert.equal((await second.call("GET", path, undefined, { token: forged })).status, 401);
});
