// Goal: two processes with a connection each to one file share a lane's budget. Method: two engines in virtual time, real files.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { FakeConnector } from "../../../harness/src/fake-connector.ts";
import { VirtualClock } from "../../../harness/src/virtual-clock.ts";
import { teamId } from "../../src/domain/ids.ts";
import { openSqliteStore } from "../../src/store/sqlite/open.ts";
import {
  installed,
  range,
  serviceUrl,
  startCampaign,
  startEngine,
  tenant,
  untilOver,
  within,
} from "./engine-world.ts";

const team = teamId("19:team@thread.tacv2");

test("two processes on one file, one of which only asks, keep one budget and one Retry-After", async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "carillon-slots-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, "carillon.db");
  const clock = new VirtualClock();
  const connector = new FakeConnector(clock);
  const process = async (works: boolean) => {
    const store = openSqliteStore(file, { schedule: (run) => void clock.sleep(2).then(run) });
    const world = startEngine({ clock, connector, store }, { ratePerSecond: 20, works });
    await world.engine.start();
    return world;
  };
  const worker = await process(true);
  const server = await process(false);
  const facts = [
    ...range(300).map(installed),
    {
      fact: "team-seen" as const,
      ...{ tenantId: tenant, teamId: team, serviceUrl, install: "installed" as const },
    },
  ];
  await within(server, server.engine.learn(facts));
  const id = await within(server, startCampaign(server));
  await clock.runFor(2_000);
  let goesOn = true;
  let heardAt = 0;
  connector.script = ({ operation, at }) => {
    if (operation !== "channels" || heardAt > 0) return undefined;
    heardAt = at + connector.latencyMs;
    return { kind: "throttled", retryAfterMs: 5_000, scope: "unknown" };
  };
  const asking = (async () => {
    while (goesOn) await server.engine.directory.channels(team);
  })();
  await untilOver(worker, id, 60_000);
  goesOn = false;
  await within(server, asking);
  const starts = connector.requests.map(({ at }) => at);
  for (const [index, at] of starts.entries())
    assert.ok(at - (starts[index - 20] ?? Number.NEGATIVE_INFINITY) >= 1_000, `${at}`);
  const late = starts.filter((at) => at > heardAt && at < heardAt + 5_000);
  assert.ok(late.length <= 3 && late.every((at) => at <= heardAt + 150), `${late}`);
  assert.ok(connector.requests.filter(({ operation }) => operation === "channels").length >= 10);
  assert.equal(connector.sends.length, 300);
  for (const { engine, store } of [worker, server]) {
    await within(worker, engine.stop());
    await store.close();
  }
});
