// Goal: nobody gets a message twice without a recorded reason, whoever clicks, retries or dies. Method: the whole service in virtual
// time, one or two processes on one database; kills at the worst instant.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { virtualCampaigns } from "../../src/virtual-campaign.ts";

const people = 60;
const minute = 60_000;

/** Starts a campaign whose answers take long, and ends the process while Teams has taken messages that nobody was told of. */
async function diesBeforeItsAnswers(onUncertain: "hold" | "resend") {
  const here = await virtualCampaigns({ people, seed: 301 });
  const { emulator } = here.world;
  const text = `Taken, and not written: ${onUncertain}.`;
  emulator.setLatency(5000);
  const id = await here.begin(text, { onUncertain });
  await here.world.until(async () => here.world.messages(text).length >= 30, 20_000, 20);
  const taken = here.world.messages(text).length;
  here.service.kill();
  emulator.setLatency(0);
  const next = await here.world.start();
  const end = await here.finished(id, 2 * minute, next);
  return { ...here, text, taken, end, next };
}

describe("a message that Teams had taken when the process died", () => {
  it("is not sent again unasked: where the author holds, it is uncertain, and came once (Company Communicator, listmonk)", async () => {
    const { text, taken, end, next, world } = await diesBeforeItsAnswers("hold");
    assert.ok(taken > 0 && end.counts.uncertain >= taken, `${taken} taken`);
    assert.equal(end.counts.accepted + end.counts.uncertain, people);
    assert.equal(end.resent, 0);
    const chats = world.messages(text).map(({ conversationId }) => conversationId);
    assert.equal(new Set(chats).size, chats.length, "nobody got it twice");
    await next.stop();
  });

  it("is sent again by default, and each that may have come twice is recorded as such (Company Communicator, listmonk)", async () => {
    const { text, taken, end, next, arrived } = await diesBeforeItsAnswers("resend");
    assert.equal(end.counts.accepted, people);
    assert.ok(end.resent >= taken);
    for await (const row of next.client.campaigns.deliveriesAll(end.id)) {
      const count = arrived(text).get(row.conversationId ?? "") ?? 0;
      assert.ok(count >= 1 && count <= 1 + row.resent, `${row.recipient}: ${count}`);
    }
    await next.stop();
  });
});

describe("a campaign", () => {
  it("that is started by ten clicks at once, in two processes, starts once (Company Communicator)", async () => {
    const here = await virtualCampaigns({ people, seed: 302 });
    const other = await here.world.start();
    const text = "Ten clicks.";
    const { id } = await here.service.client.campaigns.create({
      ...{ name: text, message: { text }, audience: { include: [{ everyone: true }] } },
    });
    const clicks = Array.from({ length: 10 }, (_, n) =>
      (n % 2 === 0 ? other : here.service).client.campaigns.start(id),
    );
    for (const { id: same } of await here.world.within(Promise.all(clicks))) assert.equal(same, id);
    const end = await here.finished(id, minute);
    assert.deepEqual([end.counts.total, end.counts.accepted], [people, people]);
    assert.equal(here.world.messages(text).length, people);
    const again = await here.service.client.campaigns.start(id);
    assert.equal(again.state, "finished", "a click that comes late changes nothing");
    assert.equal(here.world.messages(text).length, people);
    await other.stop();
    await here.service.stop();
  });

  it("that is submitted twice, because the first answer was lost, is there once (Company Communicator)", async () => {
    const here = await virtualCampaigns({ people, seed: 303 });
    const { client } = here.service;
    const text = "Submitted twice.";
    const draft = {
      name: text,
      message: { text },
      audience: { include: [{ everyone: true as const }] },
    };
    const options = { idempotencyKey: "the-one" };
    const ids = await Promise.all([1, 2, 3].map(() => client.campaigns.create(draft, options)));
    assert.equal(new Set(ids.map(({ id }) => id)).size, 1);
    assert.equal((await client.campaigns.list()).items.length, 1);
    await here.service.stop();
  });

  it("that was due while two processes looked is begun once (Company Communicator's timer)", async () => {
    const here = await virtualCampaigns({ people, seed: 304 });
    const other = await here.world.start();
    const text = "Due for both.";
    const sendAt = new Date(here.world.clock.now() + 20_000).toISOString();
    const id = await here.begin(text, { sendAt });
    const end = await here.finished(id, 2 * minute);
    assert.equal(end.counts.accepted, people);
    assert.equal(here.world.messages(text).length, people);
    await other.stop();
    await here.service.stop();
  });

  it("goes on after a restart where it was, neither from the beginning nor past anybody (listmonk)", async () => {
    const here = await virtualCampaigns({ people: 200, seed: 305 });
    const text = "Restarted four times.";
    const id = await here.begin(text);
    let service = here.service;
    for (const least of [30, 70, 110, 150]) {
      await here.world.until(async () => here.world.messages(text).length >= least, minute, 20);
      if (least % 60 === 30) service.kill();
      else await service.stop();
      service = await here.world.start();
    }
    const end = await here.finished(id, minute, service);
    assert.deepEqual([end.counts.total, end.counts.accepted], [200, 200]);
    let beyond = 0;
    for (const count of here.arrived(text).values()) beyond += count - 1;
    assert.equal(here.arrived(text).size, 200);
    assert.ok(beyond <= end.resent, `${beyond} came twice, ${end.resent} recorded`);
    assert.ok(end.resent <= 2 * 20, "only what was in flight at a kill");
    await service.stop();
  });

  it("reaches a person who is in it by several names once (TeamsFx, bot SDKs)", async () => {
    const here = await virtualCampaigns({ people, teams: 2, seed: 306 });
    const { emulator } = here.world;
    const { aadObjectId, teamsId, userPrincipalName, conversationId } = emulator.person(3);
    const text = "By every name.";
    const include = [
      { everyone: true as const },
      ...[aadObjectId, teamsId, userPrincipalName].map((user) => ({ user })),
      { conversation: conversationId },
      ...emulator.teams().map(({ id }) => ({ team: id, as: "members" as const })),
    ];
    const end = await here.finished(await here.begin(text, { audience: { include } }), 2 * minute);
    assert.equal(end.counts.total, people);
    assert.deepEqual([...new Set(here.arrived(text).values())], [1]);
    await here.service.stop();
  });
});
