import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ConfigError } from "../../src/domain/errors.ts";
import { connectorHosts } from "../../src/teams/facts.ts";
import { createTrustedHosts } from "../../src/teams/trusted-hosts.ts";

const trusted = createTrustedHosts(connectorHosts.Public, [
  "bots.example.com:8443",
  "gateway.example.com",
  "127.0.0.1:3979",
  "localhost:4000",
  "[::1]:4001",
]);

test("the cloud's hosts are trusted on https, with and without path, slash and default port", () => {
  const taken: readonly [string, string][] = [
    ["https://smba.trafficmanager.net/teams/", "https://smba.trafficmanager.net/teams/"],
    ["https://smba.trafficmanager.net/teams", "https://smba.trafficmanager.net/teams/"],
    ["https://smba.trafficmanager.net", "https://smba.trafficmanager.net/"],
    ["https://smba.trafficmanager.net:443/in/", "https://smba.trafficmanager.net/in/"],
    ["HTTPS://SMBA.TrafficManager.NET/amer/Ab-1/", "https://smba.trafficmanager.net/amer/Ab-1/"],
    [
      "https://smba.infra.gcc.teams.microsoft.com/teams",
      "https://smba.infra.gcc.teams.microsoft.com/teams/",
    ],
  ];
  for (const [url, base] of taken) assert.equal(trusted.base(url), base, url);
});

test("hosts the operator names are trusted exactly, and plain http only for loopback ones among them", () => {
  const taken = [
    "https://bots.example.com:8443/x/",
    "https://gateway.example.com/",
    "http://127.0.0.1:3979/tenant/",
    "https://127.0.0.1:3979/",
    "http://localhost:4000/",
    "http://[::1]:4001/",
  ];
  for (const url of taken) assert.equal(trusted.base(url), url);
  const refused = [
    "http://bots.example.com:8443/",
    "https://bots.example.com/",
    "https://bots.example.com:8444/",
    "https://gateway.example.com:8443/",
    "http://gateway.example.com/",
    "http://127.0.0.1/",
    "http://127.0.0.1:3980/",
    "http://127.0.0.2:3979/",
    "http://localhost:3979/",
  ];
  for (const url of refused) assert.equal(trusted.base(url), null, url);
});

test("no trick of spelling gets a token to another host", () => {
  const tricks = [
    "http://smba.trafficmanager.net/teams/",
    "http://smba.trafficmanager.net@evil.example/",
    "https://smba.trafficmanager.net@evil.example/",
    "https://smba.trafficmanager.net:443@evil.example/",
    "https://user:pass@smba.trafficmanager.net/teams/",
    "https://@smba.trafficmanager.net/",
    "https://smba.trafficmanager.net:444/",
    "https://smba.trafficmanager.net:80/",
    "https://smba.trafficmanager.net:/",
    "https://smba.trafficmanager.net./teams/",
    "https://smba.trafficmanager.net.evil.example/",
    "https://evil.trafficmanager.net/",
    "https://smba.trafficmanager.net.trafficmanager.net/",
    "https://a.smba.trafficmanager.net/",
    "https://smba-trafficmanager.net/",
    "https://smba.trafficmanager.net\\@evil.example/",
    "https://evil.example\\smba.trafficmanager.net/",
    "https:\\\\smba.trafficmanager.net/",
    "https:/smba.trafficmanager.net/",
    "https:smba.trafficmanager.net/",
    "//smba.trafficmanager.net/",
    "smba.trafficmanager.net",
    " https://smba.trafficmanager.net/",
    "https://smba.trafficmanager.net/ ",
    "https://smba.traffic\tmanager.net/",
    "https://smba.trafficmanager.net/\r\nhost: evil.example",
    "https://smba.trafficmanager.net#@evil.example/",
    "https://smba.trafficmanager.net?@evil.example/",
    "https://smba.trafficmanager.net/?x=1",
    "https://smba.trafficmanager.net/#x",
    "https://%73mba.trafficmanager.net/",
    "https://smba\u3002trafficmanager\u3002net/",
    "https://\u0455mba.trafficmanager.net/",
    "https://\uff53mba.trafficmanager.net/",
    "https://smba.tra\ufb03cmanager.net/",
    "https://xn--mba-ihd.trafficmanager.net/",
    "ftp://smba.trafficmanager.net/",
    "file://smba.trafficmanager.net/etc/passwd",
    "javascript:alert(1)//smba.trafficmanager.net/",
    "http://2130706433:3979/",
    "http://0x7f.0.0.1:3979/",
    "http://127.1:3979/",
    "http://0177.0.0.1:3979/",
    "http://[::ffff:127.0.0.1]:3979/",
    "http://127.0.0.1:3979@evil.example/",
    "http://localhost.:4000/",
    "http://[0:0:0:0:0:0:0:1]:4001/",
    "",
    `https://smba.trafficmanager.net/${"a".repeat(3000)}`,
  ];
  for (const url of tricks) assert.equal(trusted.base(url), null, url);
});

