// Goal: a message can be stopped whenever somebody thinks better of it, and what stopped stays so. Method: the whole service in
// virtual time; a cancel, or a pause, in each state that a campaign can be in.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CarillonError } from "@carillon/client";
import { type VirtualCampaigns, virtualCampaigns } from "../../src/virtual-campaign.ts";

const people = 120;
const minute = 60_000;
const text = "On second thoughts.";
const everyone = { include: [{ everyone: true as const }] };

/** How a campaign gets into each state before somebody thinks better of it. */
const states: readonly {
  readonly name: string;
  readonly state: string;
  begin(here: VirtualCampaigns): Promise<string>;
}[] = [
  {
    name: "a draft",
    state: "draft",
    begin: async ({ service }) =>
      (await service.client.campaigns.create({ name: text, message: { text }, audience: everyone }))
        .id,
  },
  {
    name: "scheduled",
    state: "scheduled",
    begin: (here) =>
      here.begin(text, { sendAt: new Date(here.world.clock.now() + minute).toISOString() }),
  },
  {
    name: "queued, while its recipients are being found",
    state: "expanding",
    begin: async (here) => {
      const { emulator, clock } = here.world;
      emulator.setFaults({
        rates: [{ kind: "unavailable", operation: "paged-members", share: 1 }],
      });
      const include = [{ team: emulator.team(0).id, as: "members" as const }];
      const id = await here.begin(text, { audience: { include } });
      await clock.runFor(3000);
      emulator.setFaults(null);
      return id;
    },
  },
  {
    name: "sending",
    state: "sending",
    begin: async (here) => {
      const id = await here.begin(text);
      await here.world.until(async () => here.world.messages(text).length >= 30, minute, 20);
      return id;
    },
  },
  {
    name: "waiting for Teams, which asked for quiet",
    state: "sending",
    begin: async (here) => {
      const { emulator } = here.world;
      const quiet = { kind: "throttled" as const, scope: "lane" as const, retryAfterSeconds: 30 };
      emulator.setFaults({ rules: [{ ...quiet, nth: 30, times: 1 }] });
      const id = await here.begin(text);
      await here.world.until(async () => emulator.counts().throttled > 0, minute, 20);
      return id;
    },
  },
  {
    name: "halted, because nobody answers",
    state: "sending",
    begin: async (here) => {
      here.world.setOut(true);
      const id = await here.begin(text);
      await here.world.clock.runFor(20_000);
      here.world.setOut(false);
      return id;
    },
  },
  {
    name: "paused",
    state: "paused",
    begin: async (here) => {
      const id = await here.begin(text);
      await here.world.until(async () => here.world.messages(text).length >= 30, minute, 20);
      await here.world.within(here.service.client.campaigns.pause(id));
      return id;
    },
  },
];

describe("a campaign can be cancelled, and nothing more of it leaves, while it is", () => {
  for (const { name, state, begin } of states)
    it(`${name} (Company Communicator)`, async () => {
      const here = await virtualCampaigns({ people, teams: 1, seed: 401 });
      const { client } = here.service;
      const id = await begin(here);
      assert.equal((await here.campaign(id)).state, state);
      // Those in flight are out of anybody's hands.
      const { inFlight = 0 } = (await client.status()).lanes[0] ?? {};
      const arrived = here.world.messages(text).length;
      assert.equal((await here.world.within(client.campaigns.cancel(id))).state, "cancelled");
      await here.world.clock.runFor(5 * minute);
      assert.ok(here.world.messages(text).length <= arrived + inFlight);
      const { counts, state: last } = await here.campaign(id);
      assert.equal(last, "cancelled", "a report that comes late does not bring it back");
      assert.equal(counts.pending + counts.sending, 0);
      assert.equal(counts.accepted + counts.cancelled, counts.total);
      assert.equal(counts.accepted, here.world.messages(text).length);
      const again = await here.world.within(client.campaigns.cancel(id));
      assert.equal(again.state, "cancelled", "twice is as good as once");
      await here.service.stop();
    });

  it("scheduled, and it does not multiply when its time comes (Company Communicator)", async () => {
    const here = await virtualCampaigns({ people, seed: 402 });
    const { client } = here.service;
    const sendAt = new Date(here.world.clock.now() + minute).toISOString();
    const id = await here.begin(text, { sendAt });
    await here.world.within(client.campaigns.pause(id));
    await here.world.within(client.campaigns.resume(id));
    await here.world.within(client.campaigns.cancel(id));
    await here.world.clock.runFor(5 * minute);
    assert.equal(here.world.messages(text).length, 0);
    assert.equal((await client.campaigns.list()).items.length, 1);
    await here.service.stop();
  });

  it("being taken over from a process that died (Company Communicator)", async () => {
    const here = await virtualCampaigns({ people, seed: 403 });
    const id = await here.begin(text);
    await here.world.until(async () => here.world.messages(text).length >= 30, minute, 20);
    here.service.kill();
    const next = await here.world.start();
    await here.world.within(next.client.campaigns.cancel(id));
    await here.world.clock.runFor(minute);
    const { state, counts } = await next.client.campaigns.get(id);
    assert.equal(state, "cancelled");
    assert.equal(counts.pending + counts.sending, 0);
    assert.equal(counts.accepted + counts.cancelled + counts.uncertain, people);
    assert.ok(here.world.messages(text).length <= counts.accepted + counts.uncertain);
    await next.stop();
  });
});

describe("a campaign that is over", () => {
  it("says so when somebody wants to cancel it, and changes nothing (Company Communicator)", async () => {
    const here = await virtualCampaigns({ people, seed: 404 });
    const id = await here.begin(text);
    await here.finished(id, minute);
    const refused = await here.service.client.campaigns.cancel(id).then(
      () => assert.fail("it was taken"),
      (error: unknown) => error,
    );
    assert.ok(refused instanceof CarillonError);
    assert.deepEqual([refused.status, refused.code], [409, "CAMPAIGN_STATE_CONFLICT"]);
    assert.equal((await here.campaign(id)).state, "finished");
    await here.service.stop();
  });

  it("has kept the activity id of each message, without which none could be corrected or recalled (Company Communicator)", async () => {
    const here = await virtualCampaigns({ people, seed: 405 });
    const id = await here.begin(text);
    await here.finished(id, minute);
    const sent = new Map(
      here.world
        .messages(text)
        .map(({ conversationId, activityId }) => [conversationId, activityId]),
    );
    const rows = await here.rows(id);
    assert.equal(rows.length, people);
    for (const { conversationId, activityId } of rows)
      assert.equal(activityId, sent.get(conversationId ?? ""));
    await here.service.stop();
  });
});
