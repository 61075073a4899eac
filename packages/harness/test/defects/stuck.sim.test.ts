// Goal: the pain that is reported most cannot happen here: a campaign that is stuck, and nobody knows why. Method: the whole service
// in virtual time; a cause that lasts for minutes, hours or for ever; then what the API tells, and what happens when it ends.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FaultRate } from "@carillon/emulator";
import { virtualCampaigns } from "../../src/virtual-campaign.ts";
import type { VirtualWorld } from "../../src/virtual-world.ts";

const minute = 60_000;
const people = 60;

/** Each cause, how it begins, and the code by which it is told. */
const causes: readonly {
  readonly name: string;
  readonly code: string;
  begin(at: VirtualWorld): void;
}[] = [
  { name: "nobody answers", code: "TEAMS_UNAVAILABLE", begin: (at) => at.setOut(true) },
  ...(
    [
      ["Teams answers 503 to everything", "TEAMS_UNAVAILABLE", { kind: "unavailable" }],
      ["Teams answers 412 to everything", "TEAMS_UNAVAILABLE", { kind: "precondition-failed" }],
      ["Teams answers 429 to everything", "TEAMS_THROTTLED", { kind: "throttled-silent" }],
      [
        "Teams answers 429 with a Retry-After of ten minutes",
        "TEAMS_THROTTLED",
        { kind: "throttled", scope: "lane", retryAfterSeconds: 600 },
      ],
      [
        "the login host is down",
        "TEAMS_UNAVAILABLE",
        { kind: "token-unavailable", operation: "token" },
      ],
      [
        "the secret has expired",
        "TEAMS_UNAUTHORIZED",
        { kind: "token-refused", operation: "token" },
      ],
      ["Teams refuses the bot's tokens", "TEAMS_UNAUTHORIZED", { kind: "unauthorized" }],
    ] as const satisfies readonly (readonly [string, string, Omit<FaultRate, "share">])[]
  ).map(([name, code, fault]) => ({
    name,
    code,
    begin: (at: VirtualWorld) => at.emulator.setFaults({ rates: [{ ...fault, share: 1 }] }),
  })),
];

