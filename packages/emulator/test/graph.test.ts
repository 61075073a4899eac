import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readFlags } from "../src/cli/flags.ts";
import type { EmulatorOptions } from "../src/index.ts";
import { ConnectionReset } from "../src/index.ts";
import { UnitBucket } from "../src/limits/unit-bucket.ts";
import { world } from "./world.ts";

const selected = "?$select=id,userPrincipalName,displayName,userType";

/** A world whose client asks Graph. */
async function graphWorld(options: EmulatorOptions = {}) {
  const made = world(options);
  const tokenOf = async () =>
    String((await made.token({ scope: made.emulator.bot().graphScope })).body.access_token);
  let bearer = await tokenOf();
  return {
    ...made,
    /** Gets another token, with what is consented to by now. */
    async renew() {
      bearer = await tokenOf();
    },
    ask: (path: string) =>
      made.call("GET", `/v1.0/${path}`, undefined, {
        token: bearer,
        base: made.emulator.bot().graphUrl,
      }),
  };
}

test("a user is found by user principal name in any case, and by object id", async () => {
  const { ask, emulator } = await graphWorld();
  const someone = emulator.person(0);
  const wanted = {
    "@odata.context": `${emulator.bot().graphUrl}/v1.0/$metadata#users(id,userPrincipalName,displayName,userType)/$entity`,
    id: someone.aadObjectId,
    userPrincipalName: "someone@contoso.example",
    displayName: someone.name,
    userType: "Member",
  };
  for (const ref of ["someone@contoso.example", "SOMEONE@contoso.example", someone.aadObjectId]) {
    const { status, body, headers } = await ask(`users/${ref}${selected}`);
    assert.equal(status, 200);
    assert.deepEqual(body, wanted);
    assert.equal(headers.get("x-ms-resource-unit"), "1");
    assert.match(headers.get("request-id") ?? "", /./);
  }
});

test("the user type comes only where it is asked for, and no other property is made up", async () => {
  const { ask } = await graphWorld();
  const { body } = await ask("users/someone@contoso.example");
  assert.equal("userType" in body, false);
  assert.equal(body.mail, "someone@contoso.example");
  const strange = await ask("users/someone@contoso.example?$select=id,shoeSize");
  assert.equal(strange.status, 400);
  assert.match(strange.body.error.message, /shoeSize/);
});

test("a guest is found by the encoded user principal name alone, not by the e-mail address", async () => {
  const { ask, emulator } = await graphWorld({ people: 1_000 });
  const guest = emulator.people({ search: "#EXT#", limit: 1 }).items[0];
  assert.ok(guest);
  const upn = encodeURIComponent(guest.userPrincipalName);
  const { status, body } = await ask(`users/${upn}${selected}`);
  assert.equal(status, 200);
  assert.equal(body.userType, "Guest");
  assert.equal((await ask(`users/${encodeURIComponent(guest.email)}${selected}`)).status, 404);
  // A fragment never arrives: what is left of the name is nobody's.
  assert.equal((await ask(`users/${guest.userPrincipalName.split("#")[0]}`)).status, 404);
});

test("a name that begins with a dollar sign has to stand in brackets and quotes", async () => {
  const { ask } = await graphWorld();
  assert.equal((await ask("users/%24cash@contoso.example")).status, 400);
  const keyed = await ask("users('%24cash@contoso.example')");
  assert.equal(keyed.status, 404);
  assert.equal((await ask("users('someone@contoso.example')")).status, 200);
});

test("nobody of the name is a 404 in Graph's own shape", async () => {
  const { ask } = await graphWorld();
  const { status, body } = await ask(`users/nobody@contoso.example${selected}`);
  assert.equal(status, 404);
  assert.equal(body.error.code, "Request_ResourceNotFound");
  assert.match(body.error.innererror["request-id"], /./);
});

test("without consent a token has no role, and a later consent is in later tokens only", async () => {
  const { ask, renew, control } = await graphWorld({ graphPermissions: [] });
  const refused = await ask("users/someone@contoso.example");
  assert.equal(refused.status, 403);
  assert.equal(refused.body.error.code, "Authorization_RequestDenied");
  await control("POST", "graph/permissions", { permissions: ["User.Read.All"] });
  assert.equal((await ask("users/someone@contoso.example")).status, 403);
  await renew();
  assert.equal((await ask("users/someone@contoso.example")).status, 200);
});

test("what is consented to can be named on the command line, and nothing at all, too", () => {
  const permissions = (...argv: readonly string[]) => readFlags(argv).options.graphPermissions;
  assert.deepEqual(permissions("--consent", "User.Read.All,Group.Read.All"), [
    "User.Read.All",
    "Group.Read.All",
  ]);
  assert.deepEqual(permissions("--consent", ""), []);
  assert.equal(permissions(), undefined);
});