test("the list of one cloud is not the list of another", () => {
  const gov = createTrustedHosts(connectorHosts.USGov);
  assert.equal(gov.base("https://smba.trafficmanager.net/teams/"), null);
  assert.ok(gov.base("https://smba.infra.gov.teams.microsoft.us/teams"));
  assert.equal(
    createTrustedHosts(connectorHosts.China).base("https://smba.trafficmanager.net/"),
    null,
  );
});

test("an extra host of another form than host or host:port is a configuration error", () => {
  const bad = [
    "",
    "*",
    "*.example.com",
    "https://bots.example.com",
    "bots.example.com/",
    "bots.example.com:",
    "bots.example.com:0",
    "bots.example.com:99999",
    "bots.example.com.",
    "user@bots.example.com",
    "b\u00fccher.example",
    "2130706433",
    "a b",
  ];
  for (const entry of bad) {
    assert.throws(() => createTrustedHosts([], [entry]), ConfigError, entry);
  }
});

test("property: what is trusted, a URL parser resolves to an origin of the list, and nothing throws", () => {
  const allowed = new Set([
    "https://smba.trafficmanager.net",
    "https://smba.infra.gcc.teams.microsoft.com",
    "https://bots.example.com:8443",
    "https://gateway.example.com",
    "https://127.0.0.1:3979",
    "http://127.0.0.1:3979",
    "https://localhost:4000",
    "http://localhost:4000",
    "https://[::1]:4001",
    "http://[::1]:4001",
  ]);
  const piece = fc.oneof(
    fc.constantFrom("http", "https", "://", ":", "/", "//", "\\", "@", ".", "#", "?", "%40", "\t"),
    fc.constantFrom("smba.trafficmanager.net", "evil.example", "127.0.0.1", "localhost", "[::1]"),
    fc.constantFrom(
      ":443",
      ":3979",
      ":4000",
      "/teams/",
      "%2e%2e",
      "user:pass@",
      "\u3002",
      "\u200b",
    ),
    fc.string({ unit: "binary", maxLength: 4 }),
  );
  const texts = fc.oneof(
    fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join("")),
    fc.array(piece, { maxLength: 5 }).map((pieces) => `https://${pieces.join("")}`),
    fc.webUrl(),
    fc.string({ unit: "binary" }),
  );
  let taken = 0;
  fc.assert(
    fc.property(texts, (text) => {
      const base = trusted.base(text);
      if (base === null) return;
      taken++;
      const url = new URL(base);
      assert.ok(allowed.has(url.origin), text);
      assert.equal(new URL(text).origin, url.origin);
      assert.ok(base.startsWith(`${url.origin}/`) && base.endsWith("/"));
      assert.equal(url.username + url.password + url.search + url.hash, "");
    }),
    { numRuns: 3000 },
  );
  assert.ok(taken > 0, "the texts never held a trusted URL, so nothing was checked");
});

test("property: suffixes and prefixes of a trusted host are other hosts", () => {
  const label = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  fc.assert(
    fc.property(label, fc.constantFrom(".", "-", ""), (word, joint) => {
      assert.equal(trusted.base(`https://${word}${joint}smba.trafficmanager.net/`), null);
      assert.equal(trusted.base(`https://smba.trafficmanager.net${joint}${word}/`), null);
    }),
  );
});
