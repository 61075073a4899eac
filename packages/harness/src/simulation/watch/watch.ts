import type { DirectoryFact } from "../../../../server/src/domain/directory.ts";
import type { CampaignId } from "../../../../server/src/domain/ids.ts";
import type { Connector } from "../../../../server/src/engine/ports/connector.ts";
import type { Clock } from "../../../../server/src/engine/ports/runtime.ts";
import type { LedgerStore, Store } from "../../../../server/src/engine/ports/store.ts";
import type { Transport } from "../../../../server/src/teams/transport.ts";
import { overlay } from "../../overlay.ts";
import { markIn } from "./message-marks.ts";
import type { RunRecord } from "./record.ts";
import { subjectOf } from "./requests.ts";

/** Which process is watched, and in which of its lives. */
export interface Watched {
  readonly process: number;
  readonly life: number;
  /** Whether it can tell that another process of the machine has ended. */
  readonly seesEnds: boolean;
}

/** Where what is seen is written down, and the real time. */
interface Notebook {
  readonly record: RunRecord;
  readonly clock: Clock;
}

/** The network, as seen by somebody who writes down every request that leaves a process. */
export function watchTransport(
  real: Transport,
  { record, clock, machine, host }: Notebook & { readonly machine: Clock; readonly host: string },
  who: Watched,
): Transport {
  return {
    async request(request) {
      const subject = subjectOf(request);
      const start = record.started(subject, { ...who, at: clock.now() }, machine.now());
      if (new URL(request.url).host !== host)
        record.breaks("tokens-stay-home", `${start.at}: a request goes to ${request.url}`);
      const result = await real.request(request);
      record.answered(start, result.kind === "answer" ? result.status : null);
      return result;
    },
  };
}

/** The connector, as seen by somebody who writes down every message that is to be sent. */
export function watchConnector(real: Connector, { record, clock }: Notebook): Connector {
  const tried = (body: string) => {
    const mark = markIn(body);
    if (mark !== null) record.tries(mark, clock.now());
  };
  return overlay(real, {
    sendActivity: (address, request, signal) => {
      tried(request.body);
      return real.sendActivity(address, request, signal);
    },
    createChannelThread: (address, request, signal) => {
      tried(request.body);
      return real.createChannelThread(address, request, signal);
    },
  });
}

/** The store, as seen by somebody who writes down what was committed. */
export function watchStore(real: Store, notebook: Notebook, { life }: Watched): Store {
  const { record, clock } = notebook;
  const { directory } = real;
  return overlay(real, {
    ledger: watchCampaigns(watchLane(real.ledger, notebook, life), notebook),
    directory: overlay(directory, {
      learn: async (bot, facts, now) => {
        await directory.learn(bot, facts, now);
        for (const fact of facts) noteFact(record, fact, clock.now());
      },
    }),
  });
}

function watchLane(ledger: LedgerStore, { record, clock }: Notebook, life: number): LedgerStore {
  return overlay(ledger, {
    acquireLane: async (request) => {
      const got = await ledger.acquireLane(request);
      if ("hold" in got) record.tookLane(life);
      return got;
    },
    releaseLane: (hold, leftUntil) => {
      record.leftLane(life);
      return ledger.releaseLane(hold, leftUntil);
    },
    takeTurn: async (request) => {
      const result = await ledger.takeTurn(request);
      if (!result.held) {
        record.cutOffs.push({ life, at: clock.now() });
        return result;
      }
      const now = clock.now();
      for (const settlement of request.settlements) record.wrote(life, settlement, now);
      for (const fact of request.facts) noteFact(record, fact, now);
      for (const id of result.finished) noteOver(record, id, now);
      return result;
    },
  });
}

function watchCampaigns(ledger: LedgerStore, { record, clock }: Notebook): LedgerStore {
  return overlay(ledger, {
    createCampaign: async (request) => {
      const { campaign } = request;
      record.campaigns.add(campaign.id);
      // Before the call, because what it stores may be sent by another process before we hear of it.
      if (campaign.kind === "notification") noteBegan(record, campaign.id, clock.now());
      return ledger.createCampaign(request);
    },
    moveCampaign: async (request) => {
      if (request.patch?.startedAt !== undefined) noteBegan(record, request.id, clock.now());
      const moved = await ledger.moveCampaign(request);
      if (moved?.state === "finished" || moved?.state === "cancelled")
        noteOver(record, moved.id, clock.now());
      return moved;
    },
  });
}

/** It began then at the earliest. */
function noteBegan(record: RunRecord, id: CampaignId, now: number): void {
  if (!record.began.has(id)) record.began.set(id, now);
}

function noteOver(record: RunRecord, id: CampaignId, now: number): void {
  if (!record.over.has(id)) record.over.set(id, now);
}

function noteFact(record: RunRecord, fact: DirectoryFact, now: number): void {
  if (fact.fact === "person-blocked") record.lost(fact.personId, now);
  if (fact.fact !== "person-install" && fact.fact !== "person-active") return;
  const person = fact.person.aadObjectId;
  if (person === undefined) return;
  if (fact.fact === "person-install" && fact.install === "removed") record.lost(person, now);
  else record.back(person, now);
}
