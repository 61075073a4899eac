// Goal: a clock that is set back by hours while the service is off does not make its next start wait for that time to come again.
// Method: the whole service in virtual time; a process ends, the clock is set, another process starts on the same database.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { virtualCampaigns } from "../../src/virtual-campaign.ts";

const hour = 3_600_000;
const people = 300;

describe("a clock that is set back while no process runs", () => {
  for (const how of ["was killed", "was stopped"] as const)
    it(`does not hold up what the one that ${how} left, for as many hours`, async () => {
      let skewMs = 0;
      const here = await virtualCampaigns({ people, seed: 23 }, { skewMs: () => skewMs });
      const { emulator } = here.world;
      const text = "After the restart.";
      const id = await here.begin(text);
      await here.world.until(async () => emulator.counts().accepted >= 100, 10_000);
      if (how === "was killed") here.service.kill();
      else await here.service.stop();
      skewMs = -5 * hour;
      const next = await here.world.start({ skewMs: () => skewMs });
      const end = await here.finished(id, 30_000, next);
      assert.equal(end.counts.accepted, people);
      assert.ok(here.world.messages(text).length <= people + end.resent);
      await next.stop();
    });

  it("does not hold up an expansion, nor what waits for its next try", async () => {
    let skewMs = 0;
    const here = await virtualCampaigns({ people, teams: 1, seed: 24 }, { skewMs: () => skewMs });
    const { emulator, clock } = here.world;
    emulator.setFaults({
      rates: [{ kind: "unavailable", operation: "paged-members", share: 1 }],
      rules: [{ kind: "precondition-failed", operation: "send" }],
    });
    const team = emulator.team(0).id;
    const roster = await here.begin("To the team.", {
      audience: { include: [{ team, as: "members" }] },
    });
    const retried = await here.begin("Tried again.");
    await clock.runFor(20_000);
    here.service.kill();
    emulator.setFaults(null);
    skewMs = -5 * hour;
    const next = await here.world.start({ skewMs: () => skewMs });
    for (const id of [roster, retried])
      assert.equal((await here.finished(id, 120_000, next)).counts.accepted, people);
    await next.stop();
  });
});
