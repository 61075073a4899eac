// Goal: several processes outlive their database server: it ends as in a power cut for longer than a lease, and what was in flight is
// settled by whoever had it, or resent with a record. Method: a service and two workers, processes of their own, on a real
// server that is ended until each of them has told of it, and started again.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createClient } from "@carillon/client";
import { createEmulator, type Emulator, listen } from "@carillon/emulator";
import { openPostgresSnapshot } from "../../../server/src/store/care/postgres-snapshot.ts";
import { skipWithoutPostgres } from "../../src/postgres/for-tests.ts";
import { PostgresServer } from "../../src/postgres/server.ts";
import {
  freePort,
  type RunningProcess,
  startServiceProcess,
  startWorkerProcess,
} from "../../src/service-process.ts";
import { findingsOf } from "../../src/shared-database.ts";
import { until } from "../../src/until.ts";

const people = 200;
const laneRps = 40;
/** Who looks, for lanes and for jobs, tries again after 250, 500, 1,000 and 2,000 ms: longer together than a lease of 3,500 ms. */
const failures = 10;

describe("several processes on one PostgreSQL server", {
  skip: skipWithoutPostgres({ ownServer: true }),
}, () => {
  let server: PostgresServer;
  let emulator: Emulator;
  let listening: Awaited<ReturnType<typeof listen>>;
  const running: RunningProcess[] = [];

  before(async () => {
    server = await PostgresServer.create();
    emulator = createEmulator({ people, teams: 0, seed: 8, rps: laneRps, latencyMs: 100 });
    listening = await listen(emulator, { port: 0 });
  });
  after(async () => {
    await Promise.all(running.map((one) => one.kill()));
    await listening?.close();
    await server?.remove();
  });

  it("go on after it was away for longer than a lease", async () => {
    const shared = { emulatorUrl: listening.url, databaseUrl: server.url(), laneRps };
    const port = await freePort();
    const service = await startServiceProcess({ ...shared, port, worker: false });
    running.push(service, await startWorkerProcess(shared), await startWorkerProcess(shared));
    emulator.setBotEndpoint(`${service.url}/api/messages`);
    assert.equal((await emulator.install("all")).failed, 0);
    const client = createClient({ url: service.url, apiKey: service.apiKey });
    const { id } = await client.campaigns.create({
      name: "away",
      message: { text: "away" },
      audience: { include: [{ everyone: true }] },
    });
    await client.campaigns.start(id);
    await until(() => emulator.counts().accepted >= 40, "some accepted");
    await server.stop("SIGQUIT");
    const failed = (one: RunningProcess) => one.logged("store.failed").length;
    const before = running.map(failed);
    await until(
      () => running.slice(1).every((one, n) => failed(one) >= (before[n + 1] ?? 0) + failures),
      "both workers tell of it again and again",
    );
    const stood = emulator.counts().accepted;
    await server.start();
    await until(() => emulator.counts().accepted > stood, "it goes on");
    const end = await until(async () => {
      const now = await client.campaigns.get(id).catch(() => null);
      return now?.state === "finished" && now;
    }, "the end");
    const arrived = new Map<string, number>();
    for (const { conversationId } of emulator.acceptedMessages())
      arrived.set(conversationId, (arrived.get(conversationId) ?? 0) + 1);
    for await (const row of client.campaigns.deliveriesAll(id)) {
      const count = arrived.get(row.conversationId ?? "") ?? 0;
      assert.ok(
        count <= 1 + row.resent,
        `${row.recipient}: ${count} arrived, ${row.resent} resent`,
      );
      if (row.state === "accepted") assert.ok(count >= 1, `${row.recipient} got nothing`);
    }
    assert.equal(end.counts.pending + end.counts.sending, 0);
    assert.ok(end.counts.accepted > people * 0.8, JSON.stringify(end.counts));
    assert.deepEqual(await findingsOf(await openPostgresSnapshot(server.url())), []);
  });
});
