// Goal: what loses against others in a PostgreSQL server is made again and is made once; what finds no connection, lock or time
// says so, and works as soon as there is one. Method: each of it provoked in a real server.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type pg from "pg";
import { postgresOnDemand, skipWithoutPostgres } from "../../../harness/src/postgres/for-tests.ts";
import { asOwner, holdTable } from "../../../harness/src/postgres/trouble.ts";
import {
  campaign,
  create,
  hold,
  knowPeople,
  settled,
  turn,
} from "../../../harness/src/store-conformance/fixtures.ts";
import { until } from "../../../harness/src/until.ts";
import { StoreError } from "../../src/domain/errors.ts";
import { campaignId } from "../../src/domain/ids.ts";
import { noMetrics } from "../../src/domain/metrics.ts";
import type { Store } from "../../src/engine/ports/store.ts";
import { openPostgresStore, type PostgresOptions } from "../../src/store/postgres/open.ts";

const skip = skipWithoutPostgres();
const postgres = postgresOnDemand(["fsync = off", "deadlock_timeout = 2s"]);

interface Here {
  readonly url: string;
  readonly store: Store;
  /** How often calls were made again, and why. */
  readonly again: string[];
}

async function withStore(
  options: PostgresOptions & { readonly poolMax?: number },
  run: (here: Here) => Promise<void>,
): Promise<void> {
  const server = await postgres();
  const url = await server.emptyDatabase();
  const limited = new URL(url);
  limited.searchParams.set("pool_max", String(options.poolMax ?? 10));
  const again: string[] = [];
  const metrics: typeof noMetrics = {
    ...noMetrics,
    add: (name, labels) => {
      if (name === "carillon_store_retries_total") again.push(Object.values(labels).join());
    },
  };
  const store = await openPostgresStore(limited.href, { ...options, metrics });
  try {
    await run({ url, store, again });
  } finally {
    await store.close();
  }
  server.giveBack(url);
}

