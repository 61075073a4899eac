import type { Database } from "./database.ts";

/** Proves that writing works by changing a number that means nothing. */
export async function probe(db: Database): Promise<void> {
  await db.run("UPDATE probe SET count = count + 1");
}
