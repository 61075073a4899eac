import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { TrafficClass } from "../../src/domain/campaign.ts";
import { campaignId } from "../../src/domain/ids.ts";
import { ConversationTurns, type Visitor } from "../../src/engine/conversation-turns.ts";

function visitor(n: number, over: Partial<Visitor> = {}): Visitor {
  return {
    conversation: "a",
    campaignId: campaignId(`c${n}`),
    key: `c${n} ana`,
    trafficClass: "normal",
    isRetry: false,
    entry: n,
    isFromBefore: false,
    ...over,
  };
}

test("a conversation lets one in at a time, in the order of asking, and forgets those that left", async () => {
  const turns = new ConversationTurns();
  const order: number[] = [];
  assert.equal(turns.tryEnter(visitor(0)), true);
  assert.equal(turns.tryEnter(visitor(1)), false);
  assert.equal(turns.tryEnter(visitor(9, { conversation: "b" })), true);
  const waiting = [1, 2, 3].map((n) => turns.enter(visitor(n)).then(() => order.push(n)));
  assert.equal(turns.depth("a"), 4);
  for (const [index, wait] of waiting.entries()) {
    turns.leave(visitor(index));
    await wait;
  }
  turns.leave(visitor(3));
  assert.deepEqual(order, [1, 2, 3]);
  assert.equal(turns.depth("a"), 0);
});

test("the more urgent goes first, and asks one that only waits inside to step back", async () => {
  const turns = new ConversationTurns();
  const order: string[] = [];
  let asked = 0;
  const inside = visitor(0, {
    trafficClass: "bulk",
    stepBack: () => {
      asked += 1;
    },
  });
  turns.tryEnter(inside);
  const enter = (n: number, trafficClass: TrafficClass) =>
    void turns.enter(visitor(n, { trafficClass })).then(() => order.push(trafficClass));
  enter(1, "bulk");
  assert.equal(asked, 0, "not for one of its own class");
  for (const [n, one] of (["normal", "interactive", "urgent"] as const).entries())
    enter(n + 2, one);
  assert.equal(asked, 3);
  for (let count = 0; count < 5; count += 1) {
    turns.leave(inside);
    await Promise.resolve();
  }
  assert.deepEqual(order, ["interactive", "urgent", "normal", "bulk"]);
});

test("of each class eight are kept at a time; those beyond come back one after the other, half a second apart", () => {
  const turns = new ConversationTurns();
  const comeBack = Array.from({ length: 12 }, (_, n) => {
    const at = turns.comeBackAt(visitor(n), 1000);
    if (at === null) void turns.enter(visitor(n));
    return at;
  });
  assert.deepEqual(comeBack.slice(0, 8), Array(8).fill(null));
  assert.deepEqual(comeBack.slice(8), [5000, 5500, 6000, 6500]);
  assert.equal(turns.comeBackAt(visitor(20, { trafficClass: "urgent" }), 1000), null);
  assert.equal(turns.comeBackAt(visitor(21, { trafficClass: "bulk" }), 1000) !== null, true);
});

test("whoever came later waits for those that were sent back, until they are here, are not to come, or are long overdue", () => {
  const turns = new ConversationTurns();
  for (const n of [1, 2]) turns.sentBack(visitor(n), 3000, 1000);
  assert.equal(turns.comeBackAt(visitor(3), 3000), 3500);
  assert.equal(
    turns.comeBackAt(visitor(2), 3000),
    3500,
    "also one that was sent back after another",
  );
  assert.equal(turns.comeBackAt(visitor(4, { trafficClass: "urgent" }), 3000), null);
  assert.equal(turns.comeBackAt(visitor(5, { isRetry: true }), 3000), null);
  assert.equal(turns.comeBackAt(visitor(6, { conversation: "b" }), 3000), null);
  assert.equal(turns.comeBackAt(visitor(1), 3000), null);
  assert.equal(turns.comeBackAt(visitor(2), 3500), null);
  turns.forget(campaignId("c3"));
  assert.equal(turns.comeBackAt(visitor(7), 3500), null);
  turns.sentBack(visitor(8), 4000, 3500);
  assert.notEqual(turns.comeBackAt(visitor(9), 33_000), null);
  turns.forget(campaignId("c9"));
  assert.equal(turns.comeBackAt(visitor(10), 34_001), null);
  turns.sentBack(visitor(11), 35_000, 34_001);
  turns.forgetAll();
  assert.equal(turns.comeBackAt(visitor(12), 34_001), null);
});

test("nobody is given up while the lane claims too little for them to come", () => {
  const turns = new ConversationTurns();
  turns.claims(1000);
  turns.sentBack(visitor(1), 3000, 1000);
  for (const now of [9000, 25_000, 85_000]) turns.claims(now);
  assert.notEqual(turns.comeBackAt(visitor(2), 85_000), null);
  for (let now = 85_000; now <= 114_000; now += 1000) turns.claims(now);
  assert.notEqual(turns.comeBackAt(visitor(2), 114_000), null);
  turns.forget(campaignId("c2"));
  assert.equal(turns.comeBackAt(visitor(3), 116_000), null);
});

