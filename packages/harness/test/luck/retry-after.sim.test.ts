// Goal: whatever a Retry-After says, the service neither hammers Teams, nor waits for ever, nor loses anybody. Method: the whole
// service in virtual time; the emulator answers 429 to a part of the requests, with sense and nonsense in its header.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertTold } from "../../src/told.ts";
import { virtualCampaigns } from "../../src/virtual-campaign.ts";

const people = 100;

describe("a Retry-After that makes no sense", () => {
  for (const [name, retryAfter] of [
    ["nothing", ""],
    ["a word", "soon"],
    ["less than nothing", "-5"],
    ["more than a number can be", "9".repeat(400)],
    ["a date that is over", "Wed, 21 Oct 2015 07:28:00 GMT"],
    ["a date that there is not", "Mon, 99 Foo 2099 25:61:61 GMT"],
    ["two numbers", "1, 2"],
    ["a number that is none", "NaN"],
  ] as const)
    it(`counts as a short wait: ${name}`, async () => {
      const here = await virtualCampaigns({ people, seed: 61 });
      here.world.emulator.setFaults({
        rules: [{ kind: "throttled", retryAfter, nth: 20, times: 3 }],
      });
      const before = here.world.emulator.counts().requests;
      const id = await here.begin("After nonsense.");
      const end = await here.finished(id, 30_000);
      assert.deepEqual([end.counts.accepted, end.resent], [people, 0]);
      assert.equal(here.world.messages("After nonsense.").length, people);
      assert.ok(here.world.emulator.counts().requests - before <= people + 3);
      await here.service.stop();
    });
});

describe("a Retry-After of 0", () => {
  it("is no wait, and yet nobody is asked without end", async () => {
    const here = await virtualCampaigns({ people, seed: 62 });
    here.world.emulator.setFaults({ rates: [{ kind: "throttled", retryAfter: "0", share: 1 }] });
    const before = here.world.emulator.counts().requests;
    const begunAt = here.world.clock.now();
    const id = await here.begin("After nothing.");
    await here.world.clock.runFor(60_000);
    const now = here.world.clock.now();
    assertTold(await here.campaign(id), { code: /^TEAMS_THROTTLED$/, begunAt, now });
    const asked = here.world.emulator.counts().requests - before;
    assert.ok(asked <= 1000, `${asked} requests in a minute of refusals`);
    assert.equal((await here.campaign(id)).counts.failed, 0);
    here.world.emulator.setFaults(null);
    assert.equal((await here.finished(id, 120_000)).counts.accepted, people);
    await here.service.stop();
  });
});

describe("a Retry-After of a year", () => {
  it("is read as a day: it is told, obeyed over a restart, and costs the message that met it at most", async () => {
    const here = await virtualCampaigns({ people, seed: 63 });
    const { emulator, clock } = here.world;
    const year = { kind: "throttled" as const, scope: "lane" as const, retryAfter: "31536000" };
    emulator.setFaults({ rules: [{ ...year, nth: 20, times: 1 }] });
    const text = "After a year.";
    const id = await here.begin(text);
    await here.world.until(async () => emulator.counts().throttled > 0, 10_000, 20);
    const met = clock.now();
    await clock.runFor(10 * 60_000);
    const arrived = here.world.messages(text).length;
    const during = await here.campaign(id);
    assertTold(during, { code: /^TEAMS_THROTTLED$/, begunAt: met, now: clock.now() });
    const { attention } = during;
    const waitMs = Date.parse(attention?.retryAt ?? "") - met;
    assert.ok(waitMs > 86_000_000 && waitMs <= 86_401_000, `${waitMs} ms`);
    await clock.runFor(60_000);
    assert.equal(here.world.messages(text).length, arrived);
    await here.service.stop();

    // Nobody runs while the day passes, but for its last minutes.
    await clock.runFor(met + waitMs - clock.now() - 5 * 60_000);
    const next = await here.world.start();
    await clock.runFor(60_000);
    assert.equal(here.world.messages(text).length, arrived, "the next process obeys it, too");
    const end = await here.finished(id, 10 * 60_000, next);
    assert.ok(end.counts.failed <= 1, JSON.stringify(end.reasons));
    assert.equal(end.counts.accepted + end.counts.failed, people);
    if (end.counts.failed > 0) {
      assert.equal(end.reasons[0]?.code, "TEAMS_THROTTLED");
      await here.world.within(next.client.campaigns.retry(id));
    }
    assert.equal((await here.finished(id, 60_000, next)).counts.accepted, people);
    assert.equal(here.world.messages(text).length, people);
    await next.stop();
  });
});
