import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { activityId, botId, conversationId, teamId, tenantId } from "../../src/domain/ids.ts";
import { cloudSettings } from "../../src/teams/clouds.ts";
import { createConnector } from "../../src/teams/connector.ts";
import { connectorHosts } from "../../src/teams/facts.ts";
import type { Token, TokenFailure, TokenSource } from "../../src/teams/token-source.ts";
import type { TransportRequest, TransportResult } from "../../src/teams/transport.ts";
import { createTrustedHosts } from "../../src/teams/trusted-hosts.ts";
import {
  answer,
  failed,
  headerIn,
  ScriptedTransport,
  StandingClock,
} from "./scripted-transport.ts";

const address = {
  botId: botId("1111-bot"),
  tenantId: tenantId("2222-tenant"),
  serviceUrl: "https://smba.trafficmanager.net/emea/2222-tenant/",
};
const chat = conversationId("a:1xyz");
const channel = conversationId("19:abc@thread.tacv2");
const body = '{"type":"message","text":"h\u00e9llo"}';

/** Tokens named in turn; the names are what goes into the header. */
class ScriptedTokens implements TokenSource {
  readonly dropped: string[] = [];
  asked = 0;
  readonly #clock: StandingClock;
  #names: string[];
  #current: Token | TokenFailure;

  constructor(clock: StandingClock, names: string[]) {
    this.#clock = clock;
    this.#names = names;
    this.#current = this.#next();
  }

  async token() {
    this.asked++;
    return this.#current;
  }

  isReady() {
    return true;
  }

  drop(token: Token): boolean {
    this.dropped.push(token.authorization);
    if (this.#names.length === 0) return false;
    this.#current = this.#next();
    return true;
  }

  #next(): Token | TokenFailure {
    const name = this.#names.shift() ?? "";
    if (name === "none") {
      return {
        kind: "failure",
        permanent: true,
        code: "AADSTS7000215",
        detail: "no",
        retryAfterMs: 1,
      };
    }
    const now = this.#clock.now();
    return {
      kind: "token",
      authorization: `Bearer ${name}`,
      acquiredAt: now,
      expiresAt: now + 3_600_000,
    };
  }
}

function setup(
  script: (request: TransportRequest, index: number) => TransportResult,
  { tokens = ["t1"], cloud = cloudSettings("Public") } = {},
) {
  const clock = new StandingClock();
  const transport = new ScriptedTransport((request, index) => {
    clock.at += 7;
    return script(request, index);
  });
  const source = new ScriptedTokens(clock, [...tokens]);
  const connector = createConnector(
    { transport, tokens: source, clock },
    { cloud, trusted: createTrustedHosts(connectorHosts[cloud.name]), timeoutMs: 5000 },
  );
  return { clock, transport, tokens: source, connector };
}

test("a send posts the serialised activity as it is, with token, type and time-out", async () => {
  const { connector, transport } = setup(() => answer(201, { id: "1776" }, { "ms-cv": "cv1" }));
  const sent = await connector.sendActivity(address, { conversationId: chat, body });
  assert.deepEqual(sent, {
    outcome: { kind: "accepted" },
    evidence: {
      status: 201,
      platformCode: null,
      subCode: null,
      detail: null,
      requestId: "cv1",
      retryAfterMs: null,
      latencyMs: 7,
    },
    value: { activityId: "1776" },
  });
  const [request] = transport.requests;
  assert.equal(request?.method, "POST");
  assert.equal(
    request?.url,
    "https://smba.trafficmanager.net/emea/2222-tenant/v3/conversations/a%3A1xyz/activities",
  );
  assert.equal(request?.body, body);
  assert.equal(request?.timeoutMs, 5000);
  assert.equal(headerIn(request, "authorization"), "Bearer t1");
  assert.equal(headerIn(request, "content-type"), "application/json; charset=utf-8");
});

