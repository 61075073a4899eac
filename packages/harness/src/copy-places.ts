import path from "node:path";
import { openPostgresSnapshot } from "../../server/src/store/care/postgres-snapshot.ts";
import { postgresTarget } from "../../server/src/store/care/postgres-target.ts";
import { openSqliteSnapshot } from "../../server/src/store/care/sqlite-snapshot.ts";
import { sqliteTarget } from "../../server/src/store/care/sqlite-target.ts";
import { openStore } from "../../server/src/store/open.ts";
import type { CopyPlace } from "./copy-cases.ts";
import type { TestPostgres } from "./postgres/for-tests.ts";

/** Files in a folder. */
export function sqlitePlaces(folder: string): () => Promise<CopyPlace> {
  let files = 0;
  return async () => {
    files += 1;
    const file = path.join(folder, `place-${files}.db`);
    return {
      openStore: () => openStore(`sqlite:${file}`),
      snapshot: () => openSqliteSnapshot(file),
      target: async () => sqliteTarget(file),
      holdsNul: true,
    };
  };
}

/** Databases of a server; those that were used are given back by `giveBack`. */
export function postgresPlaces(server: () => Promise<TestPostgres>): {
  readonly place: () => Promise<CopyPlace>;
  readonly giveBack: () => Promise<void>;
} {
  const used: string[] = [];
  return {
    place: async () => {
      const url = await (await server()).emptyDatabase();
      used.push(url);
      return {
        openStore: () => openStore(url),
        snapshot: () => openPostgresSnapshot(url),
        target: () => postgresTarget(url),
        holdsNul: false,
      };
    },
    giveBack: async () => {
      for (const url of used.splice(0)) (await server()).giveBack(url);
    },
  };
}
