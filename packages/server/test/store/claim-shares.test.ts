import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { campaignId } from "../../src/domain/ids.ts";
import {
  type Candidate,
  joinedPlace,
  servedPlace,
  sharesOf,
} from "../../src/store/claim-shares.ts";

function candidates(...rows: readonly (readonly [rank: number, rowsMax: number])[]) {
  return rows.map(([rank, rowsMax], index) => ({ id: campaignId(`c${index}`), rank, rowsMax }));
}

function given(list: readonly Candidate[], room: number): readonly number[] {
  const shares = sharesOf(list, { claim: room, atLeast: {} });
  return list.map((one) => shares.get(one.id) ?? 0);
}

describe("the shares of a claim", () => {
  it("are even among campaigns of one rank, and what one leaves goes to the others", () => {
    assert.deepEqual(given(candidates([1, 20], [1, 3], [1, 20]), 6), [2, 2, 2]);
    assert.deepEqual(given(candidates([1, 18], [1, 1], [1, 18]), 12), [6, 1, 5]);
    assert.deepEqual(given(candidates([1, 12], [1, 0], [1, 13]), 40), [12, 0, 13]);
  });

  it("are one each for the first ones where there are more campaigns than room", () => {
    assert.deepEqual(given(candidates([1, 5], [1, 5], [1, 5]), 2), [1, 1, 0]);
  });

  it("give a greater rank only what the smaller ones leave", () => {
    assert.deepEqual(given(candidates([2, 9], [0, 1], [1, 2]), 4), [1, 1, 2]);
    assert.deepEqual(given(candidates([2, 9], [0, 5], [1, 2]), 4), [0, 4, 0]);
  });

  it("give each rank its own beyond that, where it would get fewer", () => {
    const atLeast = { urgent: 2, normal: 4, bulk: 3 };
    const list = candidates([0, 50], [1, 2], [2, 2], [2, 50]);
    const shares = (claim: number, claimed?: ReadonlyMap<number, number>) => {
      const given = sharesOf(list, { claim, atLeast }, claimed);
      return list.map((one) => given.get(one.id) ?? 0);
    };
    assert.deepEqual(shares(10), [10, 2, 2, 1]);
    assert.deepEqual(shares(1), [2, 2, 2, 1]);
    assert.deepEqual(shares(60), [50, 2, 2, 6]);
    assert.deepEqual(shares(0), [0, 0, 0, 0], "nothing where none is asked for");
    const claimed = new Map([
      [0, 7],
      [1, 1],
      [2, 3],
    ]);
    assert.deepEqual(shares(7, claimed), [0, 2, 0, 0], "what was claimed before counts");
  });

  it("property: use all the room that there are rows for, and differ by one row at most among those who wait", () => {
    const one = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.nat({ max: 30 }));
    fc.assert(
      fc.property(fc.array(one, { maxLength: 12 }), fc.nat({ max: 60 }), (rows, room) => {
        const list = candidates(...rows);
        const shared = list.map((each) => ({
          ...each,
          share: given(list, room)[list.indexOf(each)] ?? 0,
        }));
        assert.equal(
          sum(shared.map((each) => each.share)),
          Math.min(room, sum(list.map((each) => each.rowsMax))),
        );
        for (const { rank, rowsMax, share } of shared) {
          assert.ok(share <= rowsMax);
          if (share === rowsMax) continue;
          const others = (isMeant: (other: number) => boolean) =>
            Math.max(0, ...shared.filter((each) => isMeant(each.rank)).map((each) => each.share));
          assert.ok(others((other) => other === rank) <= share + 1, "nobody of the rank has more");
          assert.equal(
            others((other) => other > rank),
            0,
          );
        }
      }),
    );
  });
});

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

describe("places in the queue", () => {
  it("are those of the newcomers of a turn, then of those who were served in it, then of the next turn", () => {
    const places = [joinedPlace(7), servedPlace(7, 1), servedPlace(7, 256), servedPlace(7, 1e6)];
    for (const [index, place] of places.entries())
      assert.ok(place < (places[index + 1] ?? joinedPlace(8)));
  });
});
