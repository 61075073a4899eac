// Goal: the library sends, receives and accounts as its types promise. Method: real parts on a real file, and the emulator, each
// behind a socket.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { createEmulator, type Emulator } from "@carillon/emulator";
import {
  type BotEventHandlers,
  type Carillon,
  type CarillonOptions,
  ConfigError,
  createCarillon,
  openStore,
  ProblemError,
  toNodeListener,
} from "../../src/index.ts";

const emulator: Emulator = createEmulator({ people: 20, teams: 1, seed: 3, rps: 0 });
const folder = mkdtempSync(path.join(tmpdir(), "carillon-library-"));
const servers: Server[] = [];
const waiting = new Set<() => void>();
let current: Carillon | null = null;
let files = 0;

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // a TCP listener has one
  return `http://127.0.0.1:${port}`;
}

function options(more: Partial<CarillonOptions> = {}): CarillonOptions {
  const { clientId, clientSecret, tenantId, ...urls } = emulator.bot();
  const { loginUrl, openIdMetadataUrl, globalServiceUrl: serviceUrl } = urls;
  files += 1;
  return {
    bot: { clientId, clientSecret, tenantId },
    endpoints: { loginUrl, openIdMetadataUrl, serviceUrl },
    trustedHosts: [new URL(urls.serviceUrl).host],
    store: `sqlite:${path.join(folder, `${files}.db`)}`,
    ratePerSecond: 0,
    ...more,
  };
}

/** Serves the emulator, and tells whoever waits of each answer. */
async function answer(request: Request): Promise<Response> {
  const response = await emulator.fetch(request);
  for (const resolve of waiting) resolve();
  waiting.clear();
  return response;
}

/** Resolves when `done` holds, which is looked at after each request to the emulator. */
async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise<void>((resolve) => waiting.add(resolve));
}

/** Makes the bot that the emulator's activities reach, for the length of `use`. */
async function withBot(
  use: (carillon: Carillon) => Promise<void>,
  more: Partial<CarillonOptions> = {},
): Promise<void> {
  emulator.reset();
  const carillon = await createCarillon(options(more));
  current = carillon;
  await carillon.start();
  try {
    await use(carillon);
  } finally {
    await carillon.stop();
    current = null;
  }
}

before(async () => {
  emulator.setBaseUrl(await serve(toNodeListener(answer)));
  const gone = () => new Response(null, { status: 503 });
  const bot = await serve(toNodeListener((request) => current?.fetch(request) ?? gone()));
  emulator.setBotEndpoint(`${bot}/api/messages`);
});

after(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true, force: true });
});

