import type { CampaignSummary, Change } from "@carillon/client";
import { reasonWords } from "./campaign-report.ts";
import type { Style } from "./terminal/style.ts";
import { wrapped } from "./terminal/width.ts";
import { countWords, nounWords } from "./terminal/words.ts";

/** The edits and recalls of a campaign: how far each has come, and beneath it what could not be changed and why. */
export function changeLines(
  { changes, resent }: CampaignSummary,
  { style, width }: { readonly style: Style; readonly width: number },
): readonly string[] {
  if (changes.length === 0) return [];
  const shown = changes.slice(0, shownMax);
  const more = changes.length - shown.length;
  return [
    "",
    ...shown.flatMap((change) => [
      `${doneWords[change.kind]}  ${style.dim(change.id)}  ${change.state}: ${progressWords(change)}`,
      ...reasonLines(change, width),
    ]),
    ...(more > 0 ? [style.dim(`and ${nounWords(more, "earlier change")}`)] : []),
    ...(resent > 0
      ? wrapped(
          `${countWords(resent)} were sent again after an answer was lost: an earlier copy of them may be there that cannot be changed.`,
          width,
        )
      : []),
  ];
}

const shownMax = 5;

const doneWords: Readonly<Record<string, string>> = { edit: "Edit", recall: "Recall" };

function progressWords({ counts }: Change): string {
  const left = counts.pending + counts.sending;
  const done = `${countWords(counts.accepted)} of ${countWords(counts.total)} accepted`;
  return left === 0 ? done : `${done}, ${countWords(left)} still open`;
}

function reasonLines({ reasons }: Change, width: number): readonly string[] {
  return reasons
    .toSorted((one, other) => other.count - one.count)
    .flatMap(({ state, code, count }) => {
      const [first = "", ...rest] = wrapped(
        `${countWords(count)} ${state}: ${reasonWords(code)}`,
        width - 4,
      );
      return [`  ${first}`, ...rest.map((line) => `    ${line}`)];
    });
}
