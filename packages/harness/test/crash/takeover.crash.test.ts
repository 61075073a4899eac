// Goal: of several processes on one database, another goes on when the one that sends is killed or stands still; and one that
// wakes up after that neither sends on nor writes what it knew, but says how much it was. Method: real processes on a database of
// each kind, the emulator here; SIGKILL, and SIGSTOP with SIGCONT.
import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import { type CarillonClient, createClient } from "@carillon/client";
import { createEmulator, type Emulator, listen } from "@carillon/emulator";
import {
  freePort,
  type RunningProcess,
  type ServiceProcess,
  startServiceProcess,
  startWorkerProcess,
} from "../../src/service-process.ts";
import { type SharedDatabase, sharedDatabases } from "../../src/shared-database.ts";
import { until } from "../../src/until.ts";

const people = 300;
const laneRps = 100;

for (const { name, skip, open } of sharedDatabases)
  describe(`several processes on one ${name} database`, { skip }, () => {
    let database: SharedDatabase;
    let emulator: Emulator;
    let emulatorListening: Awaited<ReturnType<typeof listen>>;
    let service: ServiceProcess;
    let workers: RunningProcess[] = [];

    const options = () => ({
      emulatorUrl: emulatorListening.url,
      databaseUrl: database.url,
      laneRps,
    });
    const client = (): CarillonClient => createClient({ url: service.url, apiKey: service.apiKey });
    const output = () => [service, ...workers].map((one) => one.output().slice(-3000)).join("\n");

    function untilTrue(look: () => boolean | Promise<boolean>, what: string): Promise<boolean> {
      return until(look, what, { more: output });
    }

    /** The worker that has the lane: the one that took it last. */
    function holder(): RunningProcess {
      const fenceOf = (one: RunningProcess) =>
        Number(one.logged("lane.acquired").at(-1)?.fence ?? 0);
      const [first] = [...workers].sort((a, b) => fenceOf(b) - fenceOf(a));
      assert.ok(first !== undefined && fenceOf(first) > 0, "somebody has the lane");
      return first;
    }

    before(async () => {
      database = await open();
      emulator = createEmulator({ people, teams: 1, seed: 7, rps: laneRps, latencyMs: 200 });
      emulatorListening = await listen(emulator, { port: 0 });
      service = await startServiceProcess({ ...options(), port: await freePort(), worker: false });
      emulator.setBotEndpoint(`${service.url}/api/messages`);
      const report = await emulator.install("all");
      assert.equal(report.failed, 0, report.failures.join("\n"));
      workers = [await startWorkerProcess(options()), await startWorkerProcess(options())];
    });
    after(async () => {
      for (const one of workers) {
        one.wake();
        await one.kill();
      }
      await service?.kill();
      await emulatorListening?.close();
      await database?.close();
    });

    async function startCampaign(name: string): Promise<string> {
      const { id } = await client().campaigns.create({
        name,
        message: { text: `${name} for \${person.id}` },
        audience: { include: [{ everyone: true }] },
      });
      const beforeIt = emulator.counts().accepted;
      await client().campaigns.start(id);
      await untilTrue(() => emulator.counts().accepted >= beforeIt + 50, "50 more accepted");
      return id;
    }

    /** How many of its messages arrived in each conversation. */
    function arrivedOf(name: string): ReadonlyMap<string, number> {
      const arrived = new Map<string, number>();
      for (const { conversationId, body } of emulator.acceptedMessages())
        if (JSON.stringify(body).includes(`${name} for`))
          arrived.set(conversationId, (arrived.get(conversationId) ?? 0) + 1);
      return arrived;
    }

    /** Every message against its row: as many as are recorded, and each resend with its reason. Answers how many came twice. */
    async function checkLedger(
      id: string,
      name: string,
    ): Promise<{ twice: number; resent: number }> {
      await untilTrue(
        async () => (await client().campaigns.get(id)).state === "finished",
        "the end",
      );
      const arrived = arrivedOf(name);
      let twice = 0;
      let resent = 0;
      for await (const row of client().campaigns.deliveriesAll(id)) {
        const count = arrived.get(row.conversationId ?? "") ?? 0;
        if (row.state === "accepted")
          assert.ok(count >= 1, `${row.recipient} is accepted, none arrived`);
        assert.ok(
          count <= 1 + row.resent,
          `${row.recipient}: ${count} arrived, ${row.resent} resent`,
        );
        twice += Math.max(0, count - 1);
        resent += row.resent;
        if (row.resent === 0) continue;
        const tried = await client().campaigns.attempts(id, row.recipient);
        const lost = tried.filter(({ outcome }) => outcome.kind === "uncertain");
        assert.ok(lost.length >= row.resent, `${row.recipient}: ${JSON.stringify(tried)}`);
      }
      const { counts, resent: counted } = await client().campaigns.get(id);
      assert.deepEqual([counts.pending, counts.sending, counted], [0, 0, resent]);
      assert.deepEqual(await database.findings(), [], "every counter is that of its rows");
      return { twice, resent };
    }

    /** Waits until the other worker has the lane, and notes how long that took. */
    async function untilTaken(from: RunningProcess, context: TestContext): Promise<RunningProcess> {
      const since = performance.now();
      await untilTrue(() => holder() !== from, "another takes the lane");
      context.diagnostic(`taken over after ${Math.round(performance.now() - since)} ms`);
      return holder();
    }

    it("go on when the one that sends is killed", async (context) => {
      const id = await startCampaign("killed");
      const dead = holder();
      await dead.kill();
      const next = await untilTaken(dead, context);
      assert.ok(next.logged("lane.acquired").at(-1)?.from !== undefined, "from the dead one");
      const { resent } = await checkLedger(id, "killed");
      assert.ok(resent <= 256, "only what was in flight is uncertain");
      workers = workers.map((one) => (one === dead ? next : one)).slice(0, 1);
      workers.push(await startWorkerProcess(options()));
    });

    it("leave nothing to one that stood still, and it says how much it had", async (context) => {
      const id = await startCampaign("paused");
      const old = holder();
      await database.pause(old);
      const next = await untilTaken(old, context);
      const recovered = await until(() => next.logged("lane.recovered").at(-1), "the recovery");
      old.wake();
      const lost = await until(() => old.logged("lane.lost").at(-1), "the old one's word", {
        more: output,
      });
      assert.equal(lost.deliveries, recovered.resent, "it had what the other found in flight");
      assert.ok(Number(lost.deliveries) > 0, "something was in flight");
      assert.ok(Number(lost.requests) >= Number(lost.settlements), JSON.stringify(lost));
      const { twice, resent } = await checkLedger(id, "paused");
      assert.ok(twice <= resent && resent >= Number(lost.deliveries));
      context.diagnostic(
        `${lost.deliveries} lost, ${lost.requests} requests, ${twice} arrived twice`,
      );
    });

    it("give the lane back when told to end, with nothing in flight", async () => {
      const id = await startCampaign("ended");
      const first = holder();
      assert.equal(await first.stop(), 0);
      workers = workers.filter((one) => one !== first);
      const { twice, resent } = await checkLedger(id, "ended");
      assert.deepEqual([twice, resent], [0, 0]);
      assert.equal(workers[0]?.logged("lane.acquired").at(-1)?.from, undefined, "it was free");
    });
  });
