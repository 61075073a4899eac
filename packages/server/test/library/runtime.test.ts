import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createIds, systemClock, systemRng } from "../../src/app/runtime.ts";

describe("ids", () => {
  it("grow in the order of making, whatever the clock does", () => {
    const instants = fc.array(fc.integer({ min: 0, max: 4_000_000_000_000 }), { minLength: 1 });
    const chance = fc.array(fc.bigInt({ min: 0n, max: 36n ** 10n - 1n }), { minLength: 1 });
    fc.assert(
      fc.property(instants, chance, (times, numbers) => {
        let at = 0;
        const ids = createIds(
          () => times[at % times.length] ?? 0,
          () => numbers[at % numbers.length] ?? 0n,
        );
        const made = times.map((_, index) => {
          at = index;
          return ids.next("cmp");
        });
        assert.deepEqual(made.toSorted(), made);
        assert.equal(new Set(made).size, made.length);
        for (const id of made) assert.match(id, /^cmp_[0-9a-z]{24}$/);
      }),
    );
  });

  it("of two processes that start at the same instant differ", () => {
    const now = () => 1_764_000_000_000;
    assert.notEqual(createIds(now).next("ntf"), createIds(now).next("ntf"));
  });
});

describe("the machine's clock", () => {
  it("sleeps no longer than to the signal, and not at all when that has come already", async () => {
    const hour = 3_600_000;
    const abort = new AbortController();
    const sleeping = systemClock.sleep(hour, abort.signal);
    abort.abort();
    await sleeping;
    await systemClock.sleep(hour, abort.signal);
    await systemClock.sleep(1);
  });

  it("goes through sleeps that are longer than a timer can be", async () => {
    const abort = new AbortController();
    const sleeping = systemClock.sleep(100 * 24 * 3_600_000, abort.signal);
    // Node fires a timer of more than 2^31 ms at once; this one must still sleep then.
    const first = await Promise.race([sleeping.then(() => "woke"), systemClock.sleep(20)]);
    assert.equal(first, undefined);
    abort.abort();
    await sleeping;
  });
});

describe("chance", () => {
  it("lies between 0 and 1", () => {
    for (let round = 0; round < 100; round += 1) {
      const value = systemRng();
      assert.ok(value >= 0 && value < 1);
    }
  });
});
