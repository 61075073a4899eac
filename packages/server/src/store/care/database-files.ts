import { closeSync, fsyncSync, openSync, rmSync } from "node:fs";

/** Waits until a file, or the names in a folder, are on disk. */
export function syncFile(file: string): void {
  const handle = openSync(file, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Removes a SQLite database with all that may lie beside it; nothing happens where there is none. */
export function removeDatabase(file: string): void {
  for (const one of [file, `${file}-wal`, `${file}-shm`, `${file}-journal`])
    rmSync(one, { force: true });
}
