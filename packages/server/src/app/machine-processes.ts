import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import type { WorkerId } from "../domain/ids.ts";
import type { Processes } from "../engine/ports/processes.ts";

/** What the machine tells of its processes. Each answers null where it does not tell. */
export interface Machine {
  readonly pid: number;
  readonly host: string;
  /** The text of a file below /proc. */
  read(path: string): string | null;
  /** Where a link below /proc leads. */
  link(path: string): string | null;
  /** Whether a process with this id is there, whoever's it is. */
  lives(pid: number): boolean;
}

/**
 * Tells by a worker's id whether its process has ended: on the same boot of the same machine, within the same namespace of
 * process ids, nothing has that id any more, or something that was started at another time. So neither an id that was given
 * out again nor two containers that count from 1 deceive it; where it cannot know, as on another machine, it says no. Linux
 * tells all this; elsewhere nothing is known of any process.
 */
export function machineProcesses(machine: Machine = thisMachine): Processes {
  const place = placeOf(machine);
  const startedAt = place === null ? null : startOf(machine, machine.pid);
  if (place === null || startedAt === null) return { own: "", hasEnded: () => false };
  return {
    own: `${machine.host}/${machine.pid}.${startedAt}.${place}`,
    hasEnded: (worker) => {
      const other = processOf(worker);
      return other !== null && other.place === place && isGone(machine, other);
    },
  };
}

/** The process that a worker's id names. */
interface Named {
  readonly pid: number;
  /** In ticks since the machine was started. */
  readonly startedAt: string;
  readonly place: string;
}

function processOf(worker: WorkerId): Named | null {
  const [, pid, startedAt, place] = /\/(\d+)\.(\d+)\.([0-9a-f]{16})$/.exec(worker) ?? [];
  return pid === undefined || startedAt === undefined || place === undefined
    ? null
    : { pid: Number(pid), startedAt, place };
}

function isGone(machine: Machine, { pid, startedAt }: Named): boolean {
  if (!machine.lives(pid)) return true;
  const now = statusOf(machine, pid);
  // A process of another user may be hidden from us, and lives.
  if (now === null) return false;
  // What has ended and was not buried yet has its id still.
  return now.startedAt !== startedAt || now.state === "Z" || now.state === "X";
}

function startOf(machine: Machine, pid: number): string | null {
  return statusOf(machine, pid)?.startedAt ?? null;
}

/** State and start of a process. Its name comes before them, in brackets, and may hold anything. */
function statusOf(machine: Machine, pid: number) {
  const text = machine.read(`/proc/${pid}/stat`);
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ") ?? [];
  const [state, startedAt] = [fields[0], fields[19]];
  return state === undefined || startedAt === undefined || !/^\d+$/.test(startedAt)
    ? null
    : { state, startedAt };
}

/** Where process ids and starts mean the same: one boot, one namespace of ids, one of times. Null where nobody tells. */
function placeOf(machine: Machine): string | null {
  const boot = machine.read("/proc/sys/kernel/random/boot_id")?.trim();
  const ids = machine.link("/proc/self/ns/pid");
  if (boot === undefined || boot === "" || ids === null) return null;
  // Kernels before 5.6 have one time for everybody.
  const times = machine.link("/proc/self/ns/time") ?? "";
  return createHash("sha256").update(`${boot} ${ids} ${times}`).digest("hex").slice(0, 16);
}

const thisMachine: Machine = {
  pid: process.pid,
  host: hostname(),
  read: (path) => orNull(() => readFileSync(path, "utf8")),
  link: (path) => orNull(() => readlinkSync(path)),
  lives: (pid) => {
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      // Only this one says that nothing is there: another user's process may not be signalled.
      return (error as NodeJS.ErrnoException).code !== "ESRCH";
    }
  },
};

function orNull<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    // Not a Linux machine, or not for us to see: both mean that nobody tells.
    return null;
  }
}
