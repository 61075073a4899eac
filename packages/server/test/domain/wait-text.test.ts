import assert from "node:assert/strict";
import { test } from "node:test";
import { waitText } from "../../src/domain/wait-text.ts";

test("a wait is said in seconds, minutes or hours, as a person would", () => {
  const said = [-5, 0, 40, 3_088, 9_949, 9_951, 119_000, 119_600, 645_000, 7_100_000, 7_200_000];
  assert.deepEqual(
    said.map((ms) => waitText(ms)),
    [
      "0.0 s",
      "0.0 s",
      "0.0 s",
      "3.1 s",
      "9.9 s",
      "10 s",
      "119 s",
      "2 min",
      "11 min",
      "118 min",
      "2 h",
    ],
  );
  assert.equal(waitText(86_400_000), "24 h");
});
