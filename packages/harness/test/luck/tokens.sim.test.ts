// Goal: trouble with the bot's tokens is the bot's, not the recipients': nobody is lost or failed for it, it is told, and it ends by
// itself. Method: the whole service in virtual time; the emulator's login host as each test has it.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FaultRate } from "@carillon/emulator";
import type { Transport } from "../../../server/src/teams/transport.ts";
import { virtualCampaigns } from "../../src/virtual-campaign.ts";

const people = 600;
const minute = 60_000;

/** Counts what the service asks for, by the status that it gets. */
function counted() {
  const count = { tokens: 0, refused: 0 };
  const wire = (transport: Transport): Transport => ({
    async request(request) {
      if (request.url.endsWith("/token")) count.tokens += 1;
      const result = await transport.request(request);
      if (result.kind === "answer" && result.status === 401) count.refused += 1;
      return result;
    },
  });
  return { count, wire };
}

const always = (fault: Omit<FaultRate, "share">) => ({ rates: [{ ...fault, share: 1 }] });

describe("a login host", () => {
  for (const minutes of [3, 30])
    it(`that is down for ${minutes} minutes while the bot's token runs out holds the campaign up, and loses nobody`, async () => {
      const { count, wire } = counted();
      const here = await virtualCampaigns({ people, seed: 71, tokenLifetimeSeconds: 30 }, { wire });
      const { emulator, clock } = here.world;
      const id = await here.begin("Without a token.", { ratePerSecond: 10 });
      await here.world.until(async () => emulator.counts().accepted >= 100, 20_000);
      emulator.setFaults(always({ kind: "token-unavailable", operation: "token" }));
      await clock.runFor(minutes * minute);
      const held = await here.campaign(id);
      assert.equal(held.counts.failed, 0, JSON.stringify(held.reasons));
      assert.equal(held.attention?.code, "TEAMS_UNAVAILABLE");
      assert.ok(count.tokens < 15 + minutes, `the login host was asked ${count.tokens} times`);
      emulator.setFaults(null);
      const end = await here.finished(id, 7 * minute);
      assert.deepEqual([end.counts.accepted, end.resent], [people, 0]);
      assert.equal(here.world.messages("Without a token.").length, people);
      await here.service.stop();
    });

  it("that gives tokens of a minute is asked once a minute, and nobody waits", async () => {
    const { count, wire } = counted();
    const options = { people, seed: 72, tokenLifetimeSeconds: 60 };
    const here = await virtualCampaigns(options, { wire });
    const { clock } = here.world;
    const startedAt = clock.now();
    const id = await here.begin("On short tokens.", { ratePerSecond: 5 });
    const end = await here.finished(id, 3 * minute);
    assert.deepEqual([end.counts.accepted, end.resent], [people, 0]);
    assert.ok(clock.now() - startedAt < 124_000, "at its own rate");
    assert.ok(count.tokens >= 2 && count.tokens <= 4, `${count.tokens} tokens`);
    assert.equal(count.refused, 0);
    await here.service.stop();
  });

  it("whose tokens end long before they say so costs a repeat each, and nobody", async () => {
    const here = await virtualCampaigns({ people, seed: 73 });
    here.world.emulator.setFaults(
      always({ kind: "token-short-lived", operation: "token", seconds: 5 }),
    );
    const id = await here.begin("On tokens that lie.");
    const end = await here.finished(id, 60 * minute);
    assert.deepEqual([end.counts.accepted, end.resent], [people, 0]);
    assert.equal(here.world.messages("On tokens that lie.").length, people);
    await here.service.stop();
  });
});

describe("tokens that Teams refuses in the middle of a campaign", () => {
  it("for a while hold it up, with the reason, and it goes on with a new one", async () => {
    const { count, wire } = counted();
    const here = await virtualCampaigns({ people, seed: 74 }, { wire });
    const { emulator, clock } = here.world;
    const id = await here.begin("Refused for a while.");
    await here.world.until(async () => emulator.counts().accepted >= 100, 20_000);
    emulator.setFaults(always({ kind: "unauthorized" }));
    await clock.runFor(5 * minute);
    const held = await here.campaign(id);
    assert.equal(held.counts.failed, 0);
    assert.equal(held.attention?.code, "TEAMS_UNAUTHORIZED");
    assert.ok(count.refused < 60, `${count.refused} requests with a token that is refused`);
    emulator.setFaults(null);
    const end = await here.finished(id, 3 * minute);
    assert.deepEqual([end.counts.accepted, end.resent], [people, 0]);
    await here.service.stop();
  });

  it("once, each, are repeated with a new one without a pause", async () => {
    const here = await virtualCampaigns({ people, seed: 75 });
    const { emulator, clock } = here.world;
    emulator.setFaults({ rules: [{ kind: "unauthorized", nth: 100, times: 1 }] });
    const startedAt = clock.now();
    const id = await here.begin("Refused once.");
    const end = await here.finished(id, minute);
    assert.deepEqual([end.counts.accepted, end.resent], [people, 0]);
    assert.ok(clock.now() - startedAt < 16_000);
    await here.service.stop();
  });
});
