// Goal: the pace of a message is what Teams allows, and nothing of ours: neither slow answers, nor looking people up, nor the size of
// the directory. Method: the whole service in virtual time; latencies and requests are counted at the wire.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Store } from "../../../server/src/engine/ports/store.ts";
import type { Transport } from "../../../server/src/teams/transport.ts";
import { overlay } from "../../src/overlay.ts";
import { virtualCampaigns } from "../../src/virtual-campaign.ts";

const minute = 60_000;

/** Counts requests by method and the last word of their path. */
function watched() {
  const seen = new Map<string, number>();
  const wire = (transport: Transport): Transport => ({
    request(request) {
      const what = `${request.method} ${new URL(request.url).pathname.split("/").at(-1)}`;
      seen.set(what, (seen.get(what) ?? 0) + 1);
      return transport.request(request);
    },
  });
  return { seen, wire };
}

describe("a campaign", () => {
  for (const [seconds, whose] of [
    [1.5, "Company Communicator: 45,000 in 40 minutes"],
    [4.3, "Company Communicator: 7 a second once answers took 4.3 s"],
  ] as const)
    it(`goes out at Teams' own rate although each answer takes ${seconds} s (${whose})`, async () => {
      const people = 1000;
      const here = await virtualCampaigns({ people, seed: 601, latencyMs: seconds * 1000 });
      const { clock } = here.world;
      const startedAt = clock.now();
      const id = await here.begin("At full speed.");
      await here.world.until(
        async () => here.world.messages("At full speed.").length === people,
        minute,
        100,
      );
      const perSecond = people / ((clock.now() - startedAt) / 1000);
      assert.ok(perSecond > 40, `${perSecond}/s, with the time it takes to begin`);
      assert.equal((await here.finished(id, minute)).counts.accepted, people);
      await here.service.stop();
    });

  it("takes one request for each person who is known: nobody is looked up, no chat is made anew (TeamsFx)", async () => {
    const { seen, wire } = watched();
    const here = await virtualCampaigns(
      { people: 200, teams: 1, seed: 602 },
      { wire, readsRosters: true },
    );
    await here.world.clock.runFor(minute);
    seen.clear();
    const { userPrincipalName } = here.world.emulator.person(17);
    const { client } = here.service;
    // By name, among all that are known: where others ask Teams for the roster of each place, one after the other.
    await here.world.within(
      client.notifications.create({ to: { user: userPrincipalName }, message: { text: "You." } }),
    );
    await here.finished(await here.begin("Everyone."), minute);
    await here.world.clock.runFor(1000);
    seen.delete("POST token");
    assert.deepEqual([...seen], [["POST activities", 201]]);
    await here.service.stop();
  });

  it("does not stop for ten minutes because one conversation was throttled (Company Communicator)", async () => {
    const here = await virtualCampaigns({ people: 200, seed: 603 });
    const { emulator, clock } = here.world;
    const { aadObjectId } = emulator.person(0);
    const { client } = here.service;
    for (let n = 0; n < 20; n += 1)
      await here.world.within(
        client.notifications.create({ to: { user: aadObjectId }, message: { text: `${n}.` } }),
      );
    const startedAt = clock.now();
    const end = await here.finished(await here.begin("The others."), 10 * minute);
    assert.equal(end.counts.accepted, 200);
    // One of them is behind their own messages; nobody else is.
    const others = here.world
      .messages("The others.")
      .filter(({ conversationId }) => conversationId !== emulator.person(0).conversationId);
    assert.equal(others.length, 199);
    const last = Math.max(...others.map(({ at }) => at));
    assert.ok(last - startedAt < 10_000, `${last - startedAt} ms`);
    await here.service.stop();
  });

  it("tells its rate and when it will be done (Company Communicator)", async () => {
    const here = await virtualCampaigns({ people: 500, seed: 604 });
    const id = await here.begin("How long?");
    await here.world.clock.runFor(5000);
    const { ratePerSecond, etaSeconds, counts } = await here.campaign(id);
    assert.ok(ratePerSecond > 40 && ratePerSecond <= 50, `${ratePerSecond}`);
    const left = counts.pending + counts.sending;
    assert.ok(Math.abs((etaSeconds ?? 0) - left / 50) < 3, `${etaSeconds} s for ${left}`);
    await here.finished(id, minute);
    await here.service.stop();
  });

  it("never holds the directory in memory: no answer of the store is longer than a page (Company Communicator)", async () => {
    const longest = new Map<string, number>();
    /** Notes how long the lists are that each call of a part answers. */
    const measured = <T extends object>(part: T): T =>
      new Proxy(part, {
        get: (target, name) => {
          const member: unknown = Reflect.get(target, name);
          if (typeof member !== "function") return member;
          return async (...args: readonly unknown[]) => {
            const answer: unknown = await Reflect.apply(member, target, args);
            const most = Math.max(0, ...listsIn(answer).map((list) => list.length));
            longest.set(String(name), Math.max(most, longest.get(String(name)) ?? 0));
            return answer;
          };
        },
      });
    const around = (store: Store) =>
      overlay(store, {
        directory: measured(store.directory),
        ledger: measured(store.ledger),
      });
    const people = 2500;
    const here = await virtualCampaigns({ people, seed: 605, rps: 0 }, { around });
    const end = await here.finished(await here.begin("To all 2,500."), 5 * minute);
    assert.equal(end.counts.accepted, people);
    let exported = 0;
    for await (const piece of here.service.client.campaigns.export(end.id))
      exported += piece.split("\r\n").length - 1;
    assert.equal(exported, people + 1);
    for (const [name, length] of longest) assert.ok(length <= 1000, `${name} answered ${length}`);
    assert.ok((longest.get("takeTurn") ?? 0) > 0, "something was measured");
    await here.service.stop();
  });
});

/** The answer where it is a list, and every list that it holds as a member. */
function listsIn(answer: unknown): readonly (readonly unknown[])[] {
  if (Array.isArray(answer)) return [answer];
  if (typeof answer !== "object" || answer === null) return [];
  return Object.values(answer).filter((value) => Array.isArray(value));
}
