import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../../src/domain/errors.ts";
import { alternateServiceUrl, cloudSettings } from "../../src/teams/clouds.ts";
import { clouds, connectorHosts } from "../../src/teams/facts.ts";

test("every cloud's endpoints are https, and its service URLs are on its own list of trusted hosts", () => {
  for (const [name, facts] of Object.entries(clouds)) {
    const { loginUrl, openIdMetadataUrl, graphUrl, graphScope, serviceUrl } = facts;
    for (const url of [loginUrl, openIdMetadataUrl, graphUrl]) {
      assert.equal(new URL(url).protocol, "https:");
    }
    assert.equal(graphScope, `${graphUrl}/.default`);
    const hosts: Readonly<Record<string, readonly string[]>> = connectorHosts;
    for (const url of [serviceUrl, facts.alternateServiceUrl]) {
      if (url !== null) assert.ok(hosts[name]?.includes(new URL(url).host), url);
    }
  }
});

test("overrides replace single endpoints and leave the others", () => {
  const settings = cloudSettings("Public", {
    loginUrl: "http://127.0.0.1:3979/login/",
    serviceUrl: "http://127.0.0.1:3979/amer/tenant/",
  });
  assert.equal(settings.loginUrl, "http://127.0.0.1:3979/login");
  assert.equal(settings.serviceUrl, "http://127.0.0.1:3979/amer/tenant/");
  assert.equal(settings.issuer, "https://api.botframework.com");
  assert.equal(settings.graphUrl, "https://graph.microsoft.com");
  assert.equal(settings.name, "Public");
});

test("an override to which secrets must not travel is a configuration error that does not repeat a password", () => {
  const bad = [
    "http://login.example.com",
    "ftp://127.0.0.1",
    "not a url",
    "https://u:hunter2@login.example.com",
  ];
  for (const url of bad) {
    assert.throws(
      () => cloudSettings("Public", { loginUrl: url }),
      (error) => error instanceof ConfigError && !error.message.includes("hunter2"),
      url,
    );
  }
});

test("a public host and the GCC host are each other's alternative, and no other host has one", () => {
  const cloud = cloudSettings("Public");
  const gcc = "https://smba.infra.gcc.teams.microsoft.com/teams";
  const main = "https://smba.trafficmanager.net/teams/";
  assert.equal(alternateServiceUrl(cloud, null), gcc);
  assert.equal(alternateServiceUrl(cloud, "https://smba.trafficmanager.net/emea/t/"), gcc);
  assert.equal(alternateServiceUrl(cloud, "https://smba.infra.gcc.teams.microsoft.com/gcc"), main);
  assert.equal(alternateServiceUrl(cloud, "http://127.0.0.1:3979/"), null);
  assert.equal(alternateServiceUrl(cloud, "nonsense"), null);
  assert.equal(alternateServiceUrl(cloudSettings("USGov"), null), null);
  assert.equal(alternateServiceUrl(cloudSettings("China"), null), null);
  const gccTenant = cloudSettings("Public", { serviceUrl: gcc });
  assert.equal(alternateServiceUrl(gccTenant, null), main);
  const emulated = cloudSettings("Public", { serviceUrl: "http://127.0.0.1:3979/" });
  assert.equal(alternateServiceUrl(emulated, null), null);
});
