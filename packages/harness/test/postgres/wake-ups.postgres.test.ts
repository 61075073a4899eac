// Goal: what one process takes, another begins at once because it is told, and not because it looked. Method: two engines with a
// store each on one real server, in a time in which nobody ever looks twice.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { systemClock } from "../../../server/src/app/runtime.ts";
import type { EngineEvent } from "../../../server/src/engine/engine.ts";
import { FakeConnector } from "../../src/fake-connector.ts";
import {
  clockWithoutLooks,
  type EngineOn,
  engineOn,
  learnPeople,
} from "../../src/postgres/engine-on.ts";
import { postgresOnDemand, skipWithoutPostgres } from "../../src/postgres/for-tests.ts";
import { asOwner, endConnections } from "../../src/postgres/trouble.ts";
import { objectId } from "../../src/store-conformance/fixtures.ts";
import { until } from "../../src/until.ts";

const skip = skipWithoutPostgres();
const ratePerSecond = 20;
const postgres = postgresOnDemand(["fsync = off"]);
let url = "";
let connector: FakeConnector;
/** It takes what is to be sent, and does not send. */
let api: EngineOn;
/** It sends. */
let worker: EngineOn;

beforeEach(async () => {
  if (skip !== false) return;
  url = await (await postgres()).emptyDatabase();
  connector = new FakeConnector(systemClock);
  const shared = { connector, ratePerSecond, clock: clockWithoutLooks };
  api = await engineOn(url, { ...shared, works: false });
  await learnPeople(api, 120);
  worker = await engineOn(url, shared);
  await untilBothListen();
});
afterEach(async () => {
  if (skip !== false) return;
  await Promise.all([api.stop(), worker.stop()]);
  (await postgres()).giveBack(url);
});

/** Waits until both hear, and have looked at everything for that reason. */
function untilBothListen(): Promise<boolean> {
  return asOwner(url, (client) =>
    until(async () => {
      const { rowCount } = await client.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
           AND application_name = 'carillon wake-ups' AND state = 'idle' AND query <> ''`,
      );
      return rowCount === 2;
    }, "both listen"),
  );
}

/** Waits until what was sent is written: from then on nothing is asked of the store by itself. */
async function untilWritten(id: string): Promise<void> {
  await until(
    async () => (await api.engine.notifications.get(id)).state === "finished",
    "what came of it",
  );
}

async function notify(text: string, n: number, priority: "urgent" | "normal" = "normal") {
  const to = { user: objectId(n) };
  return api.engine.notifications.create({ to, message: { text }, priority });
}

const sent = (text: string) => connector.sends.filter(({ body }) => body?.includes(text)).length;

async function startCampaign(text: string): Promise<string> {
  const { campaigns } = api.engine;
  const audience = { include: [{ everyone: true }] } as const;
  const { id } = await campaigns.create({ name: text, message: { text }, audience });
  await campaigns.start(id);
  return id;
}

/** Waits until the worker has heard of a campaign's state. */
function heardBy(one: EngineOn, id: string, state: string): Promise<void> {
  return new Promise((resolve) => {
    const stop = one.engine.subscribe((event: EngineEvent) => {
      if (event.type !== "campaign" || event.id !== id || event.state !== state) return;
      stop();
      resolve();
    });
  });
}

describe("of two processes in which nobody looks", () => {
  it("one sends at once what the other takes", { skip }, async () => {
    for (const [index, text] of ["first", "second", "third"].entries()) {
      const { id } = await notify(text, index + 1);
      await until(() => sent(text) === 1, text);
      await untilWritten(id);
    }
  });

  it("one expands and sends the campaign that the other starts, which hears of its end", {
    skip,
  }, async () => {
    const id = await startCampaign("a campaign");
    await Promise.all([
      heardBy(api, id, "finished"),
      until(() => sent("a campaign") === 120, "everybody's"),
    ]);
    const { counts } = await api.engine.campaigns.get(id);
    assert.equal(counts.accepted, 120);
  });

  it("one holds back at once what the other pauses, goes on when it resumes, and ends what it cancels", {
    skip,
  }, async () => {
    const id = await startCampaign("in steps");
    await until(() => sent("in steps") >= 10, "the first ten");
    const paused = heardBy(worker, id, "paused");
    await api.engine.campaigns.pause(id);
    await paused;
    const before = sent("in steps");
    // They take the time in which the campaign would have gone on.
    for (let n = 1; n <= 10; n += 1) await notify("between", n);
    await until(() => sent("between") === 10, "others");
    assert.equal(sent("in steps"), before);
    await api.engine.campaigns.resume(id);
    await until(() => sent("in steps") > before + 5, "it goes on");
    const cancelled = heardBy(worker, id, "cancelled");
    await api.engine.campaigns.cancel(id);
    await cancelled;
    const last = sent("in steps");
    await until(async () => {
      const { counts } = await api.engine.campaigns.get(id);
      return counts.pending + counts.sending === 0;
    }, "the rest is ended");
    const { counts } = await api.engine.campaigns.get(id);
    assert.deepEqual([counts.accepted, counts.cancelled], [last, 120 - last]);
    assert.equal(sent("in steps"), last);
  });

  it("one takes up what was stored while it heard nothing, as soon as it hears again", {
    skip,
  }, async () => {
    const { id } = await notify("before", 1);
    await untilWritten(id);
    assert.equal(await endConnections(url, "carillon wake-ups"), 2);
    await notify("meanwhile", 2);
    await until(() => sent("meanwhile") === 1, "what was stored meanwhile");
    await untilBothListen();
    await notify("after", 3);
    await until(() => sent("after") === 1, "what was stored after");
    const told = worker.logged.filter(({ event }) => event === "store.failed");
    assert.deepEqual(
      told.map(({ fields }) => [fields.code, fields.what]),
      [["STORE_UNREACHABLE", "listening for wake-ups"]],
    );
  });
});