test("a missing, strange or expired token is refused", async () => {
  const { ask, call, clock, emulator } = await graphWorld();
  const base = emulator.bot().graphUrl;
  for (const token of ["", "garbage"]) {
    const answer = await call("GET", "/v1.0/users/x@y", undefined, { token, base });
    assert.equal(answer.status, 401);
    assert.equal(answer.body.error.code, "InvalidAuthenticationToken");
  }
  clock.advance(3_600_000);
  assert.equal((await ask("users/someone@contoso.example")).status, 401);
});

test("what is not imitated of Graph is 501", async () => {
  const { ask, call, emulator } = await graphWorld();
  for (const path of [
    "users",
    "users/x@y/teamwork/installedApps",
    "groups",
    "users/x@y?$expand=manager",
  ])
    assert.equal((await ask(path)).status, 501, path);
  const base = emulator.bot().graphUrl;
  assert.equal((await call("PATCH", "/v1.0/users/x@y", {}, { base })).status, 501);
});

test("the limit follows the size of the tenant, and no limit at all is none for Graph either", () => {
  const units = (people: number, rps = 50) => world({ people, rps }).emulator.limits().graphUnits;
  assert.deepEqual(
    [10, 49, 50, 500, 501, 5_000].map((people) => units(people)),
    [3_500, 3_500, 5_000, 5_000, 8_000, 8_000],
  );
  assert.equal(units(10, 0), 0);
});

test("a full bucket refuses with the scope and when to come again, and a request before that is a violation", async () => {
  const { ask, clock, emulator, control } = await graphWorld();
  await control("POST", "limits", { graphUnits: 10 });
  const loads = [];
  for (let asked = 0; asked < 10; asked += 1) {
    const { status, headers } = await ask("users/someone@contoso.example");
    assert.equal(status, 200);
    loads.push(headers.get("x-ms-throttle-limit-percentage"));
  }
  assert.deepEqual(loads, [...Array(8).fill(null), "0.90", "1.00"]);
  const refused = await ask("users/someone@contoso.example");
  assert.equal(refused.status, 429);
  assert.equal(refused.body.error.code, "TooManyRequests");
  const { clientId, tenantId } = emulator.bot();
  assert.equal(
    refused.headers.get("x-ms-throttle-scope"),
    `Tenant_Application/ReadWrite/${clientId}/${tenantId}`,
  );
  // It is counted all the same: two units have to come back.
  assert.equal(refused.headers.get("retry-after"), "2");
  clock.advance(1_000);
  await ask("users/someone@contoso.example");
  assert.deepEqual(
    emulator.violations().map(({ kind, operation }) => [kind, operation]),
    [["retry-after-ignored", "graph-user"]],
  );
});

test("what others read uses up the same bucket", async () => {
  const { ask, control } = await graphWorld();
  await control("POST", "graph/traffic", { units: 5_000 });
  assert.equal((await ask("users/someone@contoso.example")).status, 429);
});

test("faults meet Graph only where they name it", async () => {
  const { ask, emulator } = await graphWorld();
  const upn = "users/someone@contoso.example";
  emulator.setFaults({ rates: [{ kind: "unavailable", share: 1 }] });
  assert.equal((await ask(upn)).status, 200);
  const operation = "graph-user";
  emulator.setFaults({
    script: [
      { kind: "unavailable", operation },
      { kind: "throttled", operation, scope: "app", retryAfterSeconds: 7 },
      { kind: "unauthorized", operation },
      { kind: "html-ok", operation },
      { kind: "reset-before-commit", operation },
    ],
  });
  assert.equal((await ask(upn)).status, 503);
  const throttled = await ask(upn);
  assert.equal(throttled.headers.get("retry-after"), "7");
  assert.match(throttled.headers.get("x-ms-throttle-scope") ?? "", /^Application\//);
  assert.equal((await ask(upn)).status, 401);
  assert.match(String((await ask(upn)).body), /Sign in/);
  await assert.rejects(ask(upn), ConnectionReset);
});

test("a bucket lets no more in than it holds and gets back, whenever and however much is asked for", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ waitMs: fc.nat(3_000), cost: fc.integer({ min: 1, max: 5 }) }), {
        maxLength: 60,
      }),
      (asks) => {
        const limit = { units: 20, ms: 10_000 };
        const bucket = new UnitBucket(limit);
        let [now, taken] = [0, 0];
        for (const { waitMs, cost } of asks) {
          now += waitMs;
          const { isRefused, load } = bucket.take(cost, now);
          if (!isRefused) taken += cost;
          assert.ok(taken <= limit.units + (now * limit.units) / limit.ms + 1e-9);
          assert.ok(load <= 1.8 + 1e-9);
        }
      },
    ),
  );
});
