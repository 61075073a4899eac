import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { after, describe, it } from "node:test";
import {
  bot,
  campaign,
  counted,
  hold,
  installed,
  recovered,
  scope,
  turn,
} from "../../../harness/src/store-conformance/fixtures.ts";
import { openDatabase } from "../../src/store/sqlite/connection.ts";
import { openSqliteStore } from "../../src/store/sqlite/open.ts";
import { whenNotLocked } from "./when-not-locked.ts";

const folder = mkdtempSync(path.join(tmpdir(), "carillon-processes-"));
// A user who owns nothing must be able to come here.
chmodSync(folder, 0o755);
after(() => rmSync(folder, { recursive: true }));

/** Another process that does `what` to the file. */
function child(what: string, file: string): ChildProcess {
  const script = path.join(import.meta.dirname, "store-child.ts");
  return spawn(process.execPath, ["--conditions=source", script, what, file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

function linesOf(started: ChildProcess): AsyncIterable<string> {
  assert.ok(started.stdout !== null);
  return createInterface({ input: started.stdout });
}

async function outputOf(started: ChildProcess): Promise<string> {
  const lines: string[] = [];
  for await (const line of linesOf(started)) lines.push(line);
  return lines.join("\n");
}

describe("a SQLite file and the processes around it", () => {
  it("in a folder, or with a file, that may not be written is refused as such", async () => {
    const closed = path.join(folder, "closed");
    mkdirSync(closed, { mode: 0o755 });
    chmodSync(closed, 0o555);
    const readable = path.join(folder, "open", "carillon.db");
    mkdirSync(path.dirname(readable));
    chmodSync(path.dirname(readable), 0o777);
    await openSqliteStore(readable).close();
    chmodSync(readable, 0o444);
    const unlisted = path.join(folder, "folder-only", "carillon.db");
    mkdirSync(path.dirname(unlisted));
    await openSqliteStore(unlisted).close();
    chmodSync(unlisted, 0o666);
    chmodSync(path.dirname(unlisted), 0o555);
    for (const file of [
      path.join(closed, "carillon.db"),
      path.join(closed, "deeper", "carillon.db"),
      readable,
      unlisted,
    ]) {
      const output = await outputOf(child("open-as-nobody", file));
      const { name, code, message } = JSON.parse(output);
      assert.deepEqual([name, code], ["StoreError", "STORE_READ_ONLY"], output);
      assert.ok(message.includes(file), message);
    }
  });

  it("takes the writes of two processes at once", async () => {
    const file = path.join(folder, "shared.db");
    const store = openSqliteStore(file);
    const other = child("learn-many", file);
    const ended = once(other, "exit");
    for await (const line of linesOf(other)) if (line === "ready") break;
    for (let n = 0; n < 200; n++)
      await whenNotLocked(() => store.directory.learn(bot, installed(n), 1));
    assert.deepEqual(await ended, [0, null]);
    assert.equal((await store.directory.countPeople(scope)).people, 400);
    await store.close();
  });

  it("loses nothing that was answered when its process is killed, and its counters equal a recount", async () => {
    const file = path.join(folder, "killed.db");
    const sender = child("send-many", file);
    const ended = once(sender, "exit");
    let answered = 0;
    for await (const line of linesOf(sender)) {
      answered = Number(line);
      if (answered >= 2_000 && !sender.killed) sender.kill("SIGKILL");
    }
    assert.deepEqual(await ended, [null, "SIGKILL"]);
    const { db } = openDatabase(file);
    assert.deepEqual({ ...db.get<object>("PRAGMA quick_check") }, { quick_check: "ok" });
    db.close();

    const store = openSqliteStore(file);
    const ids = Array.from({ length: 20 }, (_, part) => campaign(`cmp_${part}`).id);
    const before = await Promise.all(ids.map(async (id) => (await store.ledger.counts(id)).counts));
    const sum = (state: "accepted" | "sending" | "total") =>
      before.reduce((all, counts) => all + counts[state], 0);
    assert.ok(sum("accepted") >= answered, `${sum("accepted")} of ${answered}`);
    assert.deepEqual([sum("total"), sum("sending")], [20_000, 50]);
    const held = await hold(store, "w2", 60_000);
    assert.deepEqual(await recovered(store, held, 1_000, 60_000), { resent: 50, held: 0 });
    assert.equal((await turn(store, held, { claim: 50, now: 60_000 })).claimed.length, 50);
    for (const id of ids.slice(0, 3)) await counted(store, id);
    await store.close();
  });
});
