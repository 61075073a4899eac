import { spawnSync } from "node:child_process";
import { chownSync, closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";

/** A file system of few megabytes in memory, for a server's tables. */
export interface SmallDisk {
  readonly folder: string;
  /** Leaves no room on it; answers how to give that back. */
  fill(): () => void;
  remove(): void;
}

/** Makes one that belongs to whom `like` belongs; null where this user may not. */
export function smallDisk(megabytes: number, like: string): SmallDisk | null {
  const folder = mkdtempSync(path.join(tmpdir(), "carillon-small-disk-"));
  const made = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder]);
  if (made.status !== 0) {
    rmSync(folder, { recursive: true });
    return null;
  }
  const { uid, gid } = statSync(like);
  chownSync(folder, uid, gid);
  let isThere = true;
  const remove = () => {
    if (!isThere) return;
    isThere = false;
    spawnSync("umount", ["--lazy", folder]);
    rmSync(folder, { recursive: true, force: true });
  };
  // A test process that takes too long takes it with it, too.
  process.once("exit", remove);
  return { folder, fill: () => fill(path.join(folder, "filler")), remove };
}

/** Writes a file until there is no room; answers how to remove it. */
function fill(file: string): () => void {
  const descriptor = openSync(file, "w");
  try {
    for (;;) writeSync(descriptor, Buffer.alloc(65_536, 1));
  } catch (error) {
    if (!(error instanceof Error) || Reflect.get(error, "code") !== "ENOSPC") throw error;
  } finally {
    closeSync(descriptor);
  }
  return () => rmSync(file);
}
