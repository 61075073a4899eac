import type { DirectoryFact } from "../../../../server/src/domain/directory.ts";
import type { Connector } from "../../../../server/src/engine/ports/connector.ts";
import type { Clock } from "../../../../server/src/engine/ports/runtime.ts";
import type { Store } from "../../../../server/src/engine/ports/store.ts";
import type { Transport } from "../../../../server/src/teams/transport.ts";
import { overlay } from "../../overlay.ts";
import { markIn } from "./message-marks.ts";
import type { RunRecord } from "./record.ts";
import { subjectOf } from "./requests.ts";

/** Which process is watched, and in which of its lives. */
export interface Watched {
  readonly process: number;
  readonly life: number;
  /** Whether it can tell that another life has ended, as on one machine, or has to wait for leases. */
  readonly seesEnds: boolean;
}

/** The network, as seen by somebody who writes down every request that leaves a process. */
export function watchTransport(
  real: Transport,
  { record, clock, host }: { record: RunRecord; clock: Clock; host: string },
  who: Watched,
): Transport {
  return {
    async request(request) {
      const subject = subjectOf(request);
      const start = record.started(subject, { ...who, at: clock.now() });
      if (new URL(request.url).host !== host)
        record.breaks("tokens-stay-home", `${start.at}: a request goes to ${request.url}`);
      const result = await real.request(request);
      record.answered(start, result.kind === "answer" ? result.status : null);
      return result;
    },
  };
}

/** The connector, as seen by somebody who writes down every message that is to be sent. */
export function watchConnector(
  real: Connector,
  { record, clock }: { record: RunRecord; clock: Clock },
): Connector {
  const tried = (body: string) => {
    const mark = markIn(body);
    if (mark !== null) record.tries.push({ mark, at: clock.now() });
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
export function watchStore(
  real: Store,
  { record, clock }: { record: RunRecord; clock: Clock },
  { life }: Watched,
): Store {
  const { ledger, directory } = real;
  const learnt = (facts: readonly DirectoryFact[]) => {
    for (const fact of facts) noteFact(record, fact, clock.now());
  };
  return overlay(real, {
    ledger: overlay(ledger, {
      acquireLane: async (request) => {
        const got = await ledger.acquireLane(request);
        if ("hold" in got) record.tookLane(life);
        return got;
      },
      releaseLane: (hold) => {
        record.leftLane(life);
        return ledger.releaseLane(hold);
      },
      takeTurn: async (request) => {
        const result = await ledger.takeTurn(request);
        if (!result.held) {
          record.cutOffs.push({ life, at: clock.now() });
          return result;
        }
        for (const settlement of request.settlements)
          record.settled.push({ life, at: clock.now(), settlement });
        learnt(request.facts);
        return result;
      },
    }),
    directory: overlay(directory, {
      learn: async (bot, facts, now) => {
        await directory.learn(bot, facts, now);
        learnt(facts);
      },
    }),
  });
}

function noteFact(record: RunRecord, fact: DirectoryFact, now: number): void {
  if (fact.fact === "person-blocked") record.lost(fact.personId, now);
  if (fact.fact !== "person-install" && fact.fact !== "person-active") return;
  const person = fact.person.aadObjectId;
  if (person === undefined) return;
  if (fact.fact === "person-install" && fact.install === "removed") record.lost(person, now);
  else record.back(person, now);
}
