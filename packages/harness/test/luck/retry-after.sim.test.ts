// Goal: whatever a Retry-After says, the service neither hammers Teams, nor waits for ever, nor loses anybody. Method: the whole
// service in virtual time; the emulator answers 429 to a part of the requests, with sense and nonsense in its header.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
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
    const id = await here.begin("After nothing.");
    await here.world.clock.runFor(60_000);
    const asked = here.world.emulator.counts().requests - before;
    assert.ok(asked <= 1000, `${asked} requests in a minute of refusals`);
    assert.equal((await here.campaign(id)).counts.failed, 0);
    here.world.emulator.setFaults(null);
    assert.equal((await here.finished(id, 120_000)).counts.accepted, people);
    await here.service.stop();
  });
});
