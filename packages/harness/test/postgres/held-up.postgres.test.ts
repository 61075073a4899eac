// Goal: a campaign whose tables somebody holds, so that every connection of ours waits in vain, says so and goes on when they are let
// go. Method: an engine with few connections and little patience on a real server; the holder is a session of its own.
import assert from "node:assert/strict";
import { after, it } from "node:test";
import { systemClock } from "../../../server/src/app/runtime.ts";
import { openPostgresSnapshot } from "../../../server/src/store/care/postgres-snapshot.ts";
import { FakeConnector } from "../../src/fake-connector.ts";
import { engineOn, learnPeople } from "../../src/postgres/engine-on.ts";
import {
  skipWithoutPostgres,
  startPostgres,
  type TestPostgres,
} from "../../src/postgres/for-tests.ts";
import { holdTable } from "../../src/postgres/trouble.ts";
import { findingsOf } from "../../src/shared-database.ts";
import { objectId, scope } from "../../src/store-conformance/fixtures.ts";
import { until } from "../../src/until.ts";

const skip = skipWithoutPostgres();
let server: TestPostgres | null = null;
after(() => server?.end());

for (const table of ["campaigns", "lanes", "deliveries"])
  it(`a campaign waits while the table ${table} is held, says why, and goes on by itself`, {
    skip,
  }, async () => {
    server ??= await startPostgres(["fsync = off"]);
    const url = await server.newDatabase();
    const few = new URL(url);
    few.searchParams.set("pool_max", "2");
    const connector = new FakeConnector(systemClock);
    const store = { statementMs: 300, connectMs: 300 };
    const here = await engineOn(few.href, { connector, ratePerSecond: 50, store });
    await learnPeople(here, 80);
    const { campaigns } = here.engine;
    const { id } = await campaigns.create({
      name: "held up",
      message: { text: "held up" },
      audience: { include: [{ everyone: true }] },
    });
    await campaigns.start(id);
    await until(() => connector.sends.length >= 20, "the first");
    const release = await holdTable(url, table);
    const told = await until(() => here.engine.lanes()[0]?.attention, "the lane's word");
    assert.equal(told.code, "STORE_BUSY");
    assert.match(told.detail, /look for what holds it up; sending goes on by itself/);
    assert.ok(told.retryAt !== null);
    await release();
    await until(async () => (await campaigns.get(id)).state === "finished", "the end");
    const { counts, resent } = await campaigns.get(id);
    assert.deepEqual([counts.accepted, resent], [80, 0]);
    assert.equal(connector.messages.length, 80);
    assert.equal(new Set(connector.messages.map((one) => one.conversationId)).size, 80);
    assert.equal(here.engine.lanes()[0]?.attention, null);
    await here.stop();
    assert.deepEqual(await findingsOf(await openPostgresSnapshot(url)), []);
  });

it("what Teams asks of a lane by a 429 is recorded, by a clock that has parts of milliseconds", {
  skip,
}, async () => {
  server ??= await startPostgres(["fsync = off"]);
  const connector = new FakeConnector(systemClock);
  const here = await engineOn(await server.newDatabase(), { connector });
  await learnPeople(here, 2);
  let asked = 0;
  connector.script = () => {
    asked += 1;
    return asked > 2 ? undefined : { kind: "throttled", retryAfterMs: 300, scope: "unknown" };
  };
  const to = [1, 2].map((n) => ({ user: objectId(n) }));
  await here.engine.notifications.create({ to, message: { text: "hello" } });
  await until(() => here.store.ledger.laneQuietUntil(scope), "the quiet that was asked for");
  assert.deepEqual(
    here.logged.filter(({ event }) => event === "store.failed"),
    [],
  );
  await here.stop();
});
