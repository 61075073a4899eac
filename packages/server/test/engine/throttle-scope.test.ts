import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SlidingCount } from "../../src/engine/sliding-count.ts";
import { ThrottleScope, type UnknownThrottle } from "../../src/engine/throttle-scope.ts";

function throttle(conversation: string, over: Partial<UnknownThrottle> = {}): UnknownThrottle {
  return {
    conversation,
    startedAt: 10_000,
    ownUse: "alone",
    isOurs: true,
    laneLoad: 0.2,
    ...over,
  };
}

for (const [what, over, expected] of [
  ["of a personal chat in a loaded lane", { laneLoad: 1 }, "lane"],
  ["of a personal chat in a lane that is not loaded", {}, "lane"],
  ["of a shared conversation in a loaded lane", { isOurs: false, laneLoad: 0.9 }, "lane"],
  ["of a shared one in a lane that is not loaded", { isOurs: false }, "lane"],
  ["of a shared one that had some", { isOurs: false, ownUse: "some" }, "conversation"],
  [
    "of a shared one that had some in a loaded lane",
    { isOurs: false, ownUse: "some", laneLoad: 1 },
    "conversation",
  ],
  ["of a personal chat that had some", { ownUse: "some" }, "lane"],
  ["of one near its limit", { ownUse: "near" }, "conversation"],
  [
    "of a shared one near its limit in a loaded lane",
    { isOurs: false, ownUse: "near", laneLoad: 1 },
    "conversation",
  ],
  ["of a personal chat near its limit in a loaded lane", { ownUse: "near", laneLoad: 1 }, "lane"],
] as const)
  test(`a 429 ${what} counts as the ${expected}'s`, () => {
    assert.equal(new ThrottleScope().judge(throttle("a", over)), expected);
  });

const doubtful = { isOurs: false, ownUse: "near", laneLoad: 1 } as const;

test("a second doubtful 429, of another conversation and within the lane's window, makes it the lane's", () => {
  const scope = new ThrottleScope();
  assert.equal(scope.judge(throttle("a", doubtful)), "conversation");
  assert.equal(scope.judge(throttle("a", { ...doubtful, startedAt: 10_100 })), "conversation");
  assert.equal(scope.judge(throttle("b", { ...doubtful, startedAt: 11_200 })), "conversation");
  assert.equal(scope.judge(throttle("c", { ...doubtful, startedAt: 10_900 })), "lane");
});

/** What the last of so many doubtful ones counts as, each of another conversation, with so many accepted in between. */
function lastOf(count: number, accepted: number, laneLoad: number): string {
  const scope = new ThrottleScope();
  scope.accepted(9_900);
  let last = "";
  for (let n = 0; n < count; n += 1) {
    const some = { isOurs: false, ownUse: "some", laneLoad, startedAt: 10_000 + n * 100 } as const;
    last = scope.judge(throttle(`${n}`, some));
    if (n === 0) for (let one = 0; one < accepted; one += 1) scope.accepted(10_000 + one);
  }
  return last;
}

test("in a loaded lane two doubtful ones are the lane's where no more were accepted since than refused", () => {
  for (const accepted of [0, 2]) assert.equal(lastOf(2, accepted, 1), "lane");
  for (const accepted of [3, 40]) assert.equal(lastOf(2, accepted, 1), "conversation");
});

test("in a lane that is not loaded it takes three, and none accepted since", () => {
  assert.equal(lastOf(2, 0, 0.2), "conversation");
  assert.equal(lastOf(3, 0, 0.2), "lane");
  assert.equal(lastOf(3, 1, 0.2), "conversation");
});

test("conversations that are clearly at their own limits never stop the lane, however many", () => {
  const scope = new ThrottleScope();
  for (let n = 0; n < 200; n += 1)
    assert.equal(scope.judge(throttle(`${n}`, { ownUse: "near" })), "conversation");
  assert.equal(scope.judge(throttle("last", doubtful)), "conversation");
});

test("property: a sliding count has every event of the last second, and none that is older than a step more", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 400 }), { maxLength: 300 }), (waits) => {
      const count = new SlidingCount();
      const events: number[] = [];
      let now = 1_764_000_000_123;
      for (const wait of waits) {
        now += wait;
        const counted = count.count(now);
        assert.ok(counted >= events.filter((at) => at > now - 1000).length);
        assert.ok(counted <= events.filter((at) => at > now - 1050).length);
        count.add(now);
        events.push(now);
      }
    }),
  );
});
