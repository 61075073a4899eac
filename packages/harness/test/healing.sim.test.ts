// Goal: what changed since a person was last heard of heals in the same delivery, or is learnt from the first refusal and is over with
// the next install; and a retry in the same campaign reaches who could not be reached then. Method: the whole service in virtual
// time against the emulator; its request log says what was asked of it, and its inboxes who got what.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type VirtualCampaigns, virtualCampaigns } from "../src/virtual-campaign.ts";

const people = 120;
const minute = 60_000;

/** What was asked of one person's chat since `from`: its status, and the region that the path names. */
function askedFor({ world: { emulator } }: VirtualCampaigns, index: number, from: number) {
  const { conversationId } = emulator.person(index);
  return emulator
    .requestLog()
    .slice(from)
    .filter(({ path }) => decodeURIComponent(path).includes(conversationId))
    .map(({ path, status }) => ({ region: path.split("/")[1], status }));
}

/** Tries the campaign's rows in this state again, and answers the campaign once it is over. */
async function retried(here: VirtualCampaigns, id: string, state: "failed" | "skipped") {
  await here.world.within(here.service.client.campaigns.retry(id, { states: [state] }));
  return here.finished(id, minute);
}

describe("a service URL", () => {
  it("that changes in the middle of a campaign is used for everybody who was heard from since", async () => {
    const here = await virtualCampaigns({ people, seed: 301 });
    const { emulator, clock } = here.world;
    const id = await here.begin("On the move.");
    await here.world.until(async () => emulator.counts().accepted >= 10, 10_000);
    const rows = (await here.rows(id)).filter(({ state }) => state === "pending");
    const late = rows.at(-1)?.recipient.replace("user:", "") ?? "";
    const from = emulator.requestLog().length;
    emulator.setRegion("apac");
    await here.world.within(emulator.say(late, "hello"));
    await clock.runFor(200);
    assert.equal((await here.finished(id, minute)).counts.accepted, people);
    const { index } = emulator.person(late);
    assert.deepEqual(askedFor(here, index, from).at(-1)?.region, "apac");
    await here.service.stop();
  });

  it("whose host Teams refuses is left for the one last heard of in the tenant, in the same delivery, and that is kept", async () => {
    const here = await virtualCampaigns({ people, seed: 302 });
    const { emulator, clock } = here.world;
    emulator.setRegion("apac");
    await here.world.within(emulator.say(5, "hello"));
    await clock.runFor(1000);
    const refused = { kind: "wrong-host" as const, operation: "send" as const, times: 1 };
    emulator.setFaults({ rules: [{ ...refused, person: 7 }] });
    const to = { user: emulator.person(7).aadObjectId };
    const send = async (text: string) => {
      const from = emulator.requestLog().length;
      const { id } = await here.world.within(
        here.service.client.notifications.create({ to, message: { text } }),
      );
      await clock.runFor(3000);
      const told = await here.service.client.campaigns.delivery(id, to.user);
      return { told, asked: askedFor(here, 7, from) };
    };
    const first = await send("First.");
    assert.deepEqual([first.told.state, first.told.attempts], ["accepted", 2]);
    assert.match(first.told.history[0]?.decision ?? "", /other one that is known is tried/);
    assert.deepEqual(
      first.asked.map(({ status }) => status),
      [403, 201],
    );
    assert.equal(first.asked.at(-1)?.region, "apac");
    const second = await send("Second.");
    assert.deepEqual(
      second.asked.map(({ region }) => region),
      ["apac"],
    );
    await here.service.stop();
  });
});

describe("a chat that is dead", () => {
  it("is made again in the same delivery; where the app is gone with it, that is said, learnt, and over with the next install", async () => {
    const here = await virtualCampaigns({ people, seed: 303 });
    const { emulator, clock } = here.world;
    const gone = { kind: "conversation-not-found" as const, operation: "send" as const, times: 1 };
    emulator.setFaults({
      rules: [
        { ...gone, person: 3 },
        { ...gone, person: 4 },
      ],
    });
    await here.world.within(emulator.uninstall([4], { events: false }));
    const { id, counts, reasons } = await here.finished(await here.begin("Dead chats."), minute);
    assert.deepEqual([counts.accepted, counts.failed], [people - 1, 1]);
    assert.deepEqual(reasons, [{ state: "failed", code: "TEAMS_APP_NOT_INSTALLED", count: 1 }]);
    const { aadObjectId } = emulator.person(4);
    const told = await here.service.client.explain.delivery(id, aadObjectId);
    assert.deepEqual(
      told.delivery.history.map(({ operation, evidence }) => [operation, evidence.status]),
      [
        ["send", 404],
        ["create-conversation", 403],
      ],
    );
    assert.equal(told.next, "install");
    assert.equal((await here.service.client.people.get(aadObjectId)).install, "removed");
    const requests = emulator.counts().requests;
    const next = await here.finished(await here.begin("Without asking."), minute);
    assert.equal(next.counts.skipped, 1);
    assert.equal(emulator.counts().requests - requests, people - 1, "nothing is asked for them");
    await here.world.within(emulator.install([4]));
    await clock.runFor(1000);
    assert.equal((await retried(here, id, "failed")).counts.accepted, people);
    assert.equal((await retried(here, next.id, "skipped")).counts.accepted, people);
    for (const text of ["Dead chats.", "Without asking."])
      assert.ok([...here.arrived(text).values()].every((count) => count === 1));
    await here.service.stop();
  });
});

