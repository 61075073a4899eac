import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";

/** The folder of a PostgreSQL server's programs on this machine, the newest one; null where there is none. */
export function findPostgres(): string | null {
  const folders = [...debianFolders(), configuredFolder(), ...pathFolders()];
  return folders.find((folder) => folder !== null && hasServer(folder)) ?? null;
}

/** `15` for "postgres (PostgreSQL) 15.10 (Debian …)". */
export function majorVersion(folder: string): number {
  const { stdout } = spawnSync(path.join(folder, "postgres"), ["--version"], { encoding: "utf8" });
  return Number(/\) (\d+)/.exec(stdout)?.[1] ?? 0);
}

function hasServer(folder: string): boolean {
  return ["initdb", "postgres"].every((name) => existsSync(path.join(folder, name)));
}

/** Where Debian and Ubuntu put each version, the newest one first. */
function debianFolders(): readonly string[] {
  const place = "/usr/lib/postgresql";
  if (!existsSync(place)) return [];
  return readdirSync(place)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => path.join(place, version, "bin"));
}

function configuredFolder(): string | null {
  const { status, stdout } = spawnSync("pg_config", ["--bindir"], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : null;
}

function pathFolders(): readonly string[] {
  return (process.env.PATH ?? "").split(path.delimiter).filter((folder) => folder !== "");
}
