// Goal: of several who move a campaign at once, in two processes, each gets an answer that would be right one after the other.
// Method: fast-check's scheduler decides in which order the calls of the store take effect; the answers and the state at the end
// must be those of some order of the steps by the model, which is the table of the state machine.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { overlay } from "../../../harness/src/overlay.ts";
import { ProblemError } from "../../src/domain/errors.ts";
import type { Engine } from "../../src/engine/engine.ts";
import type { Store } from "../../src/engine/ports/store.ts";
import { openWorld, startEngine, within } from "./engine-world.ts";

const steps = ["start", "pause", "resume", "cancel"] as const;
type Step = (typeof steps)[number];
type State = "draft" | "expanding" | "paused" | "cancelled";

/** The state after a step, or null where it is refused; nothing is expanded meanwhile. */
const model: Readonly<Record<State, Readonly<Record<Step, State | null>>>> = {
  draft: { start: "expanding", pause: null, resume: null, cancel: "cancelled" },
  expanding: { start: "expanding", pause: "paused", resume: "expanding", cancel: "cancelled" },
  paused: { start: null, pause: "paused", resume: "expanding", cancel: "cancelled" },
  cancelled: { start: null, pause: null, resume: null, cancel: "cancelled" },
};

interface Asked {
  readonly step: Step;
  readonly process: number;
}

/** What somebody was answered: the state, or null for a refusal. */
async function answered(engine: Engine, id: string, step: Step): Promise<string | null> {
  try {
    return (await engine.campaigns[step](id)).state;
  } catch (error) {
    assert.ok(error instanceof ProblemError && error.code === "CAMPAIGN_STATE_CONFLICT");
    return null;
  }
}

/** Whether some order of these steps gives these answers and this end. */
function isExplained(
  from: State,
  asked: readonly { readonly step: Step; readonly answer: string | null }[],
  end: string,
): boolean {
  if (asked.length === 0) return from === end;
  return asked.some(({ step, answer }, index) => {
    const next = model[from][step];
    return next === answer && isExplained(next ?? from, asked.toSpliced(index, 1), end);
  });
}

const request: fc.Arbitrary<Asked> = fc.record({
  step: fc.constantFrom(...steps),
  process: fc.integer({ min: 0, max: 1 }),
});

test("whoever moves a campaign at the same time as others is answered as if they had come one after the other", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...steps), { maxLength: 2 }),
      fc.array(request, { minLength: 2, maxLength: 5 }),
      fc.scheduler(),
      async (before, asked, scheduler) => {
        let isRacing = false;
        const turn = (what: string) =>
          isRacing ? scheduler.schedule(Promise.resolve(), what) : Promise.resolve();
        const around = (store: Store): Store =>
          overlay(store, {
            ledger: overlay(store.ledger, {
              getCampaign: async (id) => {
                await turn("read");
                return store.ledger.getCampaign(id);
              },
              moveCampaign: async (move) => {
                await turn(`to ${move.to}`);
                return store.ledger.moveCampaign(move);
              },
            }),
          });
        const world = await openWorld({ people: 1, start: false, around });
        const engines = [world.engine, startEngine(world, { around }).engine];
        const { id } = await within(
          world,
          world.engine.campaigns.create({
            name: "raced",
            message: { text: "hello" },
            audience: { include: [{ everyone: true }] },
          }),
        );
        for (const step of before) await answered(world.engine, id, step);
        const from = (await world.engine.campaigns.get(id)).state as State; // one of the model's: nothing runs
        isRacing = true;
        const answers = Promise.all(
          asked.map(async ({ step, process }) => {
            const engine = engines[process];
            assert.ok(engine !== undefined);
            return { step, answer: await answered(engine, id, step) };
          }),
        );
        const [given] = await Promise.all([answers, scheduler.waitFor(answers)]);
        isRacing = false;
        const { state } = await world.engine.campaigns.get(id);
        assert.ok(
          isExplained(from, given, state),
          `${from}: ${given.map(({ step, answer }) => `${step} → ${answer}`).join(", ")}; in the end ${state}`,
        );
        await world.store.close();
      },
    ),
    { numRuns: 150 },
  );
});

test("the model would notice an answer that no order explains", () => {
  const asked = [
    { step: "cancel", answer: "cancelled" },
    { step: "start", answer: "expanding" },
  ] as const;
  assert.ok(isExplained("draft", asked, "cancelled"));
  assert.ok(!isExplained("draft", asked, "expanding"));
});
