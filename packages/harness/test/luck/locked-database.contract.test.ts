// Goal: a database that another process holds for a while stops sending for as long, is told in every place where an operator looks,
// and the service answers meanwhile. Method: the whole service over real HTTP on a real file; the holder is a process of its own.
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { CarillonError } from "@carillon/client";
import { runCarillon } from "../../src/command-line.ts";
import { type ContractWorld, contractWorld } from "../../src/contract-world.ts";
import { lockFile } from "../../src/lock-process.ts";
import { until } from "../../src/until.ts";

const people = 200;
let world: ContractWorld;
before(async () => {
  const shares = { withoutApp: 0, blocked: 0 };
  world = await contractWorld({ people, teams: 0, seed: 111, shares, laneRps: 50 });
  await world.emulator.install("all");
  await world.service.carillon.inbound.drain();
});
after(() => world.close());

describe("a database that another process holds in the middle of a campaign", () => {
  it("stops it with cause, age and next step in API, command line, readiness and log, and it goes on by itself", async () => {
    const text = "While somebody looks into the file.";
    const { client } = world;
    const { id } = await client.campaigns.create({
      ...{ name: text, message: { text }, audience: { include: [{ everyone: true }] } },
    });
    await client.campaigns.start(id);
    await until(() => world.emulator.counts().accepted >= 30, "some accepted");
    const release = await lockFile(path.join(world.directory, "data/carillon.db"));
    const held = await until(async () => {
      const now = await client.campaigns.get(id);
      return now.attention !== null && now;
    }, "the campaign's reason");
    assert.equal(held.attention?.code, "STORE_LOCKED");
    assert.match(held.attention.next, /Stop the other process/);
    assert.ok((await client.status()).attention.some(({ code }) => code === "STORE_LOCKED"));
    const environment = { CARILLON_URL: world.service.url, CARILLON_API_KEY: world.apiKey };
    const { code, out } = await runCarillon(["campaign", "status", id], { environment });
    assert.equal(code, 0);
    assert.match(out, /! Another process keeps this database locked\./);
    assert.match(out, /For \d+ s now \(STORE_LOCKED\)\. Next try at 20/);
    assert.match(out, /Stop the other process/);
    const ready = await until(async () => {
      const answer = await fetch(`${world.service.url}/readyz`);
      const body = await answer.text();
      return answer.status === 503 && body;
    }, "not ready");
    assert.match(ready, /Another process keeps this database locked/);
    assert.match(world.logged(), /"event":"store\.failed".*STORE_LOCKED/);
    const refused = await client.notifications
      .create({ to: { user: world.emulator.person(0).aadObjectId }, message: { text: "No." } })
      .then(
        () => assert.fail("it was taken"),
        (error: unknown) => error,
      );
    assert.ok(refused instanceof CarillonError);
    assert.equal(refused.code, "SERVICE_UNAVAILABLE");

    await release();
    const end = await until(async () => {
      const now = await client.campaigns.get(id);
      return now.state === "finished" && now;
    }, "the end");
    assert.deepEqual([end.counts.accepted, end.resent], [people, 0]);
    assert.equal(world.messages(text).length, people);
    assert.deepEqual((await client.status()).attention, []);
    await until(async () => (await fetch(`${world.service.url}/readyz`)).status === 200, "ready");
    assert.match(world.logged(), /"event":"store\.recovered"/);
  });
});
