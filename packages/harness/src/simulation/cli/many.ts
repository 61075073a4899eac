import { type SimArguments, wordsOf } from "./arguments.ts";
import { type Asked, failureOf, type Played } from "./played.ts";
import { playAll } from "./pool.ts";
import { ProgressLine } from "./progress.ts";

/** Plays a row of seeds and tells of those that failed. Ctrl+C ends it early, with the summary of what was played. */
export async function playMany(asked: SimArguments): Promise<number> {
  const { seeds, json } = asked;
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  process.once("SIGINT", onInterrupt);
  const progress = new ProgressLine(seeds, process.stderr);
  const failed: Played[] = [];
  const sum = { worlds: 0, messages: 0, lives: 0, virtualMs: 0 };
  const onPlayed = (played: Played) => {
    sum.worlds += 1;
    sum.messages += played.accepted;
    sum.lives += played.lives;
    sum.virtualMs += played.virtualMs;
    if (played.broken.length > 0) {
      failed.push(played);
      progress.clear();
      const words = wordsOf({ ...asked, seed: played.seed });
      if (!json) console.log(failureOf(played, words).join("\n"));
    }
    progress.at(sum.worlds, failed.length);
  };
  const jobs = Math.min(asked.jobs, seeds);
  await playAll(worlds(asked), { jobs, onPlayed, signal: stop.signal });
  process.off("SIGINT", onInterrupt);
  progress.clear();
  const isCutShort = stop.signal.aborted;
  const { seconds } = progress;
  const summary = { ...sum, failed, seconds: Number(seconds.toFixed(1)), isCutShort };
  console.log(json ? JSON.stringify(summary) : shownSummary(summary));
  if (isCutShort) return 130;
  return failed.length === 0 ? 0 : 1;
}

function* worlds({ seed: first, seeds, hours, setsClocks }: SimArguments): Iterable<Asked> {
  for (let seed = first; seed < first + seeds; seed += 1) yield { seed, hours, setsClocks };
}

function shownSummary(summary: {
  readonly worlds: number;
  readonly messages: number;
  readonly lives: number;
  readonly virtualMs: number;
  readonly failed: readonly Played[];
  readonly seconds: number;
  readonly isCutShort: boolean;
}): string {
  const { worlds, messages, lives, virtualMs, failed, seconds, isCutShort } = summary;
  const hours = (virtualMs / 3_600_000).toFixed(1);
  const perSecond = (worlds / seconds).toFixed(1);
  const failures =
    failed.length === 0
      ? "none failed"
      : `${failed.length} failed: seeds ${failed
          .map(({ seed }) => seed)
          .sort((a, b) => a - b)
          .join(", ")}`;
  return `${isCutShort ? "stopped early: " : ""}${worlds} worlds, ${failures}; ${messages} messages in ${lives} lives, ${hours} virtual hours in ${seconds.toFixed(1)} s (${perSecond} worlds a second)`;
}
