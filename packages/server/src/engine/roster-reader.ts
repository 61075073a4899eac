import type { DirectoryFact } from "../domain/directory.ts";
import type { TeamId, TenantId } from "../domain/ids.ts";
import type { Log } from "../domain/log.ts";
import type { ExpansionParts } from "./expansion.ts";
import { passingWaitMs } from "./expansion-waits.ts";
import { isPassing, memberFact, peopleOf, readRosterPage } from "./roster.ts";
import { StopSignal } from "./stop-signal.ts";

/** What the reader needs of the engine: the same as an expansion does. */
export type RosterReaderParts = (
  tenantId: TenantId,
) => Pick<
  ExpansionParts,
  "clock" | "connector" | "directory" | "learn" | "rng" | "scope" | "traffic"
>;

/**
 * Reads the roster of each team that the bot was just added to, so that its members are known by name and UPN: the events of
 * an install carry neither. One team at a time, in pages, within the lane's budget and after every delivery that waits. What
 * a stop interrupts is not taken up again: a campaign to the team reads the roster anew.
 */
export class RosterReader {
  readonly #partsOf: RosterReaderParts;
  readonly #log: Log;
  readonly #queue = new Map<string, { readonly tenantId: TenantId; readonly teamId: TeamId }>();
  readonly #closing = new StopSignal();
  #isStarted = false;
  #running: Promise<void> | null = null;

  constructor(partsOf: RosterReaderParts, log: Log) {
    this.#partsOf = partsOf;
    this.#log = log;
  }

  /** Takes note of the teams that the bot was added to. */
  learn(facts: readonly DirectoryFact[]): void {
    for (const fact of facts) {
      if (fact.fact !== "team-seen" || fact.install !== "installed") continue;
      const { tenantId, teamId } = fact;
      if (this.#queue.size < teamsMax)
        this.#queue.set(`${tenantId} ${teamId}`, { tenantId, teamId });
    }
    this.#wake();
  }

  start(): void {
    this.#isStarted = true;
    this.#wake();
  }

  /** Ends after the page at hand. */
  async stop(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  #wake(): void {
    if (!this.#isStarted || this.#closing.aborted || this.#queue.size === 0) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
  }

  async #run(): Promise<void> {
    for (const [key, { tenantId, teamId }] of this.#queue) {
      if (this.#closing.aborted) return;
      const parts = this.#partsOf(tenantId);
      try {
        await this.#read(parts, teamId);
      } catch (error) {
        // Nothing depends on it: whoever needs the roster reads it again.
        this.#log.warn("store.failed", { tenantId, detail: String(error) });
      }
      this.#queue.delete(key);
    }
  }

  async #read(parts: ReturnType<RosterReaderParts>, teamId: TeamId): Promise<void> {
    const team = await parts.directory.findTeam(parts.scope, teamId);
    let after: string | null = null;
    let failures = 0;
    while (team !== null && !this.#closing.aborted && failures < failuresMax) {
      const answer = await readRosterPage(parts, team, after);
      if (answer === null) return;
      if (answer.value !== undefined) {
        const { tenantId } = parts.scope;
        await parts.learn(peopleOf(answer.value).map((member) => memberFact(tenantId, member)));
        after = answer.value.continuationToken ?? null;
        if (after === null) return;
        continue;
      }
      if (!isPassing(answer.outcome)) return;
      await parts.clock.sleep(passingWaitMs(parts.rng, failures), this.#closing);
      failures += 1;
    }
  }
}

/** Teams that wait to be read; those beyond it are read when they are needed. */
const teamsMax = 1000;
const failuresMax = 10;
