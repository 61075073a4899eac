// Goal: the door lets in exactly whom a small model lets in, in that order. Method: random asks, waits and releases with
// fast-check; the model is a list, counts of how often each class was passed over, and who of each class went last.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { VirtualClock } from "../../../harness/src/virtual-clock.ts";
import { type TrafficClass, trafficClasses } from "../../src/domain/campaign.ts";
import { campaignId } from "../../src/domain/ids.ts";
import { Admission } from "../../src/engine/admission.ts";
import { Circuit } from "../../src/engine/circuit.ts";
import { Pacer } from "../../src/engine/pacer.ts";

interface Guest {
  readonly name: number;
  readonly trafficClass: TrafficClass;
  /** Null: outside deliveries. */
  readonly campaign: string | null;
}

/** Who goes next, said as plainly as can be. */
class Model {
  waiting: Guest[] = [];
  readonly #passedOver = new Map<TrafficClass, number>();
  readonly #last = new Map<TrafficClass, Guest>();

  next(): Guest | undefined {
    const classes = trafficClasses.filter((one) => this.#of(one).length > 0);
    const passes = (one: TrafficClass) => this.#passedOver.get(one) ?? 0;
    const [most] = classes.filter((one) => passes(one) >= 19).sort((a, b) => passes(b) - passes(a));
    const chosen = most ?? classes[0];
    if (chosen === undefined) return undefined;
    const guest = this.#first(chosen);
    this.waiting = this.waiting.filter((one) => one !== guest);
    for (const one of classes)
      if (trafficClasses.indexOf(one) > trafficClasses.indexOf(chosen))
        this.#passedOver.set(one, passes(one) + 1);
    this.#passedOver.set(chosen, 0);
    if (guest !== undefined) this.#last.set(chosen, guest);
    return guest;
  }

  #first(trafficClass: TrafficClass): Guest | undefined {
    const those = this.#of(trafficClass);
    const delivery = those.find(({ campaign }) => campaign !== null);
    return this.#last.get(trafficClass)?.campaign === null ? (delivery ?? those[0]) : those[0];
  }

  #of(trafficClass: TrafficClass): readonly Guest[] {
    return this.waiting.filter((one) => one.trafficClass === trafficClass);
  }
}

type Step =
  | { readonly act: "ask"; readonly trafficClass: TrafficClass; readonly campaign: string | null }
  | { readonly act: "wait"; readonly ms: number }
  | { readonly act: "release"; readonly campaign: string };

const campaign = fc.constantFrom("c1", "c2", "c3");
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      act: fc.constant("ask" as const),
      // Mostly urgent, so that the others are passed over often enough for their shares.
      trafficClass: fc.oneof(
        { weight: 6, arbitrary: fc.constant("urgent" as const) },
        { weight: 4, arbitrary: fc.constantFrom(...trafficClasses) },
      ),
      campaign: fc.oneof(campaign, fc.constant(null)),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant("wait" as const),
      ms: fc.integer({ min: 0, max: 300 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("release" as const), campaign }) },
);

async function play(steps: readonly Step[]): Promise<void> {
  const clock = new VirtualClock(0);
  const parts = { clock, circuit: new Circuit(), prepare: () => null, inFlightMax: () => 10_000 };
  const admission = new Admission({ ...parts, pacer: new Pacer({ ratePerSecond: 20 }) });
  admission.openUntil(Number.POSITIVE_INFINITY);
  const model = new Model();
  const started: number[] = [];
  let seen = 0;
  const check = () => {
    for (; seen < started.length; seen += 1) assert.equal(started[seen], model.next()?.name);
  };
  for (const [name, one] of [...steps, { act: "wait", ms: 60_000 } as const].entries()) {
    if (one.act === "ask") {
      const { trafficClass } = one;
      model.waiting.push({ name, ...one });
      const campaignOf = one.campaign === null ? null : campaignId(one.campaign);
      void admission
        .start({ trafficClass, campaignId: campaignOf, cap: null })
        .then((verdict) => verdict === "go" && started.push(name));
    }
    if (one.act === "release") {
      model.waiting = model.waiting.filter((guest) => guest.campaign !== one.campaign);
      admission.release(campaignId(one.campaign));
    }
    await clock.runFor(one.act === "wait" ? one.ms : 0);
    check();
  }
  assert.equal(model.waiting.length, 0);
}

test("property: the door lets in whom the model lets in, in that order", async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 60, maxLength: 200 }), play), {
    numRuns: 80,
  });
});