test("ids are percent-encoded in paths, with or without a slash at the service URL's end", async () => {
  const { connector, transport } = setup(() => answer(200, { id: "1" }));
  const at = { ...address, serviceUrl: "https://smba.trafficmanager.net/amer" };
  const thread = conversationId("19:abc@thread.tacv2;messageid=1776");
  await connector.sendActivity(at, { conversationId: thread, body });
  await connector.updateActivity(at, { conversationId: chat, activityId: activityId("1/2"), body });
  await connector.deleteActivity(at, { conversationId: chat, activityId: activityId("..") });
  await connector.getMember(at, { conversationId: chat, memberId: "ana+x@contoso.example" });
  const base = "https://smba.trafficmanager.net/amer/v3/conversations";
  assert.deepEqual(
    transport.requests.map(({ method, url }) => `${method} ${url}`),
    [
      `POST ${base}/19%3Aabc%40thread.tacv2%3Bmessageid%3D1776/activities`,
      `PUT ${base}/a%3A1xyz/activities/1%2F2`,
      `DELETE ${base}/a%3A1xyz/activities/%2E%2E`,
      `GET ${base}/a%3A1xyz/members/ana%2Bx%40contoso.example`,
    ],
  );
  assert.equal(headerIn(transport.requests[3], "content-type"), undefined);
});

test("property: no id leaves its path segment, and none makes it throw", async () => {
  const { connector, transport } = setup(() => answer(201, { id: "1" }));
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary" }), async (id) => {
      await connector.sendActivity(address, { conversationId: conversationId(id), body });
      const { pathname, search, hash } = new URL(transport.requests.at(-1)?.url ?? "");
      assert.match(pathname, /^\/emea\/2222-tenant\/v3\/conversations\/[^/]*\/activities$/);
      assert.equal(search + hash, "");
    }),
  );
});

test("without a stored service URL the cloud's global one is used", async () => {
  const { connector, transport } = setup(() => answer(201, { id: "a:1" }));
  const nowhere = { ...address, serviceUrl: null };
  await connector.createPersonalConversation(nowhere, { memberId: "29:1" });
  assert.equal(
    transport.requests[0]?.url,
    "https://smba.trafficmanager.net/teams/v3/conversations",
  );
});

test("a host that is not trusted gets neither a request nor a token", async () => {
  const { connector, transport, tokens } = setup(() => answer(201, { id: "1" }));
  for (const serviceUrl of ["https://evil.example/", "http://smba.trafficmanager.net/teams/"]) {
    assert.equal(connector.isTrusted(serviceUrl), false);
    const sent = await connector.sendActivity(
      { ...address, serviceUrl },
      { conversationId: chat, body },
    );
    assert.deepEqual(sent.outcome, { kind: "unauthorized", reason: "host-not-trusted" });
    assert.equal("value" in sent, false);
  }
  assert.equal(connector.isTrusted(address.serviceUrl), true);
  assert.deepEqual([transport.requests.length, tokens.asked], [0, 0]);
  const china = setup(() => answer(200), { cloud: cloudSettings("China") });
  const nowhere = await china.connector.getTeam(
    { ...address, serviceUrl: null },
    { teamId: teamId("19:t") },
  );
  assert.deepEqual(nowhere.outcome, { kind: "unauthorized", reason: "host-not-trusted" });
  assert.equal(china.transport.requests.length, 0);
});

test("a personal conversation is created for one member, without an activity, the tenant in both spellings", async () => {
  const { connector, transport } = setup(() => answer(201, { id: "a:1new" }));
  const made = await connector.createPersonalConversation(address, { memberId: "3333-user" });
  assert.deepEqual(made.value, { conversationId: "a:1new" });
  assert.deepEqual(JSON.parse(transport.requests[0]?.body ?? ""), {
    isGroup: false,
    bot: { id: "28:1111-bot" },
    members: [{ id: "3333-user" }],
    tenantId: "2222-tenant",
    channelData: { tenant: { id: "2222-tenant" } },
  });
});