describe("a bot made with the library", { timeout: 60_000 }, () => {
  it("sends to a person as soon as it is told, and says what became of it", async () => {
    await withBot(async (carillon) => {
      await emulator.install(0);
      const { aadObjectId } = emulator.person(0);
      const { id, deliveries } = await carillon.send({ user: aadObjectId }, "hello");
      assert.equal(deliveries.length, 1);
      const settled = await carillon.engine.notifications.settled(id);
      const [delivery] = settled.deliveries;
      assert.equal(delivery?.state, "accepted", delivery?.detail ?? "");
      const [message] = emulator.inbox(0);
      assert.equal(message?.activityId, delivery?.activityId);
      assert.equal(message?.activity?.text, "hello");
    });
  });

  it("sends once for one idempotency key", async () => {
    await withBot(async (carillon) => {
      await emulator.install(0);
      const to = { user: emulator.person(0).aadObjectId };
      const ids = [];
      for (const _ of [1, 2])
        ids.push((await carillon.send(to, { text: "once" }, { idempotencyKey: "k" })).id);
      assert.equal(ids[0], ids[1]);
      await carillon.engine.notifications.settled(ids[0] ?? "");
      assert.equal(emulator.messageCount(0), 1);
    });
  });

  it("keeps what it was told before it started, or while it was stopped", async () => {
    emulator.reset();
    const kept = options();
    const first = await createCarillon(kept);
    current = first;
    await first.start();
    await emulator.install(0);
    await first.inbound.drain();
    await first.stop();
    const second = await createCarillon(kept);
    current = second;
    const { aadObjectId } = emulator.person(0);
    const { id } = await second.send({ user: aadObjectId }, { markdown: "**later**" });
    assert.equal(emulator.messageCount(0), 0);
    await second.start();
    const { deliveries } = await second.engine.notifications.settled(id);
    await second.stop();
    current = null;
    assert.equal(deliveries[0]?.state, "accepted");
    assert.equal(emulator.messageCount(0), 1);
  });

  it("runs a campaign to everyone, and tells when it is finished", async () => {
    await withBot(async (carillon) => {
      await emulator.install("all");
      await carillon.inbound.drain();
      const campaign = await carillon.campaign({
        name: "Good morning",
        message: { text: "Good morning, ${person.givenName}" },
        audience: { include: [{ everyone: true }] },
      });
      assert.equal((await campaign.status()).state, "draft");
      const over = campaign.finished();
      await campaign.start();
      const { state, counts } = await over;
      const people = emulator.people().items;
      const reached = people.filter((person) => person.installed && !person.blocked);
      assert.equal(state, "finished");
      assert.equal(counts.accepted, reached.length);
      assert.equal(counts.total, counts.accepted + counts.failed + counts.skipped);
      for (const person of reached) assert.equal(emulator.messageCount(person.index), 1);
      assert.deepEqual(await campaign.finished(), await campaign.status());
    });
  });

  it("edits a campaign's messages, and recalls them", async () => {
    await withBot(async (carillon) => {
      await emulator.install(0);
      await carillon.inbound.drain();
      const { aadObjectId } = emulator.person(0);
      const campaign = await carillon.campaign({
        name: "Lunch",
        message: { text: "Lunch at noon" },
        audience: { include: [{ user: aadObjectId }] },
      });
      await campaign.start();
      await campaign.finished();
      const edit = await campaign.edit("Lunch at one");
      assert.equal((await edit.finished()).counts.accepted, 1);
      assert.equal(emulator.inbox(0)[0]?.activity?.text, "Lunch at one");
      const recall = await campaign.recall({ priority: "normal" });
      assert.deepEqual((await recall.finished()).kind, "recall");
      assert.equal(emulator.inbox(0)[0]?.deleted, true);
      await assert.rejects(campaign.edit({ text: "too late" }), { code: "CAMPAIGN_RECALLED" });
      assert.equal((await campaign.recall()).id, recall.id);
    });
  });

  it("stops waiting for a campaign when the signal aborts", async () => {
    await withBot(async (carillon) => {
      const audience = { include: [{ everyone: true as const }] };
      const campaign = await carillon.campaign({ name: "Draft", message: { text: "x" }, audience });
      const abort = new AbortController();
      const waiting = campaign.finished({ signal: abort.signal });
      abort.abort(new Error("enough"));
      await assert.rejects(waiting, /enough/);
      await campaign.cancel();
      assert.equal((await campaign.finished()).state, "cancelled");
    });
  });

  it("runs the bot's own code, whose replies go where the event came from", async () => {
    const on: BotEventHandlers = {
      onInstall: ({ kind, reply }) => reply(`welcome to ${kind}`),
      onMessage: ({ text, reply }) => reply(`heard ${text}`),
    };
    await withBot(
      async (carillon) => {
        await emulator.install(0);
        await emulator.install({ team: 0 });
        await emulator.say(0, "ping");
        const team = emulator.team(0);
        const member = emulator.members({ team: 0 }).items[0];
        assert.ok(member);
        const asked = await emulator.mention(member.index, "look", { conversation: team.id });
        await carillon.inbound.drain();
        await until(() => emulator.counts().accepted >= 4);
        const texts = (ref: number | string) =>
          emulator
            .inbox(ref)
            .filter(({ from }) => from.kind === "bot")
            .map(({ activity }) => activity?.text);
        assert.deepEqual(texts(0).sort(), ["heard ping", "welcome to personal"]);
        assert.deepEqual(texts(team.id).sort(), ["heard look", "welcome to channel"]);
        const reply = emulator
          .inbox(team.id)
          .find(({ activity }) => activity?.text === "heard look");
        assert.equal(reply?.thread, asked.activityId);
      },
      { on },
    );
  });

  it("processes after a restart what it had stored and not processed, and replies once", async () => {
    emulator.reset();
    const heard: string[] = [];
    const on: BotEventHandlers = {
      onMessage: async ({ text, reply }) => {
        heard.push(text);
        await reply(`heard ${text}`);
      },
    };
    const kept = options({ on });
    const first = await createCarillon(kept);
    current = first;
    await emulator.install(0);
    assert.equal((await emulator.say(0, "ping")).status, 200);
    await first.stop();
    assert.deepEqual(heard, []);
    const second = await createCarillon(kept);
    current = second;
    await second.start();
    await second.inbound.drain();
    await until(() => emulator.counts().accepted >= 1);
    await second.stop();
    current = null;
    assert.deepEqual(heard, ["ping"]);
    assert.equal(emulator.messageCount(0), 1);
  });

  it("answers requests that are not for the bot with 404", async () => {
    await withBot(async (carillon) => {
      const response = await carillon.fetch(new Request("http://bot.example/v1/campaigns"));
      assert.equal(response.status, 404);
    });
  });

  it("refuses a send that cannot be, with the code that says why", async () => {
    await withBot(async (carillon) => {
      const stranger = { user: "stranger@elsewhere.example" };
      await assert.rejects(carillon.send(stranger, "x"), (error) => {
        assert.ok(error instanceof ProblemError);
        assert.equal(error.code, "RECIPIENT_UNKNOWN");
        return true;
      });
    });
  });

  it("leaves a store open that was opened by its user", async () => {
    const store = await openStore("sqlite::memory:");
    await withBot(async () => {}, { store });
    await store.probe();
    await store.close();
  });

  for (const [name, more] of [
    ["no client id", { bot: { clientId: "", clientSecret: "x" } }],
    ["no client secret", { bot: { clientId: "x", clientSecret: "" } }],
    ["a store that does not exist", { store: "mysql://x" }],
    ["a trusted host with a wildcard", { trustedHosts: ["*.example.com"] }],
    ["a login URL without TLS", { endpoints: { loginUrl: "http://login.example.com" } }],
    ["a rate below zero", { ratePerSecond: -1 }],
  ] as const) {
    it(`is refused with ${name}`, async () => {
      const refused = options(more);
      await assert.rejects(createCarillon(refused), ConfigError);
      // Nothing is held that a right attempt would need.
      if (!("store" in more)) await (await openStore(String(refused.store))).close();
    });
  }
});
