// Goal: a campaign that is half sent goes on in the other kind of database, and back: nobody is left out, and a message comes twice
// only where a resend is recorded. Method: a real service on a file is killed in the middle; its database is copied to a real
// PostgreSQL server, checked, and a service started there, which is killed in its turn; copied back, the campaign is sent to its end.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { type CarillonClient, createClient } from "@carillon/client";
import { createEmulator, type Emulator, listen } from "@carillon/emulator";
import {
  skipWithoutPostgres,
  startPostgres,
  type TestPostgres,
} from "../src/postgres/for-tests.ts";
import {
  freePort,
  runCommand,
  type ServiceProcess,
  startServiceProcess,
} from "../src/service-process.ts";
import { until } from "../src/until.ts";

const people = 300;
/** So slow that the campaign outlasts whatever is done beside it; at its end, in the last database, it may be as fast as it can. */
const slowRps = 8;
const fastRps = 60;
const skip = skipWithoutPostgres();
let folder = "";
let server: TestPostgres | null = null;
let emulator: Emulator;
let listening: Awaited<ReturnType<typeof listen>>;
let port = 0;
let service: ServiceProcess | null = null;

before(async () => {
  if (skip !== false) return;
  folder = mkdtempSync(path.join(tmpdir(), "carillon-moved-"));
  server = await startPostgres();
  emulator = createEmulator({ people, teams: 1, seed: 7, rps: fastRps, latencyMs: 100 });
  listening = await listen(emulator, { port: 0 });
  port = await freePort();
});
after(async () => {
  await service?.kill();
  await listening?.close();
  await server?.end();
  if (folder !== "") rmSync(folder, { recursive: true, force: true });
});

/** Starts a service on a database, in place of the last one. */
async function serveOn(databaseUrl: string, laneRps = slowRps): Promise<CarillonClient> {
  service = await startServiceProcess({
    emulatorUrl: listening.url,
    databaseUrl,
    laneRps,
    port,
  });
  emulator.setBotEndpoint(`${service.url}/api/messages`);
  return createClient({ url: service.url, apiKey: service.apiKey });
}

async function copied(from: string, to: string, ...more: readonly string[]) {
  return runCommand(["db", "copy", "--from", from, "--to", to, ...more]);
}

async function mustBeContent(url: string): Promise<void> {
  const { code, out, err } = await runCommand(["db", "check", "--database-url", url]);
  assert.equal(code, 0, `${out}${err}`);
  assert.match(out, /^Nothing is wrong with /);
}

describe("a campaign in a database that is copied to the other kind and back", () => {
  it("goes on where it was, and reaches everybody", { skip }, async () => {
    assert.ok(server !== null);
    const first = `sqlite:${path.join(folder, "first.db")}`;
    const second = await server.newDatabase();
    const third = `sqlite:${path.join(folder, "third.db")}`;

    const client = await serveOn(first);
    assert.equal((await emulator.install("all")).failed, 0);
    const { id } = await client.campaigns.create({
      name: "moved",
      message: { text: "for ${person.id}" },
      audience: { include: [{ everyone: true }] },
    });
    await client.campaigns.start(id);
    await until(() => emulator.counts().accepted >= 30, "30 messages");

    const refused = await copied(first, second);
    assert.equal(refused.code, 75, refused.err);
    assert.match(
      refused.err,
      /first\.db is in use: another process has it open.*--in-use.*STORE_IN_USE/s,
    );
    const rehearsal = await server.newDatabase();
    const tried = await copied(first, rehearsal, "--in-use");
    assert.equal(tried.code, 0, tried.err);
    await mustBeContent(rehearsal);

    await service?.kill();
    const there = await copied(first, second, "--json");
    assert.equal(there.code, 0, there.err);
    await mustBeContent(second);
    const sentByFirst = emulator.counts().accepted;
    const moved = await serveOn(second);
    await until(() => emulator.counts().accepted > sentByFirst + 20, "20 messages more");
    assert.equal((await moved.campaigns.get(id)).state, "sending");
    const also = await copied(second, third);
    assert.equal(also.code, 75, also.err);
    assert.match(also.err, /is in use: another process is connected.*STORE_IN_USE/s);
    await service?.kill();

    const back = await copied(second, third, "--json");
    assert.equal(back.code, 0, back.err);
    assert.doesNotMatch(
      `${there.out}${back.out}`,
      new RegExp(`:${new URL(second).password || "-"}@`),
    );
    await mustBeContent(third);
    const last = await serveOn(third, fastRps);
    const campaign = await until(async () => {
      const now = await last.campaigns.get(id);
      return now.state === "finished" && now;
    }, "the end");
    await checkRows(last, id, campaign.counts.total);
    await service?.stop();
    await mustBeContent(third);
  });
});

/** Holds each row against what arrived. */
async function checkRows(client: CarillonClient, id: string, total: number): Promise<void> {
  const arrived = new Map<string, number>();
  for (const { conversationId } of emulator.acceptedMessages())
    arrived.set(conversationId, (arrived.get(conversationId) ?? 0) + 1);
  let rows = 0;
  for await (const row of client.campaigns.deliveriesAll(id)) {
    rows += 1;
    const count = arrived.get(row.conversationId ?? "") ?? 0;
    assert.ok(count <= 1 + row.resent, `${row.recipient}: ${count} arrived, ${row.resent} resent`);
    assert.equal(row.state === "accepted", count >= 1, `${row.recipient} is ${row.state}`);
  }
  assert.equal(rows, total);
  assert.ok(rows > people * 0.9, `${rows} rows`);
}