describe("a person", () => {
  it("who is back after an uninstall in the middle of a campaign gets it, and who comes back later gets it by a retry", async () => {
    const here = await virtualCampaigns({ people, seed: 304 });
    const { emulator, clock } = here.world;
    const id = await here.begin("Come and go.");
    await here.world.until(async () => emulator.counts().accepted >= 10, 10_000);
    const open = (await here.rows(id)).filter(({ state }) => state === "pending");
    const [back = "", away = ""] = open.slice(-2).map(({ recipient }) => recipient.slice(5));
    await here.world.within(
      emulator.uninstall([back, away].map((one) => emulator.person(one).index)),
    );
    await here.world.within(emulator.install([emulator.person(back).index]));
    await clock.runFor(100);
    const end = await here.finished(id, minute);
    assert.deepEqual([end.counts.accepted, end.counts.skipped], [people - 1, 1]);
    await here.world.within(emulator.install([emulator.person(away).index]));
    await clock.runFor(1000);
    const after = await retried(here, id, "skipped");
    assert.deepEqual([after.counts.accepted, after.counts.skipped], [people, 0]);
    const arrived = here.arrived("Come and go.");
    assert.equal(arrived.size, people);
    assert.ok([...arrived.values()].every((count) => count === 1));
    await here.service.stop();
  });

  for (const how of ["install", "message"] as const)
    it(`who blocked the bot is learnt from the first refusal, is asked no more, and gets it by a retry after the next ${how}`, async () => {
      const here = await virtualCampaigns({ people, seed: 305 });
      const { emulator, clock } = here.world;
      const { aadObjectId } = emulator.person(9);
      emulator.block(9);
      const first = await here.finished(await here.begin("Blocked."), minute);
      assert.deepEqual(first.reasons, [
        { state: "failed", code: "TEAMS_BLOCKED_BY_USER", count: 1 },
      ]);
      const told = await here.service.client.explain.person(aadObjectId);
      assert.match(told.line, /blocked the bot.*nothing is tried/);
      assert.equal(told.next, "person");
      const before = emulator.counts().requests;
      const second = await here.finished(await here.begin("Still blocked."), minute);
      assert.equal(second.counts.skipped, 1);
      // A retry while they block it asks nothing either, and says so.
      assert.equal((await retried(here, first.id, "failed")).counts.skipped, 1);
      assert.equal(emulator.counts().requests - before, people - 1);
      emulator.unblock(9);
      if (how === "install") await here.world.within(emulator.install([9]));
      else await here.world.within(emulator.say(9, "hello again"));
      await clock.runFor(1000);
      for (const { id } of [first, second])
        assert.equal((await retried(here, id, "skipped")).counts.accepted, people);
      assert.equal(here.arrived("Blocked.").get(emulator.person(9).conversationId), 1);
      await here.service.stop();
    });

  it("who removed the app without anybody telling is learnt from the first refusal, and back with the next install", async () => {
    const here = await virtualCampaigns({ people, seed: 306 });
    const { emulator, clock } = here.world;
    await here.world.within(emulator.uninstall([11], { events: false }));
    const first = await here.finished(await here.begin("Removed."), minute);
    assert.equal(first.counts.failed, 1);
    const { aadObjectId } = emulator.person(11);
    assert.equal((await here.service.client.people.get(aadObjectId)).install, "removed");
    const told = await here.service.client.explain.delivery(first.id, aadObjectId);
    assert.equal(told.next, "install");
    await here.world.within(emulator.install([11]));
    await clock.runFor(1000);
    assert.equal((await here.service.client.people.get(aadObjectId)).install, "installed");
    assert.equal((await retried(here, first.id, "failed")).counts.accepted, people);
    await here.service.stop();
  });
});
