import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { bot, hold, installed } from "../../../harness/src/store-conformance/fixtures.ts";
import { main } from "../../src/cli/main.ts";
import { openSqliteStore } from "../../src/store/sqlite/open.ts";
import { fakeIo } from "./fake-io.ts";

const people = 2_500;
const directory = mkdtempSync(path.join(tmpdir(), "carillon-db-copy-"));
after(() => rmSync(directory, { recursive: true }));

before(async () => {
  const store = openSqliteStore(path.join(directory, "from.db"));
  const facts = Array.from({ length: people }, (_, n) => installed(n)).flat();
  for (let at = 0; at < facts.length; at += 500)
    await store.directory.learn(bot, facts.slice(at, at + 500), at);
  // A worker that died without giving its lane back.
  await hold(store, "w1");
  await store.close();
});

/** Runs the command; `onWrite` is told what is written, in a terminal or a pipe. */
async function run(
  words: string,
  {
    isTerminal = false,
    onWrite = () => {},
  }: { isTerminal?: boolean; onWrite?: (text: string, interrupt: () => void) => void } = {},
) {
  const io = fakeIo({ directory });
  let now = 0;
  const out = {
    ...io.out,
    isTerminal,
    write: (text: string) => {
      io.out.write(text);
      onWrite(text, io.interrupt);
    },
  };
  const code = await main(words.split(" "), {
    ...io,
    out,
    // Each look at the clock is a quarter of a second later.
    now: () => {
      now += 250;
      return now;
    },
  });
  return { code, out: io.stdout(), err: io.stderr() };
}

describe("carillon db copy", () => {
  it("shows how far it is, and says table by table what is the same", async () => {
    const made = await run("db copy --from sqlite:from.db --to sqlite:terminal.db", {
      isTerminal: true,
    });
    assert.equal(made.code, 0, made.err);
    assert.match(made.out, /\r.*Copying people .*█.* 1,001 of 2,502 .*40 %.*\/s.* left/);
    assert.match(made.out, /Verifying people /);
    assert.match(made.out, /^people +2,500 {2}[0-9a-f]{40,}/m);
    assert.match(
      made.out,
      /^The same in sqlite:from\.db and sqlite:terminal\.db: 2,502 rows, copied and verified in \d+ s\.$/m,
    );
  });

  it("writes plain lines into a pipe, one as each table begins", async () => {
    const { code, out } = await run("db copy --from sqlite:from.db --to sqlite:pipe.db");
    assert.equal(code, 0);
    assert.match(out, /^Copying \w+: [\d,]+ of 2,502 {2}\d+ %/m);
    assert.ok(!out.includes("\r") && !out.includes("\u001b"), out);
    const labels = out.match(/^(?:Copying|Verifying) \w+/gm) ?? [];
    assert.ok(labels.length > 0);
    assert.deepEqual(labels, [...new Set(labels)]);
  });

  it("prints one JSON object with --json, with the whole hashes", async () => {
    const { code, out } = await run("db copy --from sqlite:from.db --to sqlite:json.db --json");
    assert.equal(code, 0);
    const told = JSON.parse(out);
    assert.deepEqual([told.from, told.to, told.rows], ["sqlite:from.db", "sqlite:json.db", 2_502]);
    const found = told.tables.find(({ table }: { table: string }) => table === "people");
    assert.equal(found.rows, people);
    assert.match(found.hash, /^[0-9a-f]{64}$/);
  });

  it("refuses a file that anybody has open, unless it is told to", async () => {
    const words = "db copy --from sqlite:from.db --to sqlite:in-use.db";
    const store = openSqliteStore(path.join(directory, "from.db"));
    const refused = await run(words);
    assert.equal(refused.code, 75);
    assert.match(
      refused.err,
      /from\.db is in use: another process has it open\. .*\(STORE_IN_USE\)/,
    );
    assert.ok(!existsSync(path.join(directory, "in-use.db")));
    assert.equal((await run(`${words} --in-use`)).code, 0);
    await store.close();
  });

  it("stopped by Ctrl+C in the middle, it leaves nothing, says so, and does it the next time", async () => {
    const words = "db copy --from sqlite:from.db --to sqlite:stopped.db";
    for (const step of ["Copying", "Verifying"]) {
      let isStopped = false;
      const stopped = await run(words, {
        isTerminal: true,
        onWrite: (text, interrupt) => {
          if (isStopped || !text.includes(`${step} people`)) return;
          isStopped = true;
          interrupt();
        },
      });
      assert.equal(stopped.code, 1, step);
      assert.match(stopped.err, /^Stopped\. Nothing is left of the copy: .*Run the same command/);
      assert.deepEqual(
        readdirSync(directory).filter((name) => name.startsWith("stopped")),
        [],
      );
    }
    assert.equal((await run(words)).code, 0);
    assert.ok(existsSync(path.join(directory, "stopped.db")));
  });

  it("ends with 78 where one of the two cannot be meant, with 2 without --to, and never shows a password", async () => {
    for (const [words, said] of [
      ["--from sqlite:none.db --to sqlite:x.db", /There is no database at .*none\.db/],
      ["--from sqlite:from.db --to sqlite:from.db", /from\.db exists/],
      ["--from sqlite:from.db --to sqlite::memory:", /no database that this command could open/],
      ["--from mysql://me:secret@h/d --to sqlite:x.db", /"mysql:\/\/…@h\/d" is no database/],
    ] as const) {
      const { code, out, err } = await run(`db copy ${words}`);
      assert.equal(code, 78, words);
      assert.match(err, said);
      assert.doesNotMatch(`${out}${err}`, /secret/);
    }
    const nowhere = "postgres://me:secret@127.0.0.1:1/d";
    for (const words of [
      `--from ${nowhere} --to sqlite:x.db`,
      `--from sqlite:from.db --to ${nowhere}`,
      `--from sqlite:from.db --to ${nowhere} --json`,
    ]) {
      const { code, out, err } = await run(`db copy ${words}`);
      assert.equal(code, 75, words);
      assert.doesNotMatch(`${out}${err}`, /secret/);
    }
    assert.equal((await run("db copy --from sqlite:from.db")).code, 2);
    assert.ok(!existsSync(path.join(directory, "x.db")));
  });
});
