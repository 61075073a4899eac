import { describe, it } from "node:test";
import { campaignCases } from "./campaign-cases.ts";
import { changeCases } from "./change-cases.ts";
import { changeExpansionCases } from "./change-expansion-cases.ts";
import { claimCases } from "./claim-cases.ts";
import { clockCases } from "./clock-cases.ts";
import { closingCases } from "./closing-cases.ts";
import { directoryCases } from "./directory-cases.ts";
import { duplicateCases } from "./duplicate-cases.ts";
import { expansionCases } from "./expansion-cases.ts";
import type { Cases, OpenStore } from "./fixtures.ts";
import { guardCases } from "./guard-cases.ts";
import { identityCases } from "./identity-cases.ts";
import { inboundCases } from "./inbound-cases.ts";
import { laneCases } from "./lane-cases.ts";
import { listCases } from "./list-cases.ts";
import { placeCases } from "./place-cases.ts";
import { randomCases } from "./random-cases.ts";
import { randomPeopleCases } from "./random-people-cases.ts";
import { retentionCases } from "./retention-cases.ts";
import { retryCases } from "./retry-cases.ts";
import { saidCases } from "./said-cases.ts";
import { settlementCases } from "./settlement-cases.ts";
import { slotCases } from "./slot-cases.ts";
import { sweepCases } from "./sweep-cases.ts";
import { uncertainCases } from "./uncertain-cases.ts";

/**
 * Registers one test for each thing that a store must do. `open` gives each test an empty store of its own; `skip` says why
 * there is none.
 */
export function storeConformance(
  name: string,
  open: OpenStore,
  { skip = false }: { readonly skip?: string | false } = {},
): void {
  describe(`${name}, as the engine needs it`, () => {
    for (const [part, cases] of Object.entries(conformanceParts))
      describe(part, () => {
        for (const [sentence, check] of Object.entries(cases))
          it(sentence, { skip }, async () => {
            const opened = await open();
            try {
              await check(opened.store, opened, open);
            } finally {
              await opened.cleanup();
            }
          });
      });
  });
}

/** The suite's checks by what they are about. */
export const conformanceParts: Readonly<Record<string, Cases>> = {
  people: directoryCases,
  "who is who": identityCases,
  "chats, teams and channels": placeCases,
  "what Teams said, learnt in any order": saidCases,
  campaigns: campaignCases,
  expansion: expansionCases,
  "one person twice": duplicateCases,
  "a turn's claim": claimCases,
  "a turn's settlements": settlementCases,
  "clocks that differ, or were set back": clockCases,
  lanes: laneCases,
  "what the processes of a lane tell each other": slotCases,
  "cancelled and expired campaigns": sweepCases,
  "what holds a campaign back by itself": guardCases,
  "deliveries that somebody asks to be tried again": retryCases,
  "what nobody knows": uncertainCases,
  "edits and recalls": changeCases,
  "the messages that are edited or recalled": changeExpansionCases,
  "what is not kept any more": retentionCases,
  lists: listCases,
  "inbound activities and keys": inboundCases,
  "many callers, and the end": closingCases,
  "any facts about people": randomPeopleCases,
  "any order of events": randomCases,
};
