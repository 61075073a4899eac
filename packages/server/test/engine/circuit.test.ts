import assert from "node:assert/strict";
import { test } from "node:test";
import { Circuit, type LaneTrouble } from "../../src/engine/circuit.ts";

const lost: LaneTrouble = { code: "TEAMS_UNAVAILABLE", detail: "refused", atOnce: false };
const refused: LaneTrouble = { code: "TEAMS_UNAUTHORIZED", detail: "wrong", atOnce: true };

test("four failures in a row harm nothing, the fifth halts", () => {
  const circuit = new Circuit();
  for (let count = 0; count < 4; count += 1) assert.equal(circuit.failed(lost, false, 0), false);
  assert.equal(circuit.isHalted, false);
  assert.equal(circuit.failed(lost, false, 100), true);
  assert.deepEqual(circuit.attention, {
    code: "TEAMS_UNAVAILABLE",
    detail: "refused",
    since: 100,
    retryAt: 1100,
  });
});

test("an answer between them starts the count again", () => {
  const circuit = new Circuit();
  for (let count = 0; count < 20; count += 1) {
    circuit.failed(lost, false, 0);
    if (count % 4 === 3) circuit.passed(false);
  }
  assert.equal(circuit.isHalted, false);
});

test("what may be of one conversation alone halts once it is met in three", () => {
  const circuit = new Circuit();
  const met = (place: string) => circuit.failed({ ...lost, place }, false, 0);
  for (let count = 0; count < 20; count += 1) assert.equal(met("one"), false);
  assert.equal(met("another"), false);
  assert.equal(met("a third"), true);
  circuit.reset();
  for (const place of ["a", "b", "c", "d"]) assert.equal(met(place), false);
  circuit.passed(false);
  for (const place of ["e", "e", "e", "f"]) assert.equal(met(place), false);
  assert.equal(met("f"), false, "those before the answer do not count");
});

test("refused credentials halt at once", () => {
  const circuit = new Circuit();
  assert.equal(circuit.failed(refused, false, 0), true);
});

test("one probe at a time is let through, after 1, 2, 4 … 60 s", () => {
  const circuit = new Circuit();
  circuit.failed(refused, false, 0);
  const waits: number[] = [];
  let now = 0;
  for (let count = 0; count < 9; count += 1) {
    const at = circuit.nextAt(now);
    waits.push(at - now);
    now = at;
    assert.equal(circuit.started(), true);
    assert.equal(circuit.nextAt(now), Number.POSITIVE_INFINITY);
    circuit.failed(refused, true, now);
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  assert.equal(circuit.attention?.since, 0);
});

test("requests that were under way when it halted change nothing", () => {
  const circuit = new Circuit();
  circuit.failed(refused, false, 0);
  assert.equal(circuit.failed(lost, false, 500), true);
  assert.equal(circuit.passed(false), false);
  assert.equal(circuit.nextAt(500), 1000);
});

test("a probe that gets any other answer opens the lane", () => {
  const circuit = new Circuit();
  circuit.failed(refused, false, 0);
  circuit.started();
  assert.equal(circuit.passed(true), true);
  assert.equal(circuit.attention, null);
  assert.equal(circuit.nextAt(10), 10);
});

test("a probe that was not made leaves room for another", () => {
  const circuit = new Circuit();
  circuit.failed(refused, false, 0);
  circuit.withdrawn(circuit.started());
  assert.equal(circuit.nextAt(5000), 5000);
});