test("a new thread carries the activity in the documented form and answers both ids", async () => {
  const id = "19:abc@thread.tacv2;messageid=1776";
  const { connector, transport } = setup((_, index) =>
    answer(201, index === 0 ? { id, activityId: "1776" } : { id }),
  );
  const made = await connector.createChannelThread(address, { channelId: channel, body });
  assert.deepEqual(made.value, { conversationId: id, activityId: "1776" });
  assert.deepEqual(JSON.parse(transport.requests[0]?.body ?? ""), {
    isGroup: true,
    channelData: { channel: { id: channel } },
    activity: JSON.parse(body),
    tenantId: "2222-tenant",
  });
  assert.ok(transport.requests[0]?.body?.includes(body), "the activity is passed on byte for byte");
  const split = await connector.createChannelThread(address, { channelId: channel, body });
  assert.deepEqual(split.value, { conversationId: id, activityId: null });
});

test("members are read in either spelling of their object id, and pages end without a token", async () => {
  const pages = [
    {
      continuationToken: "next&token=",
      members: [
        { id: "29:1", aadObjectId: "o1", name: "Ana", givenName: "Ana", userRole: "user" },
        { id: "29:2", objectId: "o2", email: "b@x", surname: "B", userPrincipalName: "b@x" },
        { name: "without id" },
        "nonsense",
      ],
    },
    { continuationToken: "", members: [] },
    { members: [] },
  ];
  const { connector, transport } = setup((_, index) => answer(200, pages[index]));
  const none = {
    name: null,
    givenName: null,
    surname: null,
    email: null,
    userPrincipalName: null,
    userRole: null,
  };
  const first = await connector.getMembersPage(address, {
    conversationId: channel,
    pageSize: 9000,
  });
  assert.deepEqual(first.value, {
    continuationToken: "next&token=",
    members: [
      {
        ...none,
        teamsId: "29:1",
        aadObjectId: "o1",
        name: "Ana",
        givenName: "Ana",
        userRole: "user",
      },
      {
        ...none,
        teamsId: "29:2",
        aadObjectId: "o2",
        email: "b@x",
        surname: "B",
        userPrincipalName: "b@x",
      },
    ],
  });
  const request = { conversationId: channel, pageSize: 1, continuationToken: "next&token=" };
  assert.deepEqual((await connector.getMembersPage(address, request)).value, { members: [] });
  assert.deepEqual((await connector.getMembersPage(address, request)).value, { members: [] });
  const base =
    "https://smba.trafficmanager.net/emea/2222-tenant/v3/conversations/19%3Aabc%40thread.tacv2";
  assert.equal(transport.requests[0]?.url, `${base}/pagedmembers?pageSize=500`);
  assert.equal(
    transport.requests[1]?.url,
    `${base}/pagedmembers?pageSize=50&continuationToken=next%26token%3D`,
  );
});

test("a single member, a team and its channels are read", async () => {
  const team = teamId("19:team@thread.tacv2");
  const { connector, transport } = setup((request) => {
    if (request.url.includes("/members/")) return answer(200, { id: "29:1", objectId: "o1" });
    return request.url.endsWith("/conversations")
      ? answer(200, {
          conversations: [
            { id: team, name: null, type: "standard" },
            { id: "19:c", name: "News" },
            {},
          ],
        })
      : answer(200, { id: team, name: "Nurses", aadGroupId: "g1" });
  });
  const member = await connector.getMember(address, { conversationId: chat, memberId: "o1" });
  assert.deepEqual([member.value?.teamsId, member.value?.aadObjectId], ["29:1", "o1"]);
  const read = await connector.getTeam(address, { teamId: team });
  assert.deepEqual(read.value, { name: "Nurses", aadGroupId: "g1" });
  const channels = await connector.getChannels(address, { teamId: team });
  assert.deepEqual(channels.value, [
    { teamId: team, id: team, name: null, type: "standard", deleted: false },
    { teamId: team, id: "19:c", name: "News", type: null, deleted: false },
  ]);
  assert.ok(transport.requests[1]?.url.endsWith("/v3/teams/19%3Ateam%40thread.tacv2"));
});

