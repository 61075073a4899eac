// Goal: a clock that is set, by hours, in the middle of a campaign costs nothing but what its own settings say. Method: the whole
// service in virtual time, with the machine's clock off the time that passes by as much as each test says.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { virtualCampaigns } from "../../src/virtual-campaign.ts";

const hour = 3_600_000;
const people = 300;

/** A world in which everybody has the app, and whose service's clock can be set. */
async function settable() {
  let skewMs = 0;
  const here = await virtualCampaigns({ people, teams: 1, seed: 21 }, { skewMs: () => skewMs });
  const set = (ms: number) => {
    skewMs += ms;
  };
  const allAccepted = async (id: string, text: string, withinMs: number) => {
    const end = await here.finished(id, withinMs);
    assert.deepEqual([end.counts.accepted, end.resent], [people, 0], JSON.stringify(end.reasons));
    assert.equal(here.world.messages(text).length, people);
  };
  return { ...here, set, allAccepted };
}

for (const [name, ms] of [
  ["forwards by five hours", 5 * hour],
  ["backwards by a month", -30 * 24 * hour],
] as const)
  describe(`a clock that is set ${name} in the middle of a campaign`, () => {
    it("loses nobody, sends nothing twice, and does not hold it up", async () => {
      const here = await settable();
      const text = "Through the step.";
      const id = await here.begin(text);
      await here.world.until(async () => here.world.emulator.counts().accepted >= 100, 10_000);
      here.set(ms);
      await here.allAccepted(id, text, 12_000);
      assert.deepEqual(here.world.emulator.violations(), []);
      await here.service.stop();
    });

    it("does not keep a login host that was down from being asked again", async () => {
      const here = await settable();
      here.world.emulator.setFaults({
        rates: [
          { kind: "token-unavailable", operation: "token", share: 1 },
          { kind: "unauthorized", share: 1 },
        ],
      });
      const text = "After the token.";
      const id = await here.begin(text);
      await here.world.until(
        async () => (await here.service.client.campaigns.get(id)).attention !== null,
        60_000,
      );
      here.set(ms);
      here.world.emulator.setFaults(null);
      await here.allAccepted(id, text, 150_000);
      await here.service.stop();
    });

    it("does not hold up an expansion that waited for Teams", async () => {
      const here = await settable();
      here.world.emulator.setFaults({
        rates: [{ kind: "unavailable", operation: "paged-members", share: 1 }],
      });
      const { client } = here.service;
      const text = "To the team.";
      const team = here.world.emulator.team(0).id;
      const id = await here.begin(text, { audience: { include: [{ team, as: "members" }] } });
      await here.world.until(
        async () => (await client.campaigns.get(id)).attention !== null,
        60_000,
      );
      here.set(ms);
      here.world.emulator.setFaults(null);
      await here.allAccepted(id, text, 60_000);
      await here.service.stop();
    });

    it("leaves readiness, rate and the times that people are shown right", async () => {
      const here = await settable();
      const { client } = here.service;
      const id = await here.begin("Shown.");
      await here.world.until(async () => here.world.emulator.counts().accepted >= 100, 10_000);
      await here.service.readyz();
      here.set(ms);
      await here.world.clock.runFor(2000);
      const { ratePerSecond } = await client.campaigns.get(id);
      // Over the two seconds since the step, in which answers came a little bunched.
      assert.ok(ratePerSecond > 45 && ratePerSecond <= 55, `${ratePerSecond}/s`);
      here.world.setOut(true);
      const { attention } = await here.world.until(async () => {
        const now = await client.campaigns.get(id);
        return now.attention !== null && now;
      }, 60_000);
      const machine = here.world.clock.now() + ms;
      assert.ok(Math.abs(Date.parse(attention?.since ?? "") - machine) < 60_000, attention?.since);
      assert.ok(Math.abs(Date.parse(attention?.retryAt ?? "") - machine) < 120_000);
      assert.match((await here.service.readyz()).reasons.join(), /TEAMS_UNAVAILABLE/);
      here.world.setOut(false);
      await here.world.clock.runFor(120_000);
      assert.deepEqual((await here.service.readyz()).reasons, []);
      await here.service.stop();
    });

    it("does not keep a pause in one process from taking effect in the one that sends", async () => {
      const here = await settable();
      const { world: at, service } = here;
      const id = await here.begin("To be paused.");
      await at.until(async () => at.emulator.counts().accepted >= 50, 10_000);
      here.set(ms);
      const other = await at.start({ skewMs: () => ms });
      const paused = await at.within(other.client.campaigns.pause(id));
      assert.equal(paused.state, "paused");
      await at.clock.runFor(11_000);
      const before = at.emulator.counts().accepted;
      await at.clock.runFor(5_000);
      assert.ok(before < people, "it was in the middle");
      assert.equal(at.emulator.counts().accepted, before);
      await other.stop();
      await service.stop();
    });
  });
