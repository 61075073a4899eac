import assert from "node:assert/strict";
import { openPostgresSnapshot } from "../../../server/src/store/care/postgres-snapshot.ts";
import { type ContractWorld, contractWorld } from "../contract-world.ts";
import { findingsOf } from "../shared-database.ts";
import { until } from "../until.ts";

/** How many there are to be told. */
export const people = 150;
const text = "In trouble.";

/**
 * A campaign of a whole service on a PostgreSQL database, with a good part of it still to come. `onOpen` is given the world as
 * soon as there is something to close.
 */
export async function campaignUnderWay(
  databaseUrl: string,
  onOpen: (world: ContractWorld) => void,
): Promise<{ readonly world: ContractWorld; readonly id: string }> {
  const shares = { withoutApp: 0, blocked: 0 };
  const world = await contractWorld({
    ...{ people, teams: 0, seed: 201, shares, laneRps: 40, latencyMs: 20 },
    databaseUrl,
  });
  onOpen(world);
  await world.emulator.install("all");
  await world.service.carillon.inbound.drain();
  const { id } = await world.client.campaigns.create({
    name: text,
    message: { text },
    audience: { include: [{ everyone: true }] },
  });
  await world.client.campaigns.start(id);
  await until(() => world.emulator.counts().accepted >= 20, "some accepted");
  return { world, id };
}

/** Waits for the campaign's end, and holds the ledger against what arrived: everybody once, and every counter as by its rows. */
export async function assertWhole(world: ContractWorld, id: string, url: string): Promise<void> {
  const end = await until(
    async () => {
      const now = await world.client.campaigns.get(id).catch(() => null);
      return now?.state === "finished" && now;
    },
    "the end",
    { ms: 30_000, more: () => world.logged().slice(-3_000) },
  );
  assert.deepEqual([end.counts.accepted, end.counts.total, end.resent], [people, people, 0]);
  const arrived = new Map<string, number>();
  for (const { conversationId } of world.messages(text))
    arrived.set(conversationId, (arrived.get(conversationId) ?? 0) + 1);
  assert.equal(arrived.size, people);
  assert.deepEqual([...new Set(arrived.values())], [1], "everybody once");
  assert.deepEqual(await findingsOf(await openPostgresSnapshot(url)), []);
  const ready = async () => (await fetch(`${world.service.url}/readyz`)).status === 200;
  await until(ready, "ready again");
  assert.deepEqual((await world.client.status()).attention, []);
}

/** What an operator is told meanwhile: by the lane with cause and age, by readiness with cause and next step, and by the log. */
export async function assertTold(world: ContractWorld, code: string, next: RegExp): Promise<void> {
  const since = Date.now();
  const told = await until(
    () => {
      const attention = world.service.carillon.engine.lanes()[0]?.attention;
      return attention?.code === code && attention;
    },
    "the lane's word",
    { ms: 30_000, more: () => world.logged().slice(-3_000) },
  );
  assert.match(told.detail, next);
  assert.ok(told.since <= Date.now() && told.since > since - 60_000);
  assert.ok(told.retryAt !== null, "it is tried again by itself");
  const ready = await until(async () => {
    const body = await (await fetch(`${world.service.url}/readyz`)).text();
    return body.includes(code) && body;
  }, "readiness says so");
  assert.match(ready, next);
  assert.ok(!ready.includes("127.0.0.1"), "everyone may ask: no addresses");
  assert.match(world.logged(), new RegExp(`"event":"store\\.failed".*"code":"${code}"`));
}
