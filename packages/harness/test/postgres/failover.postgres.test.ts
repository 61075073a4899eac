// Goal: when a PostgreSQL server dies in the middle of a campaign and another one takes over, nobody's message is lost or comes
// twice, also while the other one takes no writes yet. Method: two real servers, of which one follows the other and each commit
// waits for both, behind one address; the whole service over it.
import assert from "node:assert/strict";
import { after, it } from "node:test";
import { systemClock } from "../../../server/src/app/runtime.ts";
import type { ContractWorld } from "../../src/contract-world.ts";
import { FakeConnector } from "../../src/fake-connector.ts";
import { type Address, openAddress } from "../../src/postgres/address.ts";
import {
  assertTold,
  assertWhole,
  campaignUnderWay,
} from "../../src/postgres/campaign-in-trouble.ts";
import { engineOn, learnPeople } from "../../src/postgres/engine-on.ts";
import { skipWithoutPostgres } from "../../src/postgres/for-tests.ts";
import { PostgresServer } from "../../src/postgres/server.ts";
import { asOwner } from "../../src/postgres/trouble.ts";
import { until } from "../../src/until.ts";

const skip = skipWithoutPostgres({ ownServer: true });
const servers: PostgresServer[] = [];
let address: Address | null = null;
let world: ContractWorld | null = null;
after(async () => {
  await world?.close();
  await address?.close();
  for (const server of servers) await server.remove();
});

/** Lets each commit of a server wait for the one that follows it. */
async function waitForFollower(primary: PostgresServer): Promise<void> {
  await asOwner(primary.url(), async (client) => {
    await client.query("ALTER SYSTEM SET synchronous_standby_names = '*'");
    await client.query("SELECT pg_reload_conf()");
    await until(async () => {
      const { rows } = await client.query("SELECT sync_state FROM pg_stat_replication");
      return rows[0]?.sync_state === "sync";
    }, "each commit waits for both");
  });
}

it("a campaign goes on when its PostgreSQL server dies and another takes over", {
  skip,
}, async () => {
  const primary = await PostgresServer.create();
  servers.push(primary);
  const other = await PostgresServer.follow(primary);
  servers.push(other);
  await waitForFollower(primary);
  address = await openAddress(primary.port);
  const url = new URL(primary.url());
  url.port = String(address.port);
  const begun = await campaignUnderWay(url.href, (opened) => {
    world = opened;
  });
  await primary.stop("SIGQUIT");
  address.lead(other.port);
  await assertTold(
    begun.world,
    "STORE_READ_ONLY",
    /standby answered, as in a failover: sending goes on by itself/,
  );
  other.promote();
  await assertWhole(begun.world, begun.id, url.href);
  assert.match(begun.world.logged(), /"event":"store\.recovered"/);
});

it("a campaign ends, with a record of what is sent again, though the server that took over lacks what came of some of it", {
  skip,
}, async () => {
  const server = await PostgresServer.create(["fsync = off"]);
  servers.push(server);
  const connector = new FakeConnector(systemClock);
  const here = await engineOn(server.url(), { connector });
  await learnPeople(here, 100);
  const { campaigns } = here.engine;
  const audience = { include: [{ everyone: true }] } as const;
  const { id } = await campaigns.create({ name: "x", message: { text: "x" }, audience });
  await campaigns.start(id);
  await until(async () => (await campaigns.get(id)).counts.accepted >= 30, "some accepted");
  // As if the last commits were missing: three rows are in flight, and whoever holds the lane knows nothing of them.
  await asOwner(server.url(), (client) =>
    client.query(`
      BEGIN; SELECT 1 FROM campaigns WHERE campaign_id = '${id}' FOR UPDATE;
      UPDATE deliveries SET state = 'sending', claimed_fence = (SELECT fence FROM lanes) WHERE ctid IN (
        SELECT ctid FROM deliveries WHERE state = 'accepted' LIMIT 3);
      UPDATE campaigns SET accepted = accepted - 3, sending = sending + 3 WHERE campaign_id = '${id}';
      COMMIT`),
  );
  await until(async () => (await campaigns.get(id)).state === "finished", "the end");
  const { counts, resent } = await campaigns.get(id);
  assert.deepEqual([counts.accepted, counts.sending, resent], [100, 0, 3]);
  assert.equal(connector.sends.length, 103);
  await here.stop();
});
