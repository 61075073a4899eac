import type { Emulator } from "@carillon/emulator";
import { isToRetry } from "../../../../server/src/domain/retry-request.ts";
import type { Clock } from "../../../../server/src/engine/ports/runtime.ts";
import type { Delivery, LedgerStore, Store } from "../../../../server/src/engine/ports/store.ts";
import type { Transport } from "../../../../server/src/teams/transport.ts";
import { overlay } from "../../overlay.ts";
import { deliveriesOf } from "../check/audit.ts";
import { sentOf } from "../check/sent.ts";
import type { Decisions } from "./decisions.ts";
import { GuardWatch } from "./guard-watch.ts";
import { InboxWatch } from "./inbox-watch.ts";
import { editionIn, markIn } from "./message-marks.ts";
import type { RunRecord } from "./record.ts";
import { subjectOf } from "./requests.ts";

/** Where what is seen is written down, and the real time. */
interface Notebook {
  readonly decisions: Decisions;
  readonly record: RunRecord;
  readonly clock: Clock;
}

/** The store, as seen by somebody who writes down what was decided about campaigns. */
export function watchDecisionsStored(
  real: Store,
  { decisions, record, clock }: Notebook,
  process: number,
): Store {
  const { ledger } = real;
  return overlay(real, {
    ledger: overlay(ledger, {
      createChange: async (request) => {
        const made = await ledger.createChange(request);
        if (made?.result !== "created") return made;
        const { id, kind, message, revision } = made.change;
        const text = JSON.stringify(message);
        decisions.changes.add(id);
        record.campaigns.add(id);
        if (kind === "edit") decisions.edited(markIn(text) ?? "", editionIn(text), revision);
        return made;
      },
      requestRetry: async (request) => {
        const rows = new Map<Delivery["recipient"], Delivery>();
        for await (const row of deliveriesOf(ledger, request.id))
          if (isToRetry(request.retry, row)) rows.set(row.recipient, row);
        const result = await ledger.requestRetry(request);
        const { id, retry } = request;
        if (result === "asked") decisions.retried({ id, retry, rows });
        return result;
      },
      takeTurn: async (request) => {
        const result = await ledger.takeTurn(request);
        for (const id of result.paused)
          await notePaused(ledger, { record, clock }, { id, process });
        return result;
      },
    }),
  });
}

/** From the commit in which a campaign paused by itself, its process starts nothing of it any more. */
async function notePaused(
  ledger: LedgerStore,
  { record, clock }: Omit<Notebook, "decisions">,
  { id, process }: { readonly id: Parameters<LedgerStore["getCampaign"]>[0]; process: number },
): Promise<void> {
  const at = clock.now();
  const campaign = await ledger.getCampaign(id);
  if (campaign?.state !== "paused") return;
  record.quiet(sentOf(campaign).mark, { act: "pause", at, process });
}

/** The network, as seen by somebody who looks up in the ledger whether what leaves may leave yet. */
export function watchGuardsAtWire(
  real: Transport,
  notebook: Pick<Notebook, "decisions" | "record">,
  ledger: LedgerStore,
): Transport {
  const guards = new GuardWatch(notebook, ledger);
  return {
    async request(request) {
      await guards.leaves(subjectOf(request));
      return real.request(request);
    },
  };
}

/** The emulator, as seen by somebody who looks into the conversation after each request that may have changed it. */
export function watchInboxes(real: Emulator, notebook: Notebook): Emulator {
  const inboxes = new InboxWatch(real, notebook);
  return overlay(real, {
    exchange: (request) => {
      // A request takes effect before its answer is awaited, so what is there now is what it did.
      const answer = real.exchange(request);
      inboxes.look(request);
      return answer;
    },
  });
}
