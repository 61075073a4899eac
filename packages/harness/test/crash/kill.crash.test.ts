// Goal: `kill -9` in the middle of a campaign loses nothing, and a message comes twice only where a resend is recorded.
// Method: a real service process on a real file, the emulator here; kill, restart, kill, restart, then count on both sides.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { type CarillonClient, createClient } from "@carillon/client";
import { createEmulator, type Emulator, listen } from "@carillon/emulator";
import { freePort, type ServiceProcess, startServiceProcess } from "../../src/service-process.ts";

const people = 400;
const laneRps = 200;
let folder = "";
let emulator: Emulator;
let emulatorListening: Awaited<ReturnType<typeof listen>>;
let service: ServiceProcess;
let port = 0;

const start = () =>
  startServiceProcess({
    emulatorUrl: emulatorListening.url,
    databaseFile: path.join(folder, "carillon.db"),
    port,
    laneRps,
  });
const client = (): CarillonClient => createClient({ url: service.url, apiKey: service.apiKey });

/** Waits for something that happens in another process; gives up after a minute. */
async function until(done: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  while (!(await done())) {
    assert.ok(!signal.aborted, `${what} did not happen\n${service.output().slice(-3000)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "carillon-crash-"));
  port = await freePort();
  emulator = createEmulator({ people, teams: 1, seed: 5, rps: laneRps, latencyMs: 20 });
  emulatorListening = await listen(emulator, { port: 0 });
  service = await start();
  emulator.setBotEndpoint(`${service.url}/api/messages`);
  const report = await emulator.install("all");
  assert.equal(report.failed, 0, report.failures.join("\n"));
});
after(async () => {
  await service.kill();
  await emulatorListening.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("kill -9", () => {
  it("loses nothing, and sends twice only what it says it sent twice", async () => {
    const draft = await client().campaigns.create({
      name: "crash",
      message: { text: "for ${person.id}" },
      audience: { include: [{ everyone: true }] },
    });
    await client().campaigns.start(draft.id);
    for (const accepted of [60, 180, 260]) {
      await until(() => emulator.counts().accepted >= accepted, `${accepted} accepted`);
      await service.kill();
      service = await start();
    }
    await until(
      async () => (await client().campaigns.get(draft.id)).state === "finished",
      "the end",
    );

    const { counts, resent } = await client().campaigns.get(draft.id);
    const perConversation = new Map<string, number>();
    for (const { conversationId } of emulator.acceptedMessages())
      perConversation.set(conversationId, (perConversation.get(conversationId) ?? 0) + 1);
    let duplicates = 0;
    let rows = 0;
    for await (const row of client().campaigns.deliveriesAll(draft.id)) {
      rows += 1;
      const arrived = perConversation.get(row.conversationId ?? "") ?? 0;
      if (row.state === "accepted")
        assert.ok(arrived >= 1, `${row.recipient} is accepted and nothing arrived`);
      else
        assert.ok(
          arrived === 0 || row.state === "uncertain",
          `${row.recipient} is ${row.state}, ${arrived} arrived`,
        );
      assert.ok(
        arrived <= 1 + row.resent,
        `${row.recipient}: ${arrived} arrived, ${row.resent} resent`,
      );
      duplicates += Math.max(0, arrived - 1);
    }
    assert.equal(rows, counts.total);
    assert.equal(counts.pending + counts.sending, 0);
    const { installed } = { installed: emulator.people({ limit: 1 }).total };
    assert.ok(
      counts.total > people * 0.9 && counts.total <= installed,
      `${counts.total} of ${installed}`,
    );
    assert.ok(duplicates <= resent, `${duplicates} duplicates, ${resent} resent`);
    assert.ok(resent <= 3 * 256, "only what was in flight is uncertain");
  });

  it("ends cleanly when asked to, with nothing left in flight", async () => {
    const draft = await client().campaigns.create({
      name: "stop",
      message: { text: "again for ${person.id}" },
      audience: { include: [{ everyone: true }] },
    });
    await client().campaigns.start(draft.id);
    const before = emulator.counts().accepted;
    await until(() => emulator.counts().accepted >= before + 40, "40 more accepted");
    assert.equal(await service.stop(), 0);
    service = await start();
    await until(
      async () => (await client().campaigns.get(draft.id)).state === "finished",
      "the end",
    );
    assert.equal((await client().campaigns.get(draft.id)).resent, 0);
  });
});
