// Goal: `kill -9` of any of several processes on one database, at random instants, loses nothing, and a message comes twice only
// where a resend is recorded. Method: a service and two workers on one database of each kind; in each of a few rounds one of them,
// chosen by a seed, is killed after a random wait and started again; at the end both sides are counted.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type CarillonClient, createClient } from "@carillon/client";
import { createEmulator, type Emulator, listen } from "@carillon/emulator";
import { seededRandom } from "../../src/seeded-random.ts";
import {
  freePort,
  type RunningProcess,
  startServiceProcess,
  startWorkerProcess,
} from "../../src/service-process.ts";
import { type SharedDatabase, sharedDatabases } from "../../src/shared-database.ts";
import { until } from "../../src/until.ts";

const people = 600;
const laneRps = 40;
const rounds = 5;

for (const { name, skip, open } of sharedDatabases)
  describe(`several processes on one ${name} database, killed at random`, { skip }, () => {
    const random = seededRandom(20_261_125);
    let database: SharedDatabase;
    let emulator: Emulator;
    let listening: Awaited<ReturnType<typeof listen>>;
    let client: CarillonClient;
    /** The service first, then the workers. */
    const running: RunningProcess[] = [];
    let starts: readonly (() => Promise<RunningProcess>)[] = [];

    before(async () => {
      database = await open();
      emulator = createEmulator({ people, teams: 1, seed: 6, rps: laneRps, latencyMs: 20 });
      listening = await listen(emulator, { port: 0 });
      const port = await freePort();
      const shared = { emulatorUrl: listening.url, databaseUrl: database.url, laneRps };
      const service = await startServiceProcess({ ...shared, port });
      client = createClient({ url: service.url, apiKey: service.apiKey });
      starts = [
        () => startServiceProcess({ ...shared, port }),
        () => startWorkerProcess(shared),
        () => startWorkerProcess(shared),
      ];
      running.push(service, await startWorkerProcess(shared), await startWorkerProcess(shared));
      emulator.setBotEndpoint(`${service.url}/api/messages`);
      assert.equal((await emulator.install("all")).failed, 0);
    });
    after(async () => {
      await Promise.all(running.map((one) => one.kill()));
      await listening?.close();
      await database?.close();
    });

    /**
     * Kills one of the processes once a random number of messages more has arrived, and starts it again. Answers false where the
     * campaign was over before.
     */
    async function killOne(id: string): Promise<boolean> {
      const index = Math.floor(random() * running.length);
      const more = emulator.counts().accepted + 5 + Math.floor(random() * 40);
      const isOver = async () => (await client.campaigns.get(id)).state === "finished";
      await until(
        async () => emulator.counts().accepted >= more || (await isOver()),
        `${more} messages`,
      );
      if (emulator.counts().accepted < more) return false;
      await running[index]?.kill();
      const again = await starts[index]?.();
      assert.ok(again !== undefined);
      running[index] = again;
      return true;
    }

    it("lose nothing, and send twice only what they say they sent twice", async () => {
      const draft = await client.campaigns.create({
        name: "kill several",
        message: { text: "for ${person.id}" },
        audience: { include: [{ everyone: true }] },
      });
      await client.campaigns.start(draft.id);
      let kills = 0;
      while (kills < rounds && (await killOne(draft.id))) kills += 1;
      assert.ok(kills >= 2, `${kills} kills`);
      const campaign = await until(async () => {
        const now = await client.campaigns.get(draft.id);
        return now.state === "finished" && now;
      }, "the end");

      const { states, resent } = await checkedRows(draft.id);
      const { counts } = campaign;
      const total = [...states.values()].reduce((sum, count) => sum + count, 0);
      assert.equal(total, counts.total);
      assert.ok(total > people * 0.9, `${total} rows`);
      for (const [state, count] of states)
        assert.equal(counts[state as keyof typeof counts], count);
      assert.equal(resent, campaign.resent);
      assert.equal(counts.pending + counts.sending, 0);
      assert.deepEqual(await database.findings(), [], "every counter is that of its rows");
    });

    /** Holds each row against what arrived; answers how many rows are in which state, and how many resends there were. */
    async function checkedRows(id: string) {
      const arrived = new Map<string, number>();
      for (const { conversationId } of emulator.acceptedMessages())
        arrived.set(conversationId, (arrived.get(conversationId) ?? 0) + 1);
      const states = new Map<string, number>();
      let resent = 0;
      for await (const row of client.campaigns.deliveriesAll(id)) {
        states.set(row.state, (states.get(row.state) ?? 0) + 1);
        resent += row.resent;
        const count = arrived.get(row.conversationId ?? "") ?? 0;
        assert.ok(
          count <= 1 + row.resent,
          `${row.recipient}: ${count} arrived, ${row.resent} resent`,
        );
        if (row.state === "accepted") assert.ok(count >= 1, `${row.recipient} got nothing`);
      }
      return { states, resent };
    }
  });
