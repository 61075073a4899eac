import type { Copied, CopyProgress } from "../../app/database-copy.ts";
import { type Command, type Given, UsageError } from "../command.ts";
import { databaseOf } from "../database-options.ts";
import { interrupted } from "../interrupt.ts";
import type { Io } from "../io.ts";
import type { Progress } from "../terminal/progress.ts";
import { createScreen, type Screen } from "../terminal/screen.ts";
import { tableLines } from "../terminal/table.ts";
import { countWords, durationWords } from "../terminal/words.ts";

/** `carillon db copy`: from one kind of database to the other, and back. */
export const dbCopy: Command = {
  name: "db copy",
  about: "Move to another database, SQLite or PostgreSQL: copy everything, and verify it.",
  options: {
    from: {
      about: "From: sqlite:PATH or postgres://…. Default: the database of `carillon serve`.",
      value: "URL",
    },
    to: {
      about: "To: an empty PostgreSQL database, or a SQLite file that does not exist.",
      value: "URL",
    },
    config: { about: "A configuration file instead of carillon.config.json.", value: "FILE" },
    "in-use": { about: "Copy although a process works on the source, to try something out." },
    json: { about: "Print one JSON object." },
  },
  examples: [
    "carillon db copy --to postgres://carillon@db.example/carillon",
    "carillon db copy --from postgres://carillon@db.example/carillon --to sqlite:back.db",
  ],
  notes: [
    "Stop every `carillon serve` and `carillon worker` first: the copy is of one instant, and what is done after it would be missing. Then start them on the copy, and never on both.",
    "Each table is read again from the copy: it is kept only if it has as many rows as before, with the same hash of their values. Stopped or failed, nothing is left of it, and the command may be run again.",
    "A password need not be in the URL, where every user of this machine can see it: PGPASSWORD and ~/.pgpass are read.",
  ],
  run: runCopy,
};

async function runCopy(given: Given, io: Io): Promise<number> {
  const { from, to } = await databasesOf(given, io);
  const json = given.has("json");
  const screen = createScreen(json ? io.err : io.out, io.now);
  const stop = interrupted(io);
  const startedAt = io.now();
  const { copy } = await import("../../app/database-copy.ts");
  try {
    const copied = await copy(
      { from, to, isInUse: given.has("in-use") },
      { sleep: (ms) => io.sleep(ms, stop.signal) },
      { onProgress: shownOn(screen, io.now), isStopped: () => stop.signal.aborted },
    );
    screen.settle();
    if (copied === null) {
      io.err.write(
        `Stopped. Nothing is left of the copy: ${to.shown} is as empty as it was. Run the same command to begin anew.\n`,
      );
      return 1;
    }
    const seconds = (io.now() - startedAt) / 1000;
    const told = { from: from.shown, to: to.shown, ...copied, seconds };
    if (json) io.out.write(`${JSON.stringify(told, null, 2)}\n`);
    else print(told, screen);
    return 0;
  } catch (error) {
    screen.settle();
    throw error;
  } finally {
    stop.end();
  }
}

async function databasesOf(given: Given, io: Io) {
  const to = given.text("to");
  if (to === undefined)
    throw new UsageError(
      "--to is missing: name the database to copy to, sqlite:PATH or postgres://….",
    );
  const { databaseAt } = await import("../../app/database-care.ts");
  const from = given.text("from");
  return {
    from: from === undefined ? await databaseOf(given, io) : databaseAt(from, io.directory),
    to: databaseAt(to, io.directory),
  };
}

/** Draws ten times a second, and reckons with the rate of the step at hand. */
function shownOn(screen: Screen, now: () => number): (progress: CopyProgress) => void {
  let step: CopyProgress["step"] | null = null;
  let beganAt = 0;
  let drawnAt = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const at = now();
    if (step !== progress.step) beganAt = at;
    const isLast = progress.done === progress.total;
    if (step === progress.step && !isLast && at - drawnAt < drawMs) return;
    step = progress.step;
    drawnAt = at;
    screen.progress(lineOf(progress, (at - beganAt) / 1000));
  };
}

function lineOf({ step, table, done, total }: CopyProgress, seconds: number): Progress {
  const perSecond = seconds > 0 ? done / seconds : 0;
  return {
    label: `${step === "copying" ? "Copying" : "Verifying"} ${table}`,
    done,
    total,
    perSecond,
    etaSeconds: perSecond > 0 ? (total - done) / perSecond : null,
  };
}

interface Told extends Copied {
  readonly from: string;
  readonly to: string;
  readonly seconds: number;
}

function print({ from, to, tables, rows, changedTexts, seconds }: Told, screen: Screen): void {
  const { style } = screen;
  screen.print(
    ...tableLines(
      [
        { title: "table" },
        { title: "rows", align: "right" },
        { title: "SHA-256 of its rows", shrinks: true },
      ],
      tables.map(({ table, rows: count, hash }) => [table, countWords(count), hash]),
      { width: screen.width(), style },
    ),
    "",
    `${style.green("The same")} in ${from} and ${to}: ${countWords(rows)} rows, copied and verified in ${durationWords(seconds)}.`,
    ...(changedTexts > 0
      ? [
          `In ${countWords(changedTexts)} texts a NUL character, which PostgreSQL cannot hold, became U+FFFD.`,
        ]
      : []),
    "Start `carillon serve` and `carillon worker` on the copy, and not on the source again: what both hold open would be sent twice.",
  );
}

const drawMs = 100;
