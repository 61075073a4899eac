// Goal: what goes wrong in the middle of a campaign stops it for as long as it lasts, is told, and loses nothing. Method: a full
// disk that is one, an emulator that is gone, a service that is asked to end; then rows and inboxes are counted.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statfsSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, it } from "node:test";
import { type Campaign, CarillonError, createClient } from "@carillon/client";
import { createEmulator, type Listening, listen } from "@carillon/emulator";
import { type ContractWorld, contractWorld } from "../src/contract-world.ts";
import { freePort, type ServiceProcess, startServiceProcess } from "../src/service-process.ts";
import { until } from "../src/until.ts";

const none = { withoutApp: 0, blocked: 0 };
const everyone = { include: [{ everyone: true }] } as const;

async function started(world: ContractWorld, text: string): Promise<string> {
  const { id } = await world.client.campaigns.create({
    name: text,
    message: { text },
    audience: everyone,
  });
  await world.client.campaigns.start(id);
  return id;
}

/** Waits until the campaign is as wanted. */
const campaignIs = (world: ContractWorld, id: string, is: (campaign: Campaign) => boolean) =>
  until(
    async () => {
      const now = await world.client.campaigns.get(id);
      return is(now) && now;
    },
    "the campaign's change",
    { ms: 40_000, more: () => world.logged().split("\n").slice(-20).join("\n") },
  );

/** Each row is accepted, and what arrived twice is recorded as sent twice. */
async function assertNothingLost(world: ContractWorld, id: string, text: string, people: number) {
  const end = await world.client.campaigns.get(id);
  assert.equal(end.counts.total, people);
  assert.equal(end.counts.accepted, people, JSON.stringify(end.reasons));
  assert.equal(end.attention, null);
  const arrived = new Map<string, number>();
  for (const { conversationId } of world.messages(text))
    arrived.set(conversationId, (arrived.get(conversationId) ?? 0) + 1);
  assert.equal(arrived.size, people);
  let resent = 0;
  for (const row of await world.rows(id)) {
    const count = arrived.get(row.conversationId ?? "") ?? 0;
    assert.ok(count <= 1 + row.resent, `${row.recipient}: ${count} arrived, ${row.resent} resent`);
    resent += row.resent;
  }
  assert.equal(end.resent, resent);
}

const readiness = async (world: ContractWorld) => {
  const answer = await fetch(`${world.service.url}/readyz`);
  return { status: answer.status, text: await answer.text() };
};

describe("an emulator that goes away in the middle of a campaign", () => {
  const people = 120;
  let world: ContractWorld;
  before(async () => {
    world = await contractWorld({ people, teams: 0, seed: 12, shares: none, laneRps: 200 });
    await world.emulator.install("all");
    await world.service.carillon.inbound.drain();
    world.emulator.setLatency(5);
  });
  after(() => world.close());

  it("is told of meanwhile, and once it is back all get theirs and nobody is lost", async () => {
    const text = "Whatever happens.";
    const id = await started(world, text);
    await until(() => world.emulator.counts().accepted >= 30, "some accepted");
    await world.unplug();
    const halted = await campaignIs(world, id, ({ attention }) => attention !== null);
    assert.equal(halted.attention?.code, "TEAMS_UNAVAILABLE");
    assert.ok(halted.attention.retryAt !== null, "it tries again by itself");
    assert.equal(halted.state, "sending");
    assert.equal(halted.counts.failed, 0);
    assert.ok(halted.counts.pending > 0);
    const { attention, lanes } = await world.client.status();
    assert.ok(attention.some(({ code }) => code === "TEAMS_UNAVAILABLE"));
    assert.equal(lanes[0]?.attention?.code, "TEAMS_UNAVAILABLE");
    const { status, text: reason } = await readiness(world);
    assert.equal(status, 200, "work is still taken, and kept");
    assert.match(reason, /TEAMS_UNAVAILABLE/);

    const { aadObjectId } = world.emulator.person(0);
    const later = await world.client.notifications.create({
      to: { user: aadObjectId },
      message: { text: "Taken while nobody answers." },
      priority: "urgent",
    });
    assert.equal(later.deliveries[0]?.state, "pending");

    await world.plug();
    await campaignIs(world, id, ({ state }) => state === "finished");
    await assertNothingLost(world, id, text, people);
    await until(
      async () => (await world.client.notifications.get(later.id)).state === "finished",
      "the notification's end",
    );
    assert.equal(world.messages("Taken while nobody answers.").length, 1);
    assert.deepEqual((await world.client.status()).attention, []);
    assert.doesNotMatch((await readiness(world)).text, /TEAMS/);
  });
});

