import { createHash, randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { KeyStore } from "../engine/ports/key-store.ts";
import type { Ids } from "../engine/ports/runtime.ts";

/** What became of the admin key at a start. */
export interface AdminKey {
  /** The key, where it was made just now: to be shown once. Null where one was there already, or was configured. */
  readonly made: string | null;
  /** The file that holds a key for the command line of the same user; null where there is none. */
  readonly file: string | null;
}

/** The file beside an SQLite database in which the first key is left; null for databases that are not files. */
export function keyFileOf(databaseUrl: string, directory: string): string | null {
  const [, name] = /^sqlite:(.+)$/.exec(databaseUrl) ?? [];
  if (name === undefined || name === ":memory:") return null;
  return path.resolve(directory, `${name}.key`);
}

/** The key in such a file; null when it is missing, unreadable or empty. */
export function readKeyFile(file: string): string | null {
  try {
    return readFileSync(file, "utf8").trim() || null;
  } catch {
    // Missing is the usual case; unreadable means that the key is another user's. Both mean: no key from here.
    return null;
  }
}

/** What is stored of a key. */
export function keyHash(key: string): string {
  return createHash("sha256").update(key, "utf8").digest("hex");
}

/**
 * Makes sure that an admin key exists: adds the configured one; where none is configured and none exists, makes one and writes it
 * to `file` (mode 600). Only its hash is stored.
 */
export async function ensureAdminKey(
  keys: KeyStore,
  ids: Ids,
  options: {
    readonly configured: string | null;
    readonly file: string | null;
    readonly now: number;
    readonly random?: () => string;
  },
): Promise<AdminKey> {
  const { configured, file, now } = options;
  const add = async (key: string, name: string) => {
    const sha256 = keyHash(key);
    if ((await keys.findKey(sha256)) === null)
      await keys.addKey({ id: ids.next("key"), sha256, name, createdAt: now });
  };
  if (configured !== null) await add(configured, "configured");
  else if ((await keys.countKeys()) === 0) {
    const made = (options.random ?? randomKey)();
    // The file first: a key that exists only as a hash would lock everyone out.
    if (file !== null) writeKeyFile(file, made);
    await add(made, "first");
    return { made, file };
  }
  return { made: null, file: file !== null && existsSync(file) ? file : null };
}

function randomKey(): string {
  return `ck_${randomBytes(24).toString("base64url")}`;
}

function writeKeyFile(file: string, key: string): void {
  // A new file, so that neither rights nor links of an old one matter.
  rmSync(file, { force: true });
  writeFileSync(file, `${key}\n`, { mode: 0o600, flag: "wx" });
  chmodSync(file, 0o600);
}
