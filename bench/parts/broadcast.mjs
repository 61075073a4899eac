// A broadcast to everyone of a very large directory, under way: what `million` and `urgent` start from.
import {
  constants,
  copyFileSync,
  existsSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openSqliteStore } from "../../packages/server/src/store/sqlite/open.ts";
import { card, learnPeople, serviceUrlOf } from "./bot.mjs";
import { startChild } from "./child.mjs";

/** The connector's port: the directory keeps addresses with it. */
const port = 47_311;

/** Options that both take. */
export const broadcastOptions = {
  people: [1_000_000, "people, who are all written to"],
  directory: ["", "a database that holds them already, or where to keep it for the next time"],
  folder: [tmpdir(), "where databases are made"],
};

/**
 * Starts a connector, and makes a database in which everybody is known, or copies the one that was kept. The folder is to be
 * removed with `remove`.
 */
export async function openBroadcast({ people, directory, folder, latencyMs }) {
  const place = mkdtempSync(path.join(folder, "carillon-bench-"));
  const connector = await startChild("connector-process.mjs", { port, latencyMs });
  const databaseFile = path.join(place, "carillon.db");
  const startedAt = performance.now();
  if (directory !== "" && existsSync(directory)) copy(directory, databaseFile);
  else {
    console.error(`the directory learns ${people.toLocaleString("en-US")} people …`);
    await fill(databaseFile, people, serviceUrlOf(connector.ready));
    if (directory !== "") {
      copy(databaseFile, `${directory}.part`);
      renameSync(`${directory}.part`, directory);
    }
  }
  const learnSeconds = (performance.now() - startedAt) / 1000;
  return {
    connector,
    databaseFile,
    learnSeconds,
    directoryMb: megabytes(databaseFile),
    remove: () => rmSync(place, { recursive: true, force: true }),
  };
}

/** The campaign that goes to everyone. */
export const toEveryone = {
  name: "To everyone",
  message: { card, summary: "Our third quarter" },
  audience: { include: [{ everyone: true }] },
};

/** The size of a database with its write-ahead log. */
export function megabytes(file) {
  return [file, `${file}-wal`]
    .filter(existsSync)
    .reduce((sum, one) => sum + statSync(one).size / 1e6, 0);
}

async function fill(file, people, serviceUrl) {
  const store = openSqliteStore(file);
  const step = 50_000;
  for (let from = 0; from < people; from += step) {
    await learnPeople(store, { from, count: Math.min(step, people - from), serviceUrl });
    console.error(`  ${Math.min(from + step, people).toLocaleString("en-US")}`);
  }
  await store.close();
}

function copy(from, to) {
  copyFileSync(from, to, constants.COPYFILE_FICLONE);
}
