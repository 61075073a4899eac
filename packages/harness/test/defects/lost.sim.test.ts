// Goal: nobody drops out of a message in silence, as recipients of today's tools do. Method: the whole service in virtual time; the
// emulator refuses, forgets and delays as Teams does, more often than those tools try again.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { virtualCampaigns } from "../../src/virtual-campaign.ts";
import { virtualWorld } from "../../src/virtual-world.ts";

const people = 60;
const minute = 60_000;

describe("a recipient", () => {
  it("who is throttled again and again is not lost, and ends accepted (Company Communicator)", async () => {
    const here = await virtualCampaigns({ people: 20, seed: 201 });
    // Six tries in the process, and then a status that nobody takes up again, is where the others end.
    const rules = Array.from({ length: 20 }, (_, person) => ({
      ...{ kind: "throttled" as const, person, times: 12, retryAfterSeconds: 1 },
      operation: "send" as const,
    }));
    here.world.emulator.setFaults({ rules });
    const end = await here.finished(await here.begin("Twelve times too many."), 60 * minute);
    assert.deepEqual([end.counts.accepted, end.resent], [20, 0]);
    for (const row of await here.rows(end.id)) assert.equal(row.attempts, 13);
    await here.service.stop();
  });

  it("who is the 500th of a message is not cut off because Teams throttled those before (bot-proactive-messaging sample, home-made bots)", async () => {
    const here = await virtualCampaigns({ people: 500, seed: 202, laneRps: 100 });
    // The service is told twice what Teams allows, so that it is refused all the time.
    const end = await here.finished(await here.begin("To the end of the alphabet."), 5 * minute);
    assert.equal(end.counts.accepted, 500);
    assert.equal(here.world.messages("To the end of the alphabet.").length, 500);
    assert.ok(here.world.emulator.counts().throttled > 0, "there was something to survive");
    await here.service.stop();
  });

  it("whose stored chat is dead gets the message in the same campaign, and the new chat is kept (Company Communicator, TeamsFx, Bot Framework)", async () => {
    const here = await virtualCampaigns({ people, seed: 203 });
    const dead = { kind: "conversation-not-found" as const, operation: "send" as const, times: 1 };
    const rules = Array.from({ length: people }, (_, person) => ({ ...dead, person }));
    here.world.emulator.setFaults({ rules });
    const end = await here.finished(await here.begin("Back again."), minute);
    assert.equal(end.counts.accepted, people);
    assert.equal(here.world.messages("Back again.").length, people);
    const before = here.world.emulator.counts().requests;
    assert.equal(
      (await here.finished(await here.begin("And again."), minute)).counts.accepted,
      people,
    );
    assert.equal(here.world.emulator.counts().requests - before, people, "one request each");
    await here.service.stop();
  });

  it("whose name could not be looked up at the first try is not left out (Company Communicator's directory sync)", async () => {
    const here = await virtualCampaigns({ people, teams: 1, seed: 204 });
    const { emulator } = here.world;
    for (const kind of ["unavailable", "throttled", "reset-before-commit"] as const) {
      const text = `A roster after ${kind}.`;
      emulator.setFaults({ rules: [{ kind, operation: "paged-members", times: 3 }] });
      const audience = { include: [{ team: emulator.team(0).id, as: "members" as const }] };
      const end = await here.finished(await here.begin(text, { audience }), 5 * minute);
      assert.deepEqual([end.counts.total, end.counts.accepted], [people, people], kind);
    }
    emulator.setFaults({ rules: [{ kind: "unavailable", operation: "member", times: 3 }] });
    const user = emulator.person(7).userPrincipalName;
    const audience = { include: [{ user }] };
    const end = await here.finished(await here.begin("One by name.", { audience }), 5 * minute);
    assert.equal(end.counts.accepted, 1);
    await here.service.stop();
  });

  it("who is not reached is in the report with a reason of their own, however many there are (Company Communicator)", async () => {
    const here = await virtualCampaigns({
      ...{ people: 400, teams: 1, seed: 205, shares: { withoutApp: 0.3, blocked: 0.2 } },
    });
    const { emulator } = here.world;
    const audience = { include: [{ team: emulator.team(0).id, as: "members" as const }] };
    const end = await here.finished(
      await here.begin("To all of the team.", { audience }),
      2 * minute,
    );
    const rows = await here.rows(end.id);
    const members = emulator.members({ team: 0 }, { limit: 1000 }).items;
    assert.equal(rows.length, members.length, "one row for each member, reached or not");
    assert.equal(new Set(rows.map(({ recipient }) => recipient)).size, rows.length);
    const missed = rows.filter(({ state }) => state !== "accepted");
    assert.ok(missed.length > 100, `${missed.length}`);
    for (const { state, code, detail } of missed) {
      assert.match(state, /^(?:failed|skipped)$/);
      assert.match(code ?? "", /^TEAMS_/);
      assert.ok(state === "skipped" || (detail ?? "").length > 5);
    }
    const { counts, reasons } = end;
    assert.equal(counts.accepted + counts.failed + counts.skipped, counts.total);
    assert.equal(
      reasons.reduce((sum, { count }) => sum + count, 0),
      missed.length,
    );
    let csv = "";
    for await (const piece of here.service.client.campaigns.export(end.id)) csv += piece;
    assert.equal(csv.trim().split("\r\n").length, rows.length + 1, "and the export has them all");
    await here.service.stop();
  });

  it("who has not got the app is named before the button is pressed, and after (Company Communicator)", async () => {
    const here = await virtualCampaigns({ people, seed: 206 });
    const { emulator, clock } = here.world;
    const { client } = here.service;
    await here.world.within(emulator.uninstall([1, 2, 3]));
    await clock.runFor(1000);
    const { id } = await client.campaigns.create({
      ...{ name: "Before.", message: { text: "Before." } },
      audience: { include: [{ everyone: true }] },
    });
    const { expected, recipients } = await client.campaigns.preflight(id);
    assert.equal(recipients, people);
    assert.deepEqual(expected, [{ code: "TEAMS_APP_REMOVED", count: 3 }]);
    await here.world.within(client.campaigns.start(id));
    const end = await here.finished(id, minute);
    assert.deepEqual(end.reasons, [{ state: "skipped", code: "TEAMS_APP_REMOVED", count: 3 }]);
    await here.service.stop();
  });

  it("who installs the app in the same instant as many others is known, and still is after a restart (TeamsFx)", async () => {
    const many = 300;
    const world = await virtualWorld({ people: many, teams: 0, seed: 620 });
    const first = await world.start();
    const everyone = Array.from({ length: many }, (_, index) => index);
    await world.within(Promise.all(everyone.map((index) => world.emulator.install([index]))));
    await world.clock.runFor(5000);
    const counts = { people: many, installed: many, blocked: 0, removed: 0 };
    assert.deepEqual((await first.client.status()).counts, counts);
    await first.stop();
    const next = await world.start();
    assert.deepEqual((await next.client.status()).counts, counts);
    await next.stop();
  });

  it("who comes back with a new install gets the next message without anybody's help (Company Communicator, Teams Toolkit)", async () => {
    const here = await virtualCampaigns({ people, seed: 207 });
    const { emulator, clock } = here.world;
    await here.world.within(emulator.uninstall([4]));
    emulator.block(5);
    await clock.runFor(1000);
    const first = await here.finished(await here.begin("Without them."), minute);
    assert.equal(first.counts.accepted, people - 2);
    emulator.unblock(5);
    await here.world.within(emulator.install([4, 5]));
    await clock.runFor(1000);
    assert.equal(
      (await here.finished(await here.begin("With them."), minute)).counts.accepted,
      people,
    );
    await here.service.stop();
  });
});