describe("answers that are lost", () => {
  const people = 60;
  let world: ContractWorld;
  before(async () => {
    world = await contractWorld({ people, teams: 0, seed: 13, shares: none });
    await world.emulator.install("all");
    await world.service.carillon.inbound.drain();
  });
  after(() => world.close());
  const lost = { rates: [{ operation: "send", kind: "reset-after-commit", share: 0.2 }] } as const;

  it("make a message be sent again, and each repeat is recorded", async () => {
    world.emulator.setFaults(lost);
    const id = await started(world, "Perhaps twice.");
    const end = await campaignIs(world, id, ({ state }) => state === "finished");
    assert.ok(end.resent > 0, "a fifth of the answers were lost");
    await assertNothingLost(world, id, "Perhaps twice.", people);
  });

  it("stay uncertain where the author would rather not risk a second one", async () => {
    world.emulator.setFaults(lost);
    const text = "Once at most.";
    const end = await world.run({ audience: everyone, message: { text }, onUncertain: "hold" });
    world.emulator.setFaults(null);
    assert.ok(end.counts.uncertain > 0);
    assert.equal(end.counts.accepted + end.counts.uncertain, people);
    assert.equal(end.resent, 0);
    assert.equal(world.messages(text).length, people, "each was taken, if not all answered");
  });
});

describe("a full disk in the middle of a campaign", () => {
  const people = 300;
  let folder = "";
  let mounted = "";
  let world: ContractWorld | null = null;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "carillon-disk-"));
    const disk = path.join(folder, "disk");
    mkdirSync(disk);
    const { status, stderr } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=8m", "none", disk], {
      encoding: "utf8",
    });
    if (status === 0) mounted = disk;
    else console.error(`NOT TESTED: a full disk. A small disk cannot be mounted here: ${stderr}`);
  });
  after(async () => {
    await world?.close();
    if (mounted !== "") spawnSync("umount", ["-l", mounted]);
    rmSync(folder, { recursive: true, force: true });
  });

  /** Leaves not a byte free on the disk. Answers how to free it again. */
  function fill(disk: string): () => void {
    const file = path.join(disk, "ballast");
    const descriptor = openSync(file, "w");
    for (let size = 256 * 1024; size >= 512; size /= 2) {
      try {
        for (;;) writeSync(descriptor, Buffer.alloc(size));
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, "ENOSPC");
      }
    }
    fsyncSync(descriptor);
    closeSync(descriptor);
    assert.equal(statfsSync(disk).bavail, 0);
    return () => rmSync(file);
  }

  it("stops it, says so everywhere, and it goes on by itself when there is space again", async (t) => {
    if (mounted === "") {
      t.skip("a small disk cannot be mounted here: not root, or not allowed");
      return;
    }
    const directory = mounted;
    const here = await contractWorld({
      ...{ people, teams: 0, seed: 14, shares: none, laneRps: 150, directory },
    });
    world = here;
    await here.emulator.install("all");
    await here.service.carillon.inbound.drain();
    const text = "On a small disk.";
    const id = await started(here, text);
    await until(() => here.emulator.counts().accepted >= 20, "some accepted");
    // The log has room of its own until it is cut: from then on each commit needs some of the disk's.
    const db = new DatabaseSync(path.join(directory, "data/carillon.db"));
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    db.close();
    const free = fill(directory);
    const stopped = await campaignIs(here, id, ({ attention }) => attention !== null);
    assert.equal(stopped.attention?.code, "STORE_FULL");
    assert.match(stopped.attention.detail, /disk is full/i);
    assert.ok(stopped.attention.retryAt !== null);

    // Nothing more starts while nothing can be recorded.
    const before = here.emulator.counts().accepted;
    await until(async () => (await here.client.status()).lanes[0]?.inFlight === 0, "quiet");
    const settled = here.emulator.counts().accepted;
    assert.ok(settled - before <= 64, "only what was in flight ended");
    const retried = (await here.client.campaigns.get(id)).attention?.retryAt;
    await campaignIs(here, id, (now) => now.attention?.retryAt !== retried);
    assert.equal(here.emulator.counts().accepted, settled);

    const { attention } = await here.client.status();
    assert.ok(attention.some(({ code }) => code === "STORE_FULL"));
    const ready = await until(async () => {
      const now = await readiness(here);
      return now.status === 503 && now;
    }, "not ready");
    assert.match(ready.text, /disk is full.*by itself/i);
    assert.ok(!ready.text.includes(directory), "everyone may ask: no paths");

    const refused = await here.client.campaigns
      .create({ name: "No room", message: { text }, audience: everyone })
      .then(
        () => assert.fail("it was taken"),
        (error: unknown) => error,
      );
    assert.ok(refused instanceof CarillonError);
    assert.deepEqual([refused.status, refused.code], [503, "SERVICE_UNAVAILABLE"]);
    assert.match(refused.detail, /disk is full/i);
    const heard = await here.emulator.say(0, "hello");
    assert.equal(heard.status, 503, "Teams is asked to come again, so that nothing is lost");

    free();
    await campaignIs(here, id, ({ state }) => state === "finished");
    await assertNothingLost(here, id, text, people);
    assert.equal((await here.client.campaigns.get(id)).resent, 0, "what was known was kept");
    await until(async () => (await readiness(here)).status === 200, "ready again");
    assert.deepEqual((await here.client.status()).attention, []);
  });
});