test("a deleted and an updated activity are accepted with an empty answer", async () => {
  const { connector } = setup(() => answer(200));
  const target = { conversationId: chat, activityId: activityId("1") };
  const deleted = await connector.deleteActivity(address, target);
  assert.deepEqual([deleted.outcome.kind, deleted.value], ["accepted", null]);
  const updated = await connector.updateActivity(address, { ...target, body });
  assert.deepEqual(updated.value, { activityId: null });
});

test("after a 401 the token is given up, no second request is made unasked, and the next call has a fresh one", async () => {
  const healed = setup(
    (request) =>
      headerIn(request, "authorization") === "Bearer t2" ? answer(201, { id: "1" }) : answer(401),
    { tokens: ["t1", "t2"] },
  );
  const refused = await healed.connector.sendActivity(address, { conversationId: chat, body });
  const stale = { kind: "transient", reason: "token-stale", retryAfterMs: null };
  assert.deepEqual([refused.outcome, refused.evidence.status], [stale, 401]);
  assert.equal(healed.transport.requests.length, 1);
  assert.deepEqual(healed.tokens.dropped, ["Bearer t1"]);
  const sent = await healed.connector.sendActivity(address, { conversationId: chat, body });
  assert.equal(sent.outcome.kind, "accepted");
  const last = setup(() => answer(401), { tokens: ["t1"] });
  const again = await last.connector.sendActivity(address, { conversationId: chat, body });
  assert.deepEqual(again.outcome, { kind: "unauthorized", reason: "token-refused" });
  assert.equal(last.transport.requests.length, 1, "no other token was to be had");
});

test("an unknown bot is not the token's fault while the token is young", async () => {
  const unknown = { error: { code: "BotNotRegistered", message: "x" } };
  const young = setup(() => answer(401, unknown), { tokens: ["t1", "t2"] });
  const sent = await young.connector.sendActivity(address, { conversationId: chat, body });
  assert.deepEqual(sent.outcome, { kind: "unauthorized", reason: "bot-unknown" });
  assert.equal(young.transport.requests.length, 1);
  const old = setup(() => answer(401, unknown), { tokens: ["t1", "t2"] });
  old.clock.at += 120_000;
  const again = await old.connector.sendActivity(address, { conversationId: chat, body });
  assert.deepEqual(again.outcome, { kind: "transient", reason: "token-stale", retryAfterMs: null });
});

test("without a token nothing is requested, also after one was given up", async () => {
  const none = setup(() => answer(201, { id: "1" }), { tokens: ["none"] });
  const sent = await none.connector.sendActivity(address, { conversationId: chat, body });
  assert.deepEqual(sent.outcome, { kind: "unauthorized", reason: "credentials-wrong" });
  assert.equal(none.transport.requests.length, 0);
  const lost = setup(() => answer(401), { tokens: ["t1", "none"] });
  await lost.connector.sendActivity(address, { conversationId: chat, body });
  const refused = await lost.connector.sendActivity(address, { conversationId: chat, body });
  assert.deepEqual(refused.outcome, { kind: "unauthorized", reason: "credentials-wrong" });
  assert.equal(lost.transport.requests.length, 1);
});

test("a lost connection is never repeated by the client itself", async () => {
  for (const phase of ["not-sent", "maybe-sent"] as const) {
    const { connector, transport } = setup(() => failed(phase, "connection"), {
      tokens: ["a", "b"],
    });
    const sent = await connector.sendActivity(address, { conversationId: chat, body });
    assert.equal(sent.outcome.kind, phase === "not-sent" ? "transient" : "uncertain");
    assert.equal(transport.requests.length, 1);
  }
});

test("the caller's signal reaches the transport", async () => {
  const { connector, transport } = setup(() => failed("not-sent", "aborted"));
  const { signal } = new AbortController();
  await connector.sendActivity(address, { conversationId: chat, body }, signal);
  assert.equal(transport.requests[0]?.signal, signal);
});