describe("a campaign", () => {
  it("is not finished while a delivery is open: neither waiting, nor after its lane was lost (listmonk, Company Communicator)", async () => {
    const here = await virtualCampaigns({ people, seed: 208 });
    const { emulator } = here.world;
    const slow = { kind: "unavailable" as const, operation: "send" as const };
    emulator.setFaults({ rules: [{ ...slow, person: 9 }] });
    const id = await here.begin("One is open.");
    await here.world.clock.runFor(10 * minute);
    const open = await here.campaign(id);
    assert.equal(open.state, "sending");
    assert.deepEqual(
      [open.counts.accepted, open.counts.pending + open.counts.sending],
      [people - 1, 1],
    );
    emulator.setFaults(null);
    assert.equal((await here.finished(id, 10 * minute)).counts.accepted, people);
    await here.service.stop();
  });

  it("counts each person once, whatever happened to them on the way, so that its numbers never contradict each other (Company Communicator and its forks)", async () => {
    const here = await virtualCampaigns({ people, seed: 209 });
    here.world.emulator.setFaults({
      rates: [
        { kind: "unavailable", share: 0.2, operation: "send" },
        { kind: "conversation-not-found", share: 0.1, operation: "send" },
        { kind: "reset-after-commit", share: 0.1, operation: "send" },
      ],
      seed: 3,
    });
    const id = await here.begin("Once each.");
    for (let over = false; !over; ) {
      await here.world.clock.runFor(500);
      const { counts, state } = await here.campaign(id);
      const { total, ...states } = counts;
      assert.equal(
        Object.values(states).reduce((sum, count) => sum + count, 0),
        total,
      );
      assert.ok(total <= people && counts.accepted <= people);
      over = state === "finished";
    }
    assert.equal((await here.campaign(id)).counts.total, people);
    await here.service.stop();
  });
});
