import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { minutesOf, type Sample } from "../src/soak/samples.ts";
import { trendsOf, verdictLines } from "../src/soak/verdict.ts";

const quiet: Omit<Sample, "atMs"> = {
  rssMb: 90,
  heapMb: 30,
  keptMb: 20,
  handles: 8,
  files: 30,
  delayP99Ms: 6,
  delayMaxMs: 12,
};

/** A sample every five seconds, of which each fourth was taken after a collection. */
function soaked(minutes: number, at: (minute: number, index: number) => Partial<Sample>): Sample[] {
  return Array.from({ length: minutes * 12 }, (_, index) => {
    const atMs = (index + 1) * 5_000 - 1;
    const sample = { ...quiet, atMs, ...at(atMs / 60_000, index) };
    return { ...sample, keptMb: index % 4 === 3 ? sample.keptMb : null };
  });
}

const verdictsOf = (samples: readonly Sample[]) =>
  Object.fromEntries(trendsOf(minutesOf(samples)).map(({ figure, verdict }) => [figure, verdict]));

describe("the soak's verdict", () => {
  it("is flat where memory goes up and down and comes back", () => {
    const samples = soaked(30, (_, index) => ({
      heapMb: 25 + (index % 10),
      rssMb: 90 + (index % 7),
      keptMb: 20 + (index % 36 === 11 ? 0.1 : 0),
    }));
    assert.deepEqual(new Set(Object.values(verdictsOf(samples))), new Set(["flat"]));
    assert.equal(verdictLines(trendsOf(minutesOf(samples))).at(-1), "VERDICT: flat");
  });

  it("names what grows: 6 MB an hour beneath 15 MB of noise, and a handle every minute", () => {
    const samples = soaked(30, (minute, index) => ({
      heapMb: 25 + (index % 16),
      keptMb: 20 + minute / 10,
      handles: 8 + Math.floor(minute),
    }));
    const verdicts = verdictsOf(samples);
    assert.equal(verdicts.keptMb, "grows");
    assert.equal(verdicts.handles, "grows");
    assert.equal(verdicts.files, "flat");
    assert.match(
      verdictLines(trendsOf(minutesOf(samples))).at(-1) ?? "",
      /^VERDICT: not flat: memory in use after a collection grows, handles grows$/,
    );
  });

  it("says that it does not know after three minutes", () => {
    const verdict = verdictLines(trendsOf(minutesOf(soaked(3, () => ({}))))).at(-1);
    assert.match(verdict ?? "", /unclear; soak for longer$/);
  });

  it("does not count what the first minutes fill", () => {
    const samples = soaked(30, (minute) => ({ keptMb: 20 + Math.min(minute, 14) }));
    assert.equal(verdictsOf(samples).keptMb, "flat");
  });
});
