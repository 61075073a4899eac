// Goal: a clock that is set, by hours, in the middle of a campaign costs nothing but what its own settings say. Method: the whole
// service in virtual time, with the machine's clock off the time that passes by as much as each test says.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type VirtualProcess, type VirtualWorld, virtualWorld } from "../../src/virtual-world.ts";

const hour = 3_600_000;
const people = 300;
const shares = { withoutApp: 0, blocked: 0 };
const everyone = { include: [{ everyone: true }] } as const;

/** A world in which everybody has the app, and whose service's clock can be set. */
async function world(): Promise<{
  readonly world: VirtualWorld;
  readonly service: VirtualProcess;
  set(ms: number): void;
}> {
  const made = await virtualWorld({ people, teams: 1, seed: 21, shares });
  let skewMs = 0;
  const service = await made.start({ skewMs: () => skewMs });
  await made.within(made.emulator.install("all"));
  await made.within(made.emulator.install({ team: 0 }));
  await made.clock.runFor(2000);
  return {
    world: made,
    service,
    set: (ms) => {
      skewMs += ms;
    },
  };
}

async function begun({ world: at, service }: Awaited<ReturnType<typeof world>>, text: string) {
  const { client } = service;
  const { id } = await client.campaigns.create({
    name: text,
    message: { text },
    audience: everyone,
  });
  await at.within(client.campaigns.start(id));
  return id;
}

async function assertAllAccepted(
  { world: at, service }: Awaited<ReturnType<typeof world>>,
  id: string,
  { text, withinMs }: { readonly text: string; readonly withinMs: number },
) {
  const end = await at.until(async () => {
    const now = await service.client.campaigns.get(id);
    return now.state === "finished" && now;
  }, withinMs);
  assert.equal(end.counts.accepted, people, JSON.stringify(end.reasons));
  assert.equal(end.resent, 0);
  assert.equal(at.messages(text).length, people);
}

for (const [name, ms] of [
  ["forwards by five hours", 5 * hour],
  ["backwards by five hours", -5 * hour],
  ["forwards by a month", 30 * 24 * hour],
  ["backwards by a month", -30 * 24 * hour],
] as const)
  describe(`a clock that is set ${name} in the middle of a campaign`, () => {
    it("loses nobody, sends nothing twice, and does not hold it up", async () => {
      const here = await world();
      const text = "Through the step.";
      const id = await begun(here, text);
      await here.world.until(async () => here.world.emulator.counts().accepted >= 100, 10_000);
      here.set(ms);
      await assertAllAccepted(here, id, { text, withinMs: 12_000 });
      assert.deepEqual(here.world.emulator.violations(), []);
      await here.service.stop();
    });

    it("does not keep a login host that was down from being asked again", async () => {
      const here = await world();
      here.world.emulator.setFaults({
        rates: [
          { kind: "token-unavailable", operation: "token", share: 1 },
          { kind: "unauthorized", share: 1 },
        ],
      });
      const text = "After the token.";
      const id = await begun(here, text);
      await here.world.until(
        async () => (await here.service.client.campaigns.get(id)).attention !== null,
        60_000,
      );
      here.set(ms);
      here.world.emulator.setFaults(null);
      await assertAllAccepted(here, id, { text, withinMs: 150_000 });
      await here.service.stop();
    });

    it("does not hold up an expansion that waited for Teams", async () => {
      const here = await world();
      here.world.emulator.setFaults({
        rates: [{ kind: "unavailable", operation: "paged-members", share: 1 }],
      });
      const { client } = here.service;
      const text = "To the team.";
      const team = here.world.emulator.team(0).id;
      const { id } = await client.campaigns.create({
        name: text,
        message: { text },
        audience: { include: [{ team, as: "members" }] },
      });
      await here.world.within(client.campaigns.start(id));
      await here.world.until(
        async () => (await client.campaigns.get(id)).attention !== null,
        60_000,
      );
      here.set(ms);
      here.world.emulator.setFaults(null);
      await assertAllAccepted(here, id, { text, withinMs: 60_000 });
      await here.service.stop();
    });

    it("leaves readiness, rate and the times that people are shown right", async () => {
      const here = await world();
      const { client } = here.service;
      const id = await begun(here, "Shown.");
      await here.world.until(async () => here.world.emulator.counts().accepted >= 100, 10_000);
      await here.service.readyz();
      here.set(ms);
      await here.world.clock.runFor(2000);
      const { ratePerSecond } = await client.campaigns.get(id);
      // A step ahead looks like time that passed: a few too many start at once, and Teams asks for a second's quiet.
      assert.ok(ratePerSecond > 15 && ratePerSecond <= 51, `${ratePerSecond}/s`);
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
      const here = await world();
      const { world: at, service } = here;
      const id = await begun(here, "To be paused.");
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
