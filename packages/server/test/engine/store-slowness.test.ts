import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreSlowness } from "../../src/engine/store-slowness.ts";

test("turns of a second and more are told, with their beginning, until they are well below that", () => {
  const slowness = new StoreSlowness();
  assert.equal(slowness.measured(999, 1), false);
  assert.equal(slowness.attention, null);
  assert.equal(slowness.measured(1000, 2), true);
  assert.equal(slowness.measured(3210, 3), false);
  assert.deepEqual(slowness.attention, {
    code: "STORE_SLOW",
    detail: "Each write takes about 3.2 s.",
    since: 2,
    retryAt: null,
  });
  assert.equal(slowness.measured(600, 4), false);
  assert.notEqual(slowness.attention, null);
  assert.equal(slowness.measured(499, 5), true);
  assert.equal(slowness.attention, null);
});
