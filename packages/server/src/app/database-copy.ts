import { StoreError } from "../domain/errors.ts";
import type { WorkerId } from "../domain/ids.ts";
import { lookMs, silentLooks } from "../engine/lease-times.ts";
import type { Processes } from "../engine/ports/processes.ts";
import type { Copied, CopyProgress, CopyTarget, CopyWatch } from "../store/care/copy.ts";
import type { LaneHolding } from "../store/care/in-use.ts";
import type { Snapshot } from "../store/care/snapshot.ts";
import { mustExist, type NamedDatabase, snapshotOf } from "./database-care.ts";
import { machineProcesses } from "./machine-processes.ts";

export type { Copied, CopyProgress };

/** Which database is copied where. */
export interface CopyRequest {
  readonly from: NamedDatabase;
  readonly to: NamedDatabase;
  /** Whether the source may be in use: what is done there after the copy's instant is not in the copy. */
  readonly isInUse: boolean;
}

/** How looks at the source are spread, and what is known of processes. */
export interface CopyPorts {
  readonly sleep: (ms: number) => Promise<void>;
  /** Default: what this machine tells. */
  readonly processes?: Processes;
}

/**
 * Copies a database as it stands at one instant into an empty one, and reads it there again. Answers null where it was stopped: then
 * nothing is left of it. Throws STORE_IN_USE where a process works on the source, `ConfigError` where one of the two cannot be meant,
 * and `StoreError`.
 */
export async function copy(
  { from, to, isInUse }: CopyRequest,
  { sleep, processes = machineProcesses() }: CopyPorts,
  watch: CopyWatch,
): Promise<Copied | null> {
  if (!isInUse) await mustBeAtRest(from, { sleep, processes });
  const source = await snapshotOf(from);
  try {
    const target = await targetAt(to);
    const { copyDatabase } = await import("../store/care/copy.ts");
    return await copyDatabase(source, target, watch);
  } finally {
    await source.close();
  }
}

async function targetAt({ url, file }: NamedDatabase): Promise<CopyTarget> {
  if (file === null) {
    const { postgresTarget } = await import("../store/care/postgres-target.ts");
    return postgresTarget(url);
  }
  const { sqliteTarget } = await import("../store/care/sqlite-target.ts");
  return sqliteTarget(file);
}

async function mustBeAtRest(from: NamedDatabase, ports: Required<CopyPorts>): Promise<void> {
  const user = await userOf(from, ports);
  if (user === null) return;
  throw new StoreError("STORE_IN_USE", {
    detail: `${from.shown} is in use: ${user}. Stop every \`carillon serve\` and \`carillon worker\` on it first: what they do after the copy's instant would be missing in the copy, and sent again from there. With --in-use it is copied all the same, to try something out.`,
  });
}

/** Who uses a database, in words that follow a colon; null where nobody does, as far as can be known. */
async function userOf(from: NamedDatabase, ports: Required<CopyPorts>): Promise<string | null> {
  const { isPostgresConnected, isSqliteOpen, laneHolders } = await import(
    "../store/care/in-use.ts"
  );
  if (from.file !== null) {
    mustExist(from.file);
    return isSqliteOpen(from.file) ? "another process has it open" : null;
  }
  const read = <T>(look: (snapshot: Snapshot) => Promise<T>) => reading(from, look);
  for (let looks = 1; await read(isPostgresConnected); looks += 1) {
    // The server may take a moment to see that a process has ended.
    if (looks === connectedLooks) return "another process is connected";
    await ports.sleep(lookMs);
  }
  // Behind a pool of connections, or as another user, processes are not seen but by what they do.
  const worker = await workingOn(() => read(laneHolders), ports);
  return worker === null ? null : `${worker} sends from it`;
}

async function reading<T>(
  database: NamedDatabase,
  look: (snapshot: Snapshot) => Promise<T>,
): Promise<T> {
  const snapshot = await snapshotOf(database);
  try {
    return await look(snapshot);
  } finally {
    await snapshot.close();
  }
}

/**
 * A worker that holds a lane and lives, or null. One whose process has certainly ended is dead; any other is looked at for as long as
 * another worker would, and lives where it takes a turn meanwhile.
 */
export async function workingOn(
  look: () => Promise<readonly LaneHolding[]>,
  { sleep, processes }: Required<CopyPorts>,
): Promise<WorkerId | null> {
  const inDoubt = (holders: readonly LaneHolding[]) =>
    holders.filter(({ worker }) => !processes.hasEnded(worker));
  const first = new Map(inDoubt(await look()).map(({ worker, sign }) => [worker, sign]));
  for (let looks = 1; looks < silentLooks && first.size > 0; looks += 1) {
    await sleep(lookMs);
    const now = inDoubt(await look());
    const moved = now.find(({ worker, sign }) => first.get(worker) !== sign);
    if (moved !== undefined) return moved.worker;
    if (now.length === 0) return null;
  }
  return null;
}

const connectedLooks = 4;