describe("a campaign that does not move", () => {
  for (const { name, code, begin } of causes)
    it(`is not stuck in Sending without a reason, and goes on by itself: ${name} (Company Communicator)`, async () => {
      const here = await virtualCampaigns({ people, seed: 31 });
      const { world: at, service } = here;
      const { client } = service;
      begin(at);
      const text = "Nobody knows why.";
      const id = await here.begin(text);
      const since = at.clock.now();
      await at.clock.runFor(4 * minute);

      const { state, counts, attention } = await client.campaigns.get(id);
      assert.equal(state, "sending");
      assert.equal(counts.pending + counts.sending, people, "nobody is given up");
      assert.equal(attention?.code, code);
      assert.ok(attention.detail.length > 10, attention.detail);
      assert.match(attention.next, /by itself/);
      assert.ok(Date.parse(attention.since) - since < minute, "it tells since when");
      assert.ok(Date.parse(attention.retryAt ?? "") > since + 3 * minute, "and when it goes on");
      const status = await client.status();
      assert.ok(status.attention.some((one) => one.code === code));
      assert.match((await service.readyz()).reasons.join(), new RegExp(`${code}, since 2`));
      const told = service.logged.filter(({ fields }) => fields.code === code);
      assert.ok(
        told.some(({ event }) => /^(?:campaign\.stalled|lane\.halted)$/.test(event)) ||
          service.logged.some(({ event }) => event === "lane.throttled"),
        "and the log, too",
      );

      at.setOut(false);
      at.emulator.setFaults(null);
      const end = await here.finished(id, 20 * minute);
      assert.equal(end.counts.accepted, people, JSON.stringify(end.reasons));
      assert.equal(at.messages(text).length, people);
      assert.equal(end.attention, null);
      assert.deepEqual((await client.status()).attention, []);
      assert.deepEqual((await service.readyz()).reasons, []);
      await service.stop();
    });

  it("is not stuck in Syncing without a reason, and goes on by itself: a roster that Teams does not give (Company Communicator)", async () => {
    const here = await virtualCampaigns({ people, teams: 1, seed: 31 });
    const { world: at, service } = here;
    const { client } = service;
    at.emulator.setFaults({
      rates: [{ kind: "unavailable", operation: "paged-members", share: 1 }],
    });
    const id = await here.begin("To the team.", {
      audience: { include: [{ team: at.emulator.team(0).id, as: "members" }] },
    });
    await at.clock.runFor(5 * minute);
    const { state, attention } = await client.campaigns.get(id);
    assert.equal(state, "expanding");
    assert.equal(attention?.code, "TEAMS_UNAVAILABLE");
    assert.match(attention.detail, /roster of 19:.* could not be read/);
    assert.ok((await client.status()).attention.some(({ campaignId }) => campaignId === id));
    at.emulator.setFaults(null);
    assert.equal((await here.finished(id, 10 * minute)).counts.accepted, people);
    await service.stop();
  });

  it("is not ended by force after a day, whatever is open (Company Communicator)", async () => {
    let slept = 0;
    const here = await virtualCampaigns({ people, seed: 31 }, { skewMs: () => slept });
    const { world: at, service } = here;
    const id = await here.begin("Two days later.");
    at.setOut(true);
    await at.clock.runFor(minute);
    slept = 48 * 60 * minute;
    await at.clock.runFor(10 * minute);
    const { state, counts } = await service.client.campaigns.get(id);
    assert.equal(state, "sending");
    assert.equal(counts.pending + counts.sending + counts.accepted, people);
    at.setOut(false);
    assert.equal((await here.finished(id, 5 * minute)).counts.accepted, people);
    await service.stop();
  });

  it("is not stuck in Sending for ever when its last worker dies: the next one goes on by itself (Company Communicator)", async () => {
    const here = await virtualCampaigns({ people, seed: 31 });
    const { world: at, service } = here;
    const text = "Through the death of its worker.";
    const id = await here.begin(text);
    await at.until(async () => at.emulator.counts().accepted >= 20, 10_000);
    service.kill();
    const next = await at.start();
    const end = await here.finished(id, 30_000, next);
    assert.equal(end.counts.accepted, people);
    assert.equal(end.counts.total, people);
    assert.ok(at.messages(text).length <= people + end.resent);
    await next.stop();
  });

  it("is taken over by the other worker when one dies, with no human action (Company Communicator)", async () => {
    const here = await virtualCampaigns({ people, seed: 31 });
    const { world: at, service } = here;
    const other = await at.start();
    const id = await here.begin("Taken over.");
    await at.until(async () => at.emulator.counts().accepted >= 20, 10_000);
    service.kill();
    const end = await here.finished(id, 30_000, other);
    assert.equal(end.counts.accepted, people);
    await other.stop();
  });
});

describe("the counters of a campaign", () => {
  it("do not say 0 of N after all arrived: at each moment they are those of its rows, and a second behind the inboxes at most (Company Communicator)", async () => {
    const here = await virtualCampaigns({ people, seed: 31 });
    const { world: at, service } = here;
    const { client } = service;
    const id = await here.begin("Counted.");
    for (let arrivedBefore = 0; ; ) {
      await at.clock.runFor(250);
      const { counts, state } = await client.campaigns.get(id);
      const rows = new Map<string, number>();
      for await (const row of client.campaigns.deliveriesAll(id))
        rows.set(row.state, (rows.get(row.state) ?? 0) + 1);
      const arrived = at.emulator.counts().accepted;
      assert.equal(counts.accepted, rows.get("accepted") ?? 0);
      assert.equal(counts.pending, rows.get("pending") ?? 0);
      assert.ok(counts.accepted <= arrived && counts.accepted >= arrivedBefore, "and no more");
      if (state === "finished") break;
      arrivedBefore = Math.max(0, arrived - 50);
    }
    assert.equal((await client.campaigns.get(id)).counts.accepted, people);
    await service.stop();
  });
});
