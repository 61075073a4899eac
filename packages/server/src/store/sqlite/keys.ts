import type { KeyStore } from "../../engine/ports/key-store.ts";
import type { Database } from "./database.ts";

type Key = Parameters<KeyStore["addKey"]>[0];

/** Stores the hash of a key. */
export function addKey(db: Database, key: Key): void {
  db.run(
    "INSERT INTO api_keys (sha256, id, name, created_at) VALUES (?, ?, ?, ?)",
    key.sha256,
    key.id,
    key.name,
    key.createdAt,
  );
}

/** The key with this hash, or null. */
export function findKey(
  db: Database,
  sha256: string,
): { readonly id: string; readonly name: string } | null {
  const row = db.get<{ id: string; name: string }>(
    "SELECT id, name FROM api_keys WHERE sha256 = ?",
    sha256,
  );
  return row === null ? null : { ...row };
}

/** How many keys there are. */
export function countKeys(db: Database): number {
  return db.get<{ n: number }>("SELECT count(*) AS n FROM api_keys")?.n ?? 0;
}