describe("a service that is asked to end in the middle of a campaign", () => {
  const people = 150;
  const emulator = createEmulator({ people, teams: 0, seed: 15, rps: 0, shares: none });
  let folder = "";
  let listening: Listening;
  let service: ServiceProcess | null = null;
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "carillon-end-"));
    listening = await listen(emulator, { port: 0 });
  });
  after(async () => {
    await service?.kill();
    await listening.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("ends with 0 and leaves nothing in flight, and goes on where it was", async () => {
    const databaseFile = path.join(folder, "carillon.db");
    const port = await freePort();
    const start = () =>
      startServiceProcess({ emulatorUrl: listening.url, databaseFile, port, laneRps: 100 });
    const first = await start();
    service = first;
    // It introduces itself to the emulator a moment after it answers.
    emulator.setBotEndpoint(`${first.url}/api/messages`);
    await emulator.install("all");
    const client = createClient({ url: first.url, apiKey: first.apiKey });
    const more = () => `${first.output().slice(-2000)}\n${service?.output().slice(-2000)}`;
    const known = async () => (await client.status()).counts.people === people;
    await until(known, "everyone known", { more });
    emulator.setLatency(100);
    const draft = await client.campaigns.create({
      name: "end",
      message: { text: "Once." },
      audience: everyone,
    });
    await client.campaigns.start(draft.id);
    await until(() => emulator.counts().accepted >= 30, "some accepted", { more });
    assert.equal(await first.stop(), 0, first.output());

    const db = new DatabaseSync(databaseFile, { readOnly: true });
    const states = db.prepare("SELECT state, count(*) AS n FROM deliveries GROUP BY state").all();
    db.close();
    const count = (state: string) => Number(states.find((row) => row.state === state)?.n ?? 0);
    assert.equal(count("sending"), 0);
    assert.equal(count("accepted"), emulator.counts().accepted, "every answer was recorded");
    assert.equal(count("accepted") + count("pending"), people);
    assert.ok(count("pending") > 0, "it was in the middle");

    emulator.setLatency(0);
    service = await start();
    const finished = async () => {
      const now = await client.campaigns.get(draft.id);
      return now.state === "finished" && now;
    };
    const end = await until(finished, "the end", { more });
    assert.equal(end.counts.accepted, people);
    assert.equal(end.resent, 0);
    assert.equal(emulator.counts().accepted, people);
  });
});
