import type { WorkerId } from "../../domain/ids.ts";

/** What can be known of the processes that hold lanes. The engine itself knows of none. */
export interface Processes {
  /**
   * Names the process that this engine runs in, for a worker's id; an empty text where nobody could tell from it whether the
   * process still runs.
   */
  readonly own: string;
  /** Whether a worker's process has certainly ended. Where there is any doubt it has not: its lease will run out. */
  hasEnded(worker: WorkerId): boolean;
}

/** Nothing is known of any process: each lease runs out by itself. */
export const unknownProcesses: Processes = { own: "", hasEnded: () => false };
