import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

/** A folder that no other demo uses while this one runs. */
export interface FolderClaim {
  readonly folder: string;
  /** True where another demo uses the wanted folder. */
  readonly moved: boolean;
  release(): void;
}

const foldersTriedMax = 20;
const claimName = "demo.pid";

/**
 * Claims the folder, or `FOLDER-2`, `FOLDER-3` and so on where another demo runs in it. A claim whose process has ended counts for
 * nothing. Throws where none can be claimed.
 */
export function claimFolder(
  wanted: string,
  processes: { readonly own: number; readonly lives: (pid: number) => boolean },
): FolderClaim {
  for (let number = 1; number <= foldersTriedMax; number += 1) {
    const folder = number === 1 ? wanted : `${wanted}-${number}`;
    const file = path.join(folder, claimName);
    mkdirSync(folder, { recursive: true });
    const owner = ownerOf(file);
    if (owner !== null && owner !== processes.own && processes.lives(owner)) continue;
    rmSync(file, { force: true });
    if (!tryWrite(file, processes.own)) continue;
    return { folder, moved: number > 1, release: () => rmSync(file, { force: true }) };
  }
  throw new Error(
    `${foldersTriedMax} demos run in ${wanted} already. End one, or use another folder with --data.`,
  );
}

/** Whether a process with this id is there. */
export function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process may not be signalled, and still lives.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function ownerOf(file: string): number | null {
  try {
    return Number(readFileSync(file, "utf8")) || null;
  } catch {
    // No claim.
    return null;
  }
}

function tryWrite(file: string, pid: number): boolean {
  try {
    writeFileSync(file, String(pid), { flag: "wx" });
    return true;
  } catch (error) {
    // Another demo was quicker.
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
