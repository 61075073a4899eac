// Goal: what the emulator signs is believed, and what it signs wrongly is not. Method: the emulator and the real endpoint with
// the real token check, each behind a socket of its own.
import assert from "node:assert/strict";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { createEmulator, type Emulator, type TokenFlaw } from "@carillon/emulator";
import { toNodeListener } from "../../src/app/adapters.ts";
import { systemClock } from "../../src/app/runtime.ts";
import type { DirectoryFact } from "../../src/domain/directory.ts";
import { botId } from "../../src/domain/ids.ts";
import type { LogEvent, LogFields } from "../../src/domain/log.ts";
import { createInboundEndpoint, type InboundEndpoint } from "../../src/inbound/endpoint.ts";
import { createInboundVerifier } from "../../src/teams/inbound-token.ts";
import { createUndiciTransport } from "../../src/teams/undici-transport.ts";
import { MemoryInbound } from "./inbound-world.ts";

const transport = createUndiciTransport();
const servers: Server[] = [];
const store = new MemoryInbound();
const learnt: DirectoryFact[] = [];
const checks: unknown[] = [];
const bodies = new Map<number, string>();
const emulator: Emulator = createEmulator({ people: 5, teams: 1, chats: 1, rps: 0 });
let endpoint: InboundEndpoint;

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // a TCP listener has one
  return `http://127.0.0.1:${port}`;
}

before(async () => {
  emulator.setBaseUrl(await serve(toNodeListener((request) => emulator.fetch(request))));
  const { clientId, issuer, openIdMetadataUrl } = emulator.bot();
  const note = (event: LogEvent, fields: LogFields = {}) => {
    if (event === "inbound.refused") checks.push(fields.check);
  };
  const log = { info: note, warn: note, error: note };
  const verifier = createInboundVerifier(
    { transport, clock: systemClock, log },
    { appId: clientId, issuer, openIdMetadataUrl },
  );
  endpoint = createInboundEndpoint(
    {
      verifier,
      store,
      clock: systemClock,
      log,
      learn: async (facts) => void learnt.push(...facts),
      notify: () => Promise.reject(new Error("nothing is sent here")),
    },
    {
      botId: botId(clientId),
      auth: "required",
      handlers: { onCardAction: ({ verb }) => ({ text: `${verb} taken` }) },
    },
  );
  await endpoint.start();
  const url = await serve(toNodeListener((request) => endpoint.handle(request)));
  emulator.setBotEndpoint(`${url}/api/messages`);
});

after(async () => {
  await endpoint.stop();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await transport.close();
});

/** What the endpoint answers, and which check its log names, for each thing that can be wrong with a token. */
const flaws: Readonly<Record<TokenFlaw, readonly [number, string | null]>> = {
  missing: [401, "scheme"],
  garbage: [401, "token-form"],
  "wrong-issuer": [401, "issuer"],
  "wrong-audience": [401, "audience"],
  "wrong-endorsement": [403, "endorsements"],
  "unknown-kid": [401, "key"],
  "bad-signature": [401, "signature"],
  expired: [401, "lifetime"],
  "expired-within-skew": [200, null],
  "not-yet-valid": [401, "lifetime"],
  "no-service-url": [401, "service-url"],
  "other-service-url": [401, "service-url"],
  "alg-none": [401, "algorithm"],
  hs256: [401, "algorithm"],
  "entra-own-tenant": [401, "issuer"],
  "entra-strange-tenant": [401, "issuer"],
};

describe("activities as the emulator signs them", () => {
  it("teach people, teams and chats when the app is installed", async () => {
    for (const target of ["all", { team: 0 }, { chat: 0 }] as const) {
      const report = await emulator.install(target);
      assert.deepEqual([report.failed, report.failures], [0, []]);
    }
    await endpoint.drain();
    const { tenantId } = emulator.bot();
    assert.ok(learnt.every((fact) => fact.tenantId === tenantId));
    const installed = learnt.flatMap((fact) =>
      fact.fact === "person-install" ? [fact.person.aadObjectId] : [],
    );
    const people = emulator.people().items.filter((person) => person.installed);
    assert.ok(people.length > 0);
    assert.deepEqual(new Set(installed), new Set(people.map((person) => person.aadObjectId)));
    const team = learnt.find((fact) => fact.fact === "team-seen");
    assert.deepEqual([team?.teamId, team?.install], [emulator.team(0).id, "installed"]);
    const chat = emulator.chats()[0]?.id;
    assert.ok(learnt.some((f) => f.fact === "conversation-seen" && f.conversationId === chat));
    const urls = learnt.flatMap((fact) => ("serviceUrl" in fact ? [fact.serviceUrl] : []));
    assert.deepEqual([...new Set(urls)], [emulator.bot().serviceUrl]);
  });

  it("are processed once when they are delivered again", async () => {
    const ada = emulator.people().items.find((person) => person.installed);
    assert.ok(ada);
    const answer = await emulator.say(ada.index, "hello");
    assert.equal(answer.status, 200);
    await endpoint.drain();
    const before = learnt.length;
    assert.equal((await emulator.redeliver(answer.activityId)).status, 200);
    await endpoint.drain();
    assert.equal(learnt.length, before);
    assert.ok(learnt.some((fact) => fact.fact === "person-active"));
  });

  for (const [flaw, [status, check]] of Object.entries(flaws)) {
    it(`are ${status === 200 ? "believed" : "refused"} when the token is: ${flaw}`, async () => {
      const ada = emulator.people().items.find((person) => person.installed);
      assert.ok(ada);
      const rows = store.rows.length;
      checks.length = 0;
      // Object.entries forgets the type of the keys, which is the type of `flaws`.
      const answer = await emulator.say(ada.index, "hello", { flaw: flaw as TokenFlaw });
      assert.equal(answer.status, status, answer.body);
      assert.deepEqual(checks, check === null ? [] : [check]);
      assert.equal(store.rows.length, rows + (status === 200 ? 1 : 0));
      // All refusals of a status read the same: the log has the reason, the caller has not.
      if (status !== 200) assert.equal(answer.body, bodies.get(status) ?? answer.body);
      bodies.set(status, answer.body);
    });
  }
});