test("whoever was made before those that an earlier holder put off goes before them, in the order of coming", () => {
  const turns = new ConversationTurns();
  const made = (n: number) => visitor(n);
  for (const n of [5, 6]) turns.sentBack({ ...made(n), isFromBefore: true }, 2000 + n, 1000);
  assert.notEqual(turns.comeBackAt(made(7), 1000), null);
  const [three, four] = [made(3), made(4)];
  assert.equal(turns.comeBackAt(three, 1000), null);
  turns.sentBack(three, 1500, 1000);
  assert.notEqual(turns.comeBackAt(four, 1000), null);
  for (const n of [3, 4]) assert.equal(turns.comeBackAt(made(n), 2000), null);
  assert.notEqual(turns.comeBackAt(made(7), 2000), null);
  for (const n of [5, 6, 7]) assert.equal(turns.comeBackAt(made(n), 4000), null);
});

interface Step {
  readonly act: "ask" | "claim" | "send" | "window" | "halt";
  readonly pick: number;
}

/** One in four is urgent. */
function classOf(n: number): TrafficClass {
  return n % 4 === 3 ? "urgent" : "normal";
}

interface Here {
  readonly n: number;
  readonly visitor: Visitor;
  isInside: boolean;
}

/** Messages to one conversation, as a lane and its ledger have them: who came first, and who was sent first. */
class OneConversation {
  readonly came: number[] = [];
  readonly sent: number[] = [];
  /** One inside was asked to step back. */
  #stepsBack = false;
  readonly #turns = new ConversationTurns();
  readonly #inLedger: { readonly n: number; readonly due: number }[] = [];
  readonly #here: Here[] = [];
  #now = 1_000_000;
  #made = 0;

  async step({ act, pick }: Step): Promise<void> {
    this.#now += 1 + (pick % 50);
    if (act === "ask") this.#inLedger.push({ n: this.#made++, due: this.#now });
    if (act === "claim") this.#claim(pick);
    if (act === "send") await this.#leave(({ n }) => this.sent.push(n));
    if (act === "window") await this.#leave((one) => this.#goBack(one, this.#now + (pick % 5000)));
    if (this.#stepsBack) await this.#leave((one) => this.#goBack(one, this.#now));
    if (act === "halt")
      while (this.#here.length > 0) await this.#leave((one) => this.#goBack(one, this.#now));
  }

  /** Whichever is due may be claimed: the ledger's own order is nothing to depend on. */
  #claim(pick: number): void {
    const due = this.#inLedger.filter((one) => one.due <= this.#now);
    const one = due[pick % Math.max(1, due.length)];
    if (one === undefined) return;
    this.#inLedger.splice(this.#inLedger.indexOf(one), 1);
    if (!this.came.includes(one.n)) this.came.push(one.n);
    const comes = visitor(one.n, { trafficClass: classOf(one.n) });
    comes.stepBack = () => {
      this.#stepsBack = true;
    };
    const at = this.#turns.comeBackAt(comes, this.#now);
    if (at !== null) {
      assert.ok(at > this.#now);
      this.#inLedger.push({ n: one.n, due: at });
      return;
    }
    const here = { n: one.n, visitor: comes, isInside: this.#turns.tryEnter(comes) };
    this.#here.push(here);
    const enters = () => {
      here.isInside = true;
    };
    if (!here.isInside) void this.#turns.enter(comes).then(enters);
    assert.ok(this.#here.filter(({ n }) => classOf(n) === classOf(one.n)).length <= 8);
  }

  /** The one inside leaves, and whoever would then overtake somebody leaves, too. */
  async #leave(then: (one: Here) => void): Promise<void> {
    const inside = this.#here.find(({ isInside }) => isInside);
    if (inside === undefined) return;
    this.#stepsBack = false;
    this.#here.splice(this.#here.indexOf(inside), 1);
    then(inside);
    this.#turns.leave(inside.visitor);
    await Promise.resolve();
    const next = this.#here.find(({ isInside }) => isInside);
    const at = next === undefined ? null : this.#turns.goBackAt(next.visitor, this.#now);
    if (at !== null) await this.#leave(({ n }) => this.#inLedger.push({ n, due: at }));
  }

  #goBack(one: Here, due: number): void {
    this.#turns.sentBack(one.visitor, due, this.#now);
    this.#inLedger.push({ n: one.n, due });
  }
}

test("property: whatever sends messages back, and in whatever order they come again, none of a class overtakes another", async () => {
  const step = fc.record({
    act: fc.constantFrom<Step["act"]>(
      "ask",
      "ask",
      "claim",
      "claim",
      "claim",
      "send",
      "window",
      "halt",
    ),
    pick: fc.nat(10_000),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 250 }), async (steps) => {
      const one = new OneConversation();
      for (const next of steps) await one.step(next);
      for (const trafficClass of ["urgent", "normal"]) {
        const ofClass = (n: number) => classOf(n) === trafficClass;
        const sent = one.sent.filter(ofClass);
        assert.deepEqual(sent, one.came.filter(ofClass).slice(0, sent.length));
      }
    }),
    { numRuns: 1000 },
  );
});
