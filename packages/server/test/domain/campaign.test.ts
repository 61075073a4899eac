import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type CampaignState,
  campaignStates,
  classOfRank,
  classRank,
  isOver,
  mayBecome,
  trafficClasses,
} from "../../src/domain/campaign.ts";

/** Every state that can be reached from one. */
function reachableFrom(start: CampaignState): ReadonlySet<CampaignState> {
  const reached = new Set<CampaignState>([start]);
  for (const from of reached)
    for (const to of campaignStates) if (mayBecome(from, to)) reached.add(to);
  return reached;
}

describe("the states of a campaign", () => {
  it("can all be reached from draft", () => {
    assert.deepEqual([...reachableFrom("draft")].sort(), [...campaignStates].sort());
  });

  it("are left no more once over, but for a retry of what had finished", () => {
    for (const from of campaignStates)
      if (isOver(from))
        assert.deepEqual(
          campaignStates.filter((to) => mayBecome(from, to)),
          from === "finished" ? ["sending"] : [],
        );
  });

  it("never lead back to draft, nor to themselves", () => {
    for (const from of campaignStates) {
      assert.ok(!mayBecome(from, "draft"), from);
      assert.ok(!mayBecome(from, from), from);
    }
  });

  it("can all be cancelled, and finished, until they are over", () => {
    for (const from of campaignStates) {
      if (isOver(from)) continue;
      assert.ok(mayBecome(from, "cancelled"), from);
      assert.ok(reachableFrom(from).has("finished"), from);
    }
  });

  it("can be paused from wherever work may start, and taken up again where they were", () => {
    for (const from of ["scheduled", "expanding", "sending"] as const) {
      assert.ok(mayBecome(from, "paused"));
      assert.ok(mayBecome("paused", from));
    }
  });
});

describe("classRank", () => {
  it("puts answers to people before urgent before normal before bulk, and keeps the numbers that are stored", () => {
    assert.deepEqual(trafficClasses.map(classRank), [-1, 0, 1, 2]);
    assert.deepEqual(trafficClasses.map(classRank).map(classOfRank), trafficClasses);
    assert.equal(classOfRank(3), undefined);
  });
});
