// Goal: what everybody's messages depend on goes away, or moves, in the middle of a campaign. Method: the whole service in virtual
// time; the emulator does not answer, moves to another region, or loses every install.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { virtualCampaigns } from "../../src/virtual-campaign.ts";

const people = 300;
const minute = 60_000;

describe("Teams", () => {
  for (const minutes of [2, 20])
    it(`that does not answer for ${minutes} minutes is asked ever less, and nobody is failed or lost for it`, async () => {
      const here = await virtualCampaigns({ people, seed: 91 });
      const { clock, emulator } = here.world;
      const text = "Through the silence.";
      const id = await here.begin(text);
      await here.world.until(async () => emulator.counts().accepted >= 60, 10_000);
      here.world.setOut(true);
      await clock.runFor(minutes * minute);
      const silent = await here.campaign(id);
      assert.equal(silent.counts.failed, 0);
      assert.equal(silent.attention?.code, "TEAMS_UNAVAILABLE");
      const { requests } = (await here.service.client.status()).lanes[0] ?? { requests: 0 };
      assert.ok(requests < emulator.counts().requests + 20 + minutes, `${requests} requests`);
      here.world.setOut(false);
      const end = await here.finished(id, 2 * minute);
      assert.deepEqual([end.counts.accepted, end.resent], [people, 0]);
      assert.equal(here.world.messages(text).length, people);
      await here.service.stop();
    });
});

describe("a service URL that changes in the middle of a campaign", () => {
  it("costs nothing while Teams still answers at the old one, and the new one is used once it is known", async () => {
    const here = await virtualCampaigns({ people, seed: 92 });
    const { emulator, clock } = here.world;
    const text = "On the move.";
    const id = await here.begin(text);
    await here.world.until(async () => emulator.counts().accepted >= 60, 10_000);
    emulator.setRegion("apac");
    const end = await here.finished(id, minute);
    assert.equal(end.counts.accepted, people);
    await here.world.within(emulator.say(5, "hello"));
    await clock.runFor(1000);
    const before = emulator.requestLog().length;
    await here.world.within(
      here.service.client.notifications.create({
        to: { user: emulator.person(5).aadObjectId },
        message: { text: "At the new address." },
      }),
    );
    await clock.runFor(3000);
    const asked = emulator.requestLog().slice(before);
    assert.ok(
      asked.some(({ path }) => path.startsWith("/apac/")),
      JSON.stringify(asked),
    );
    await here.service.stop();
  });

  it("heals by itself where Teams refuses the old one, once any activity told the new one", async () => {
    const here = await virtualCampaigns({ people, seed: 93 });
    const { emulator, clock } = here.world;
    const text = "Moved for good.";
    const id = await here.begin(text);
    await here.world.until(async () => emulator.counts().accepted >= 60, 10_000);
    await here.world.within(here.service.client.campaigns.pause(id));
    emulator.setRegion("apac", { refuseOthers: true });
    await here.world.within(emulator.say(5, "hello"));
    await clock.runFor(1000);
    await here.world.within(here.service.client.campaigns.resume(id));
    const end = await here.finished(id, 2 * minute);
    assert.deepEqual([end.counts.accepted, end.resent], [people, 0], JSON.stringify(end.reasons));
    assert.equal(here.world.messages(text).length, people);
    await here.service.stop();
  });
});

describe("a tenant where everybody has the app removed", () => {
  it("and Teams says so ends the campaign with a reason for each, and without a request for those who are known", async () => {
    const here = await virtualCampaigns({ people, seed: 94 });
    const { emulator, clock } = here.world;
    const id = await here.begin("To nobody.");
    await here.world.until(async () => emulator.counts().accepted >= 60, 10_000);
    await here.world.within(emulator.uninstall("all"));
    await clock.runFor(1000);
    const end = await here.finished(id, minute);
    const { accepted, skipped, failed, total } = end.counts;
    assert.equal(accepted + skipped + failed, total);
    assert.ok(skipped > 100, JSON.stringify(end.counts));
    for (const row of await here.rows(id))
      if (row.state !== "accepted") assert.match(row.code ?? "", /^TEAMS_(?:APP_REMOVED|NOT_IN)/);
    const before = emulator.counts().requests;
    const next = await here.finished(await here.begin("Again."), minute);
    assert.deepEqual(
      [next.counts.skipped, next.reasons],
      [people, [{ state: "skipped", code: "TEAMS_APP_REMOVED", count: people }]],
    );
    assert.equal(emulator.counts().requests, before);
    await here.service.stop();
  });

  it("and nobody tells learns it from the refusals, asks each once, and says so for each", async () => {
    const here = await virtualCampaigns({ people, seed: 95 });
    const { emulator } = here.world;
    await here.world.within(emulator.uninstall("all", { events: false }));
    const before = emulator.counts().requests;
    const end = await here.finished(await here.begin("Found out."), minute);
    assert.equal(end.counts.failed, people);
    assert.ok(emulator.counts().requests - before <= people + 2);
    for (const { code } of end.reasons) assert.match(code, /^TEAMS_(?:NOT_IN|APP_NOT)/);
    const again = emulator.counts().requests;
    const next = await here.finished(await here.begin("Known now."), minute);
    assert.equal(next.counts.skipped + next.counts.failed, people);
    assert.equal(emulator.counts().requests, again, "those who are known to be gone are not asked");
    await here.service.stop();
  });
});
