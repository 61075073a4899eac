// Goal: an answer that comes after its time, to a message that did arrive, is neither a failure nor forgotten. Method: the whole
// service in virtual time; the emulator takes each person's first message and holds its answer back.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertTold } from "../../src/told.ts";
import { virtualCampaigns } from "../../src/virtual-campaign.ts";

const people = 12;
const heldBack = (ms: number) => ({
  rules: Array.from({ length: people }, (_, person) => ({
    ...{ kind: "slow" as const, ms, person, times: 1 },
    operation: "send" as const,
  })),
});

describe("an answer that comes after its time to a message that arrived", () => {
  it("leaves the message uncertain where the author holds, and it is not sent again", async () => {
    const here = await virtualCampaigns({ people, seed: 51 });
    here.world.emulator.setFaults(heldBack(40_000));
    const id = await here.begin("Late.", { onUncertain: "hold" });
    const end = await here.finished(id, 60_000);
    assert.deepEqual([end.counts.uncertain, end.resent], [people, 0]);
    assert.equal(here.world.messages("Late.").length, people);
    const [row] = await here.rows(id);
    assert.equal(row?.code, "TEAMS_UNCERTAIN");
    const [attempt] = await here.service.client.campaigns.attempts(id, row?.recipient ?? "");
    assert.match(
      attempt?.decision ?? "",
      /may have arrived \(timeout\), and the policy is to leave it/,
    );
    // The late answers change nothing any more.
    await here.world.clock.runFor(60_000);
    assert.equal((await here.campaign(id)).counts.uncertain, people);
    await here.service.stop();
  });

  it("makes it be sent again by default, and each of those is counted", async () => {
    const here = await virtualCampaigns({ people, seed: 52 });
    here.world.emulator.setFaults(heldBack(40_000));
    const id = await here.begin("Late, and again.");
    const end = await here.finished(id, 60_000);
    assert.deepEqual([end.counts.accepted, end.resent], [people, people]);
    assert.deepEqual([...here.arrived("Late, and again.").values()], Array(people).fill(2));
    for (const row of await here.rows(id)) assert.deepEqual([row.resent, row.attempts], [1, 2]);
    await here.service.stop();
  });

  it("halts the lane where it is everybody's, which says why, and few are left in doubt", async () => {
    const many = 400;
    const here = await virtualCampaigns({ people: many, seed: 54 });
    const { emulator, clock } = here.world;
    const text = "Everybody waits.";
    const begunAt = clock.now();
    emulator.setFaults({ rates: [{ kind: "slow", ms: 40_000, operation: "send", share: 1 }] });
    const id = await here.begin(text);
    await clock.runFor(10 * 60_000);
    const code = /^TEAMS_(?:UNAVAILABLE|UNCERTAIN)$/;
    assertTold(await here.campaign(id), { code, begunAt, now: clock.now() });
    emulator.setFaults(null);
    const end = await here.finished(id, 7 * 60_000);
    assert.equal(end.counts.accepted + end.counts.uncertain, many);
    for (const row of await here.rows(id))
      assert.ok((here.arrived(text).get(row.conversationId ?? "") ?? 0) <= 1 + row.resent);
    await here.service.stop();
  });

  it("is waited for as long as Teams may take", async () => {
    const here = await virtualCampaigns({ people, seed: 53 });
    here.world.emulator.setFaults(heldBack(29_000));
    const id = await here.begin("Slow.");
    const end = await here.finished(id, 60_000);
    assert.deepEqual([end.counts.accepted, end.resent], [people, 0]);
    assert.equal(here.world.messages("Slow.").length, people);
    await here.service.stop();
  });
});
