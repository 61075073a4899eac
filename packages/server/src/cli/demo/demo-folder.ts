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
  /** Notes that the run ended with nothing left open, so that the next one may go on from here. */
  markClean(): void;
}

const databaseName = "carillon.db";
const tenantName = "tenant.json";

/**
 * Prepares the folder. The emulator forgets everything when it ends, and makes the same tenant again from the same seed: so a
 * database goes on where it is of the same tenant and was left with nothing open (the installs are told anew); any other one is
 * emptied, because it would send to people who, for the new emulator, do not have the app. Only the demo's own files are removed.
 */
export function prepareFolder(
  folder: string,
  tenant: DemoTenant,
  options: { readonly fresh: boolean },
): DemoFolder {
  const database = path.join(folder, databaseName);
  const tenantFile = path.join(folder, tenantName);
  const used = existsSync(database);
  const fits = readTenant(tenantFile) === JSON.stringify(tenant) && existsSync(`${database}.key`);
  if (used && (options.fresh || !fits)) empty(database);
  mkdirSync(folder, { recursive: true });
  // Until this run ends cleanly, its database is not one to go on from.
  rmSync(tenantFile, { force: true });
  return {
    databaseUrl: `sqlite:${database}`,
    state: stateOf(used, fits, options.fresh),
    markClean: () => writeFileSync(tenantFile, `${JSON.stringify(tenant)}\n`),
  };
}

function stateOf(used: boolean, fits: boolean, fresh: boolean): DemoFolder["state"] {
  if (!used) return "new";
  if (fresh) return "fresh";
  return fits ? "continued" : "reset";
}

function readTenant(file: string): string | null {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    // The last run did not end cleanly, or there was none.
    return null;
  }
}

function empty(database: string): void {
  for (const suffix of ["", "-wal", "-shm", "-journal", ".key"])
    rmSync(database + suffix, { force: true });
}
