// Goal: what is scheduled is sent at its time, once, by itself and not behind others, or not at all where it would be too late.
// Method: the whole service in virtual time, processes that are off when it matters.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CarillonError } from "@carillon/client";
import { virtualCampaigns } from "../../src/virtual-campaign.ts";

const people = 30;
const minute = 60_000;
const hour = 60 * minute;

const iso = (at: number) => new Date(at).toISOString();

describe("a scheduled campaign", () => {
  it("begins within a second of its time, not in steps of five minutes (Company Communicator)", async () => {
    const here = await virtualCampaigns({ people, seed: 501 });
    const at = here.world.clock.now() + 37_419;
    await here.begin("To the second.", { sendAt: iso(at) });
    await here.world.until(
      async () => here.world.messages("To the second.").length > 0,
      minute,
      50,
    );
    const [first] = here.world.messages("To the second.");
    assert.ok(
      first !== undefined && first.at >= at && first.at - at < 1000,
      `${(first?.at ?? 0) - at}`,
    );
    await here.service.stop();
  });

  it("is not held up by one before it that cannot begin (Company Communicator)", async () => {
    const here = await virtualCampaigns({ people, teams: 1, seed: 502 });
    const { emulator, clock } = here.world;
    emulator.setFaults({ rates: [{ kind: "unavailable", operation: "paged-members", share: 1 }] });
    const sendAt = iso(clock.now() + 10_000);
    const include = [{ team: emulator.team(0).id, as: "members" as const }];
    const stuck = await here.begin("Cannot.", { sendAt, audience: { include } });
    const others = await Promise.all(
      [1, 2, 3].map((n) =>
        here.begin(`Behind it ${n}.`, { sendAt: iso(clock.now() + 10_000 + n) }),
      ),
    );
    for (const id of others)
      assert.equal((await here.finished(id, minute)).counts.accepted, people);
    const { state, attention } = await here.campaign(stuck);
    assert.deepEqual([state, attention?.code], ["expanding", "TEAMS_UNAVAILABLE"]);
    await here.service.stop();
  });

  it("is not sent when its service comes back too late for it (listmonk)", async () => {
    const here = await virtualCampaigns({ people, seed: 503 });
    const { clock } = here.world;
    const sendAt = clock.now() + hour;
    const id = await here.begin("Lunch is ready.", {
      ...{ sendAt: iso(sendAt), expiresAt: iso(sendAt + 30 * minute) },
    });
    await here.service.stop();
    await clock.runFor(5 * hour);
    const next = await here.world.start();
    const end = await here.finished(id, 5 * minute, next);
    assert.equal(here.world.messages("Lunch is ready.").length, 0);
    assert.equal(end.counts.accepted, 0);
    assert.deepEqual(
      end.reasons.map(({ code }) => code),
      ["DELIVERY_EXPIRED"],
    );
    await next.stop();
  });

  it("is sent once its service is back, where it has no end", async () => {
    const here = await virtualCampaigns({ people, seed: 504 });
    const id = await here.begin("Better late.", { sendAt: iso(here.world.clock.now() + hour) });
    await here.service.stop();
    await here.world.clock.runFor(5 * hour);
    const next = await here.world.start();
    assert.equal((await here.finished(id, minute, next)).counts.accepted, people);
    assert.equal(here.world.messages("Better late.").length, people);
    await next.stop();
  });

  it("says its time with an offset, so that nobody has to guess the zone (Company Communicator and its rebuild)", async () => {
    const here = await virtualCampaigns({ people, seed: 505 });
    const { client } = here.service;
    const at = here.world.clock.now() + hour;
    const local = `${new Date(at + 2 * hour).toISOString().slice(0, 19)}+02:00`;
    const { sendAt } = await here.campaign(
      await here.begin("At nine, in Helsinki.", { sendAt: local }),
    );
    assert.equal(Date.parse(sendAt ?? ""), Math.floor(at / 1000) * 1000);
    const refused = await client.campaigns
      .create({
        ...{ name: "x", message: { text: "x" }, audience: { include: [{ everyone: true }] } },
        sendAt: local.slice(0, 19),
      })
      .then(
        () => assert.fail("it was taken"),
        (error: unknown) => error,
      );
    assert.ok(refused instanceof CarillonError);
    assert.equal(refused.status, 400);
    const coming = (await client.campaigns.list()).items.filter(
      ({ state }) => state === "scheduled",
    );
    assert.equal(coming.length, 1, "and the list tells what is to come");
    await here.service.stop();
  });
});
