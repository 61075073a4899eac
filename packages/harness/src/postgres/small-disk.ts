import { spawnSync } from "node:child_process";
import { chownSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** A file system of few megabytes in memory, for a server's tables. */
export interface SmallDisk {
  readonly folder: string;
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
  return {
    folder,
    remove() {
      spawnSync("umount", [folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
