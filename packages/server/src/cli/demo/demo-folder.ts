import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Which made-up tenant a demo's database is filled from, and where the emulator of it listens. */
export interface DemoTenant {
  readonly tenantId: string;
  readonly clientId: string;
  readonly people: number;
  readonly teams: number;
  readonly emulatorUrl: string;
}

/** The demo's own folder, ready for a run. */
export interface DemoFolder {
  readonly databaseUrl: string;
  /**
   * `new`: nothing was there. `continued`: the last run's database goes on. `fresh`: emptied, as asked for. `reset`: emptied, because the
   * last run's database does not fit this run's emulator.
   */
  readonly state: "new" | "continued" | "fresh" | "reset";
  /** What the emulator knew at the end of the last run; null where there is nothing to go on from. */
  readonly emulatorState: string | null;
  /** Keeps what the emulator knows, so that the next run can go on from here. */
  keep(emulatorState: string): void;
}

const databaseName = "carillon.db";
const tenantName = "tenant.json";
const stateName = "emulator.json";

/**
 * Prepares the folder. Database and emulator belong together: what one believes of people, chats and installs, the other must
 * know. So a database goes on only where the last run kept what its emulator knew, and was of the same tenant at the same address;
 * any other one is emptied. Only the demo's own files are removed.
 */
export function prepareFolder(
  folder: string,
  tenant: DemoTenant,
  options: { readonly fresh: boolean },
): DemoFolder {
  const database = path.join(folder, databaseName);
  const tenantFile = path.join(folder, tenantName);
  const stateFile = path.join(folder, stateName);
  const used = existsSync(database);
  const same = readText(tenantFile)?.trim() === JSON.stringify(tenant);
  const kept = same && existsSync(`${database}.key`) ? readText(stateFile) : null;
  const emulatorState = options.fresh || !used ? null : kept;
  if (emulatorState === null) empty(database);
  mkdirSync(folder, { recursive: true });
  // Until this run ends cleanly, its database is not one to go on from.
  rmSync(tenantFile, { force: true });
  rmSync(stateFile, { force: true });
  return {
    databaseUrl: `sqlite:${database}`,
    state: stateOf(used, kept !== null, options.fresh),
    emulatorState,
    keep: (state) => {
      writeFileSync(stateFile, state);
      writeFileSync(tenantFile, `${JSON.stringify(tenant)}\n`);
    },
  };
}

function stateOf(used: boolean, fits: boolean, fresh: boolean): DemoFolder["state"] {
  if (!used) return "new";
  if (fresh) return "fresh";
  return fits ? "continued" : "reset";
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // The last run did not end cleanly, or there was none.
    return null;
  }
}

function empty(database: string): void {
  for (const suffix of ["", "-wal", "-shm", "-journal", ".key"])
    rmSync(database + suffix, { force: true });
}