/** Waits until so many sessions of the store wait for a lock. */
function untilWaiting(client: pg.Client, count = 1): Promise<boolean> {
  return until(async () => {
    const { rowCount } = await client.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
         AND application_name = 'carillon' AND wait_event_type = 'Lock'`,
    );
    return (rowCount ?? 0) >= count;
  }, `${count} that wait for a lock`);
}

async function refusal(call: Promise<unknown>): Promise<StoreError> {
  const error = await call.then(
    () => assert.fail("it was done"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof StoreError, String(error));
  return error;
}

/** Moves a campaign from sending to paused or back, which locks its row. */
function pause(store: Store, id: string) {
  const [key, now] = [campaignId(id), 2_000];
  return store.ledger.moveCampaign({ id: key, from: ["sending"], to: "paused", now });
}

/**
 * Lets the server refuse the next changes of a table, so many of them, because it cannot serialize them. Transactions of one
 * server at read committed do not meet that by themselves; where a server replays or distributes, they do.
 */
async function refuse(url: string, most: number, table = "campaigns"): Promise<void> {
  await asOwner(url, (client) =>
    client.query(`
      CREATE SEQUENCE IF NOT EXISTS refusals; SELECT setval('refusals', 1, false);
      CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF nextval('refusals') <= ${most} THEN
            RAISE EXCEPTION 'could not serialize access' USING ERRCODE = '40001';
          END IF;
          RETURN NEW;
        END $$;
      DROP TRIGGER IF EXISTS refusing ON ${table};
      CREATE TRIGGER refusing BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION refuse()`),
  );
}

async function refuseNoMore(url: string): Promise<void> {
  await asOwner(url, (client) =>
    client.query("DROP FUNCTION refuse CASCADE; DROP SEQUENCE refusals"),
  );
}

describe("a call to PostgreSQL", () => {
  it("that the server ends because of a deadlock is made again", { skip }, () =>
    withStore({}, async ({ url, store, again }) => {
      await knowPeople(store, 2);
      await create(store, campaign("a", { kind: "campaign" }), [1, 2]);
      await create(store, campaign("b", { kind: "campaign" }), [1, 2]);
      const lane = await hold(store);
      const claimed = await turn(store, lane, { claim: 4 });
      assert.equal(claimed.claimed.length, 4);
      const settling = await asOwner(url, async (client) => {
        // The other one is to find the deadlock, and to be ended for it.
        await client.query("SET deadlock_timeout = '10min'; BEGIN");
        await client.query("SELECT 1 FROM campaigns WHERE campaign_id = 'b' FOR UPDATE");
        const settlements = claimed.claimed.map((one) => settled(one));
        const call = turn(store, lane, { settlements });
        await untilWaiting(client);
        await client.query("SELECT 1 FROM campaigns WHERE campaign_id = 'a' FOR UPDATE");
        await client.query("COMMIT");
        return { call };
      });
      const { held, ignored, finished } = await settling.call;
      assert.deepEqual([held, ignored, finished.length], [true, 0, 2]);
      assert.deepEqual(again, ["race"]);
    }),
  );

  it(
    "that the server cannot serialize is made again, and given up when that never helps",
    { skip },
    () =>
      withStore({}, async ({ url, store, again }) => {
        await knowPeople(store, 1);
        await create(store, campaign("a", { kind: "campaign" }), [1]);
        await refuse(url, 3);
        assert.equal((await pause(store, "a"))?.state, "paused");
        assert.deepEqual(again, ["race", "race", "race"]);
        await refuse(url, 1_000);
        const [id, now] = [campaignId("a"), 3_000];
        const resume = () =>
          store.ledger.moveCampaign({ id, from: ["paused"], to: "sending", now });
        assert.equal((await refusal(resume())).code, "STORE_BUSY");
        assert.equal((await store.ledger.getCampaign(id))?.state, "paused");
        await refuse(url, 0);
        assert.equal((await resume())?.state, "sending");
        await refuseNoMore(url);
      }),
  );

  it("is judged by the statement that failed, not by those that it took with it", { skip }, () =>
    withStore({}, async ({ url, store, again }) => {
      await knowPeople(store, 2);
      // Several statements of one transaction are under way together; what follows the one that fails, fails, too.
      for (const table of ["campaigns", "campaign_contents", "deliveries"]) {
        await refuse(url, 2, table);
        again.length = 0;
        await create(store, campaign(`in_${table}`), [1]);
        assert.deepEqual(again, ["race", "race"], table);
        await refuseNoMore(url);
      }
    }),
  );

  it(
    "that waits too long for a lock says that the server is busy, and changes nothing",
    { skip },
    () =>
      withStore({ statementMs: 200 }, async ({ url, store }) => {
        await knowPeople(store, 1);
        await create(store, campaign("a", { kind: "campaign" }), [1]);
        const release = await holdTable(url, "campaigns");
        const { code, message } = await refusal(pause(store, "a"));
        assert.equal(code, "STORE_BUSY");
        assert.match(message, /look for what holds it up.*statement timeout/);
        await release();
        assert.equal((await store.ledger.getCampaign(campaignId("a")))?.state, "sending");
        assert.equal((await pause(store, "a"))?.state, "paused");
      }),
  );

  it(
    "finds no connection where each of ours waits for the server, and one as soon as they are free",
    { skip },
    () =>
      withStore({ poolMax: 2, connectMs: 200 }, async ({ url, store }) => {
        await knowPeople(store, 1);
        await create(store, campaign("a", { kind: "campaign" }), [1]);
        const release = await holdTable(url, "campaigns");
        const waiting = [pause(store, "a"), store.ledger.getCampaign(campaignId("a"))];
        await asOwner(url, (client) => untilWaiting(client, 2));
        const { code, message } = await refusal(store.probe());
        assert.equal(code, "STORE_BUSY");
        assert.match(message, /timeout exceeded when trying to connect/);
        await release();
        const [paused, read] = await Promise.all(waiting);
        assert.equal(paused?.state, "paused");
        assert.ok(read !== undefined && read !== null);
        await store.probe();
      }),
  );

  it("waits for its turn where many are made at once on few connections", { skip }, () =>
    withStore({ poolMax: 2 }, async ({ store }) => {
      await knowPeople(store, 1);
      const ids = Array.from({ length: 120 }, (_, n) => `cmp_${n}`);
      await Promise.all(ids.map((id) => create(store, campaign(id, { kind: "campaign" }), [1])));
      const moved = await Promise.all(ids.map((id) => pause(store, id)));
      assert.ok(moved.every((one) => one?.state === "paused"));
    }),
  );
});
