// Goal: an outage in which Teams still answers, but with errors, touches few recipients: the others are not tried before it is over.
// Method: the whole service in virtual time; every send is answered alike for ten minutes, or for a night.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FaultRate } from "@carillon/emulator";
import { assertTold } from "../../src/told.ts";
import { virtualCampaigns } from "../../src/virtual-campaign.ts";

const people = 400;
const minute = 60_000;

const outages: readonly (readonly [name: string, fault: Omit<FaultRate, "share">])[] = [
  ["502", { kind: "bad-gateway" }],
  ["500, though messages arrive", { kind: "server-error", commit: true }],
  ["200 with a sign-in page", { kind: "html-ok" }],
  ["503", { kind: "unavailable" }],
  ["connections that break off", { kind: "reset-before-commit" }],
];

for (const [name, fault] of outages)
  describe(`ten minutes in which Teams answers with ${name}`, () => {
    it("leave hardly anybody in doubt, and all others get their message once", async () => {
      const here = await virtualCampaigns({ people, seed: 121 });
      const { emulator, clock } = here.world;
      const text = `Through ${name}.`;
      const id = await here.begin(text);
      await here.world.until(async () => emulator.counts().accepted >= 60, 10_000);
      emulator.setFaults({ rates: [{ ...fault, operation: "send", share: 1 }] });
      const [before, begunAt] = [emulator.counts().requests, clock.now()];
      await clock.runFor(10 * minute);
      const now = clock.now();
      assertTold(await here.campaign(id), { code: /^TEAMS_UNAVAILABLE$/, begunAt, now });
      assert.ok(
        emulator.counts().requests - before < 60,
        "it is asked now and then, not all the time",
      );
      emulator.setFaults(null);
      const end = await here.finished(id, 7 * minute);
      assert.ok(end.counts.uncertain <= 3, JSON.stringify(end.counts));
      assert.equal(end.counts.accepted + end.counts.uncertain, people);
      assert.ok(end.resent <= 30, `${end.resent} sent again`);
      for (const row of await here.rows(id))
        assert.ok((here.arrived(text).get(row.conversationId ?? "") ?? 0) <= 1 + row.resent);
      await here.service.stop();
    });
  });

describe("one conversation that is always answered with 503", () => {
  it("holds up nobody else", async () => {
    const here = await virtualCampaigns({ people: 5, seed: 122 });
    const { emulator, clock } = here.world;
    const { client } = here.service;
    emulator.setFaults({ rules: [{ kind: "unavailable", operation: "send", person: 0 }] });
    await here.world.within(
      client.notifications.create({
        to: { user: emulator.person(0).aadObjectId },
        message: { text: "Never." },
      }),
    );
    await clock.runFor(5 * minute);
    const since = clock.now();
    await here.world.within(
      client.notifications.create({
        to: { user: emulator.person(1).aadObjectId },
        message: { text: "At once." },
      }),
    );
    await here.world.until(async () => here.world.messages("At once.").length === 1, 5000, 20);
    assert.ok(clock.now() - since < 1000);
    await here.service.stop();
  });
});
