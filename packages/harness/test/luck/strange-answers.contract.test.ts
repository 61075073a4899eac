// Goal: an answer that is not the connector's is believed for nothing: what may have arrived is uncertain, what is safe to ask again
// is asked again, and nobody is lost or called accepted for it. Method: the whole service over real HTTP; the emulator's faults.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { FaultKind } from "@carillon/emulator";
import { type ContractWorld, contractWorld } from "../../src/contract-world.ts";

const people = 20;
/** So few that nobody takes it for an outage, which would halt the lane. */
const met = 2;
const everyone = { include: [{ everyone: true }] } as const;

let world: ContractWorld;
before(async () => {
  const shares = { withoutApp: 0, blocked: 0 };
  world = await contractWorld({ people, teams: 1, seed: 41, shares });
  await world.emulator.install("all");
  await world.emulator.install({ team: 0 });
  await world.service.carillon.inbound.drain();
});
after(() => world.close());

/** How often each conversation got the message. */
function arrivals(text: string): ReadonlyMap<string, number> {
  const arrived = new Map<string, number>();
  for (const { conversationId } of world.messages(text))
    arrived.set(conversationId, (arrived.get(conversationId) ?? 0) + 1);
  return arrived;
}

/** The first send to each of so many people meets the fault; later ones do not. */
function firstSends(kind: FaultKind, commit: boolean, count = met): void {
  const rules = Array.from({ length: count }, (_, person) => ({
    ...{ kind, commit, person, times: 1 },
    operation: "send" as const,
  }));
  world.emulator.setFaults({ rules });
}

const strange: readonly (readonly [name: string, kind: FaultKind, commit: boolean])[] = [
  ["200 with a web page, and nothing arrived", "html-ok", false],
  ["200 with a web page, though it arrived", "html-ok", true],
  ["201 with half of its JSON", "truncated-json", true],
  ["201 with three megabytes of JSON", "huge-json", true],
  ["502, though it arrived", "bad-gateway", true],
];

describe("a send that is answered", () => {
  for (const [name, kind, commit] of strange) {
    it(`${name} is uncertain, and left so where the author holds`, async () => {
      const text = `Held: ${name}.`;
      firstSends(kind, commit);
      const end = await world.run({ audience: everyone, message: { text }, onUncertain: "hold" });
      assert.equal(end.counts.uncertain, met);
      assert.deepEqual(end.reasons, [{ state: "uncertain", code: "TEAMS_UNCERTAIN", count: met }]);
      assert.equal(end.resent, 0);
      assert.equal(
        world.messages(text).length,
        commit ? people : people - met,
        "it was tried once",
      );
    });

    it(`${name} is sent again by default, and each repeat is recorded`, async () => {
      const text = `Sent again: ${name}.`;
      firstSends(kind, commit);
      const end = await world.run({ audience: everyone, message: { text } });
      assert.equal(end.counts.accepted, people, JSON.stringify(end.reasons));
      assert.equal(end.resent, met);
      const arrived = arrivals(text);
      assert.equal(arrived.size, people);
      const again = (await world.rows(end.id)).filter((row) => row.resent > 0);
      assert.equal(again.length, met);
      for (const row of again) {
        assert.equal(row.resent, 1);
        assert.equal(arrived.get(row.conversationId ?? ""), commit ? 2 : 1);
        const [first, second] = await world.client.campaigns.attempts(end.id, row.recipient);
        assert.equal(first?.outcome.kind, "uncertain");
        assert.equal(second?.outcome.kind, "accepted");
      }
    });
  }

  for (const kind of ["empty-ok", "no-id"] as const)
    it(`in the form of ${kind} is accepted, once, and its row claims no activity id`, async () => {
      const text = `Without an id: ${kind}.`;
      firstSends(kind, true, people);
      const end = await world.run({ audience: everyone, message: { text } });
      assert.deepEqual([end.counts.accepted, end.resent], [people, 0]);
      assert.equal(world.messages(text).length, people);
      for (const row of await world.rows(end.id)) assert.equal(row.activityId, null);
    });
});

const kinds = ["html-ok", "truncated-json", "huge-json", "empty-ok", "no-id"] as const;

describe("a roster is read again, and nobody in it is lost, where it is answered", () => {
  for (const kind of kinds)
    it(`${kind}`, async () => {
      const text = `To the team: ${kind}.`;
      world.emulator.setFaults({ rules: [{ kind, operation: "paged-members", times: 2 }] });
      const team = world.emulator.team(0).id;
      const audience = { include: [{ team, as: "members" as const }] };
      const end = await world.run({ audience, message: { text } });
      assert.equal(end.counts.accepted, people);
      assert.equal(world.messages(text).length, people);
    });
});

// Each in a world of its own.
describe("a token, and then a new chat, are asked for again where they are answered", {
  concurrency: true,
}, () => {
  for (const kind of kinds)
    it(`${kind}`, async () => {
      const stranger = await contractWorld({
        ...{ people: 3, teams: 0, seed: 43, shares: { withoutApp: 0, blocked: 0 } },
      });
      await stranger.emulator.install("all", { events: false });
      stranger.emulator.setFaults({
        rules: [
          { kind, operation: "create-conversation", times: 2 },
          { kind, operation: "token", times: 2 },
        ],
      });
      const user = stranger.emulator.person(1).aadObjectId;
      const [delivery] = (await stranger.send({ user })).deliveries;
      const faults = stranger.emulator.requestLog().filter(({ fault }) => fault === kind);
      await stranger.close();
      assert.equal(delivery?.state, "accepted");
      assert.equal(stranger.emulator.inbox(1).length, 1);
      assert.equal(faults.length, 4, "each was met");
    });
});
