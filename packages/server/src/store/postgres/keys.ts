import type { KeyStore } from "../../engine/ports/key-store.ts";
import type { Database } from "./database.ts";

type Key = Parameters<KeyStore["addKey"]>[0];

/** Stores the hash of a key. */
export async function addKey(db: Database, key: Key): Promise<void> {
  await db.run(
    "INSERT INTO api_keys (sha256, id, name, created_at) VALUES ($1, $2, $3, $4)",
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
): Promise<{ readonly id: string; readonly name: string } | null> {
  return db.get<{ id: string; name: string }>(
    "SELECT id, name FROM api_keys WHERE sha256 = $1",
    sha256,
  );
}

/** How many keys there are. */
export async function countKeys(db: Database): Promise<number> {
  return (await db.get<{ n: number }>("SELECT count(*) AS n FROM api_keys"))?.n ?? 0;
}
