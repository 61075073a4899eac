import type { CampaignSummary } from "@carillon/client";
import { isErrorCode, sentences } from "../app/problems.ts";
import type { Progress } from "./terminal/progress.ts";
import type { Style } from "./terminal/style.ts";
import { pad, printable, wrapped } from "./terminal/width.ts";
import {
  countWords,
  durationWords,
  instantWords,
  rateWords,
  shareWords,
} from "./terminal/words.ts";

/** How far a campaign has come, for the live line. */
export function campaignProgress(
  campaign: Pick<
    CampaignSummary,
    "kind" | "state" | "counts" | "ratePerSecond" | "etaSeconds" | "attention"
  >,
): Progress {
  const { counts, state } = campaign;
  const left = counts.pending + counts.sending;
  const note = campaign.attention?.detail;
  const expanding = state === "expanding" || state === "scheduled" || state === "draft";
  // What was measured of it before is of no use while it stands.
  const isMoving = state === "sending" || state === "expanding";
  return {
    label: changeLabels[campaign.kind]?.[state] ?? labels[state] ?? state,
    done: expanding ? counts.total : counts.total - left,
    // Before the first counters come, nobody knows how many there are.
    total: expanding || counts.total === 0 ? null : counts.total,
    perSecond: isMoving ? campaign.ratePerSecond : 0,
    etaSeconds: isMoving ? campaign.etaSeconds : null,
    ...(note === undefined ? {} : { note: printable(note) }),
  };
}

/** The table of what became of everyone: counts by state, and beneath them the reasons in words. */
export function resultLines(
  campaign: CampaignSummary,
  options: { readonly style: Style; readonly width: number; readonly now: number },
): readonly string[] {
  const { counts } = campaign;
  const { style, width } = options;
  const left = counts.pending + counts.sending;
  const rows: Row[] = [
    { name: "accepted", count: counts.accepted, paint: style.green },
    ...withReasons(campaign, "failed", style.red),
    ...withReasons(campaign, "skipped", style.yellow),
    ...withReasons(campaign, "uncertain", style.yellow),
    { name: "cancelled", count: counts.cancelled, paint: style.yellow },
    { name: "still open", count: left, paint: style.cyan },
  ].filter(
    (row) =>
      row.count > 0 || row.name === "accepted" || row.name === "failed" || row.name === "skipped",
  );
  const widest = Math.max(...rows.map((row) => row.name.length + 2), 24);
  const nameWidth = Math.max(20, Math.min(widest, width - 25));
  const lines = (row: Row) => rowLines(row, { nameWidth, total: counts.total, style });
  const total = { name: "total", count: counts.total, paint: style.bold };
  return [
    `${style.bold(printable(campaign.name))}  ${style.dim(campaign.id)}  ${stateWords(campaign)}`,
    "",
    ...rows.flatMap(lines),
    style.dim(`  ${"─".repeat(nameWidth + 21)}`),
    ...lines(total),
    ...remarks(campaign, options.now).map((remark) => `  ${remark}`),
  ];
}

/** A campaign's state, and that it was recalled or what it changes. */
export function stateWords({ kind, changeOf, state, recalledAt }: CampaignSummary): string {
  if (changeOf !== null) return `${kind} of ${printable(changeOf)}, ${state}`;
  return recalledAt === null ? state : `${state}, recalled`;
}

/** One row; a name that does not fit goes on in further lines. */
function rowLines(
  { name, count, paint }: Row,
  layout: { readonly nameWidth: number; readonly total: number; readonly style: Style },
): readonly string[] {
  const { nameWidth, total, style } = layout;
  const indent = name.startsWith(" ") ? "  " : "";
  const [first = "", ...more] = wrapped(name.trim(), nameWidth - indent.length - 2);
  const share = style.dim(pad(shareWords(count, total), 8, "right"));
  const figures = `${pad(countWords(count), 9, "right")}  ${share}`;
  return [
    `  ${paint(pad(indent + first, nameWidth))}  ${figures}`.trimEnd(),
    ...more.map((line) => `  ${paint(`${indent}  ${line}`)}`),
  ];
}

interface Row {
  readonly name: string;
  readonly count: number;
  readonly paint: (text: string) => string;
}

const labels: Readonly<Record<string, string>> = {
  draft: "Draft",
  scheduled: "Scheduled",
  expanding: "Finding everyone",
  sending: "Sending",
  paused: "Paused",
  finished: "Finished",
  cancelled: "Cancelled",
};

const changeLabels: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  edit: { expanding: "Finding the messages", sending: "Editing" },
  recall: { expanding: "Finding the messages", sending: "Deleting" },
};

/** A state's count with a row for each reason beneath it, the most frequent first. */
function withReasons(
  campaign: CampaignSummary,
  state: "failed" | "skipped" | "uncertain",
  paint: (text: string) => string,
): readonly Row[] {
  const reasons = campaign.reasons
    .filter((reason) => reason.state === state)
    .toSorted((one, other) => other.count - one.count);
  return [
    { name: state, count: campaign.counts[state], paint },
    ...reasons.map(({ code, count }) => ({
      name: `  ${reasonWords(code)}`,
      count,
      paint: (text: string) => text,
    })),
  ];
}

/** A code's sentence; a code that a newer service knows and we do not, as it is. */
export function reasonWords(code: string): string {
  return isErrorCode(code) ? sentences(code).what : printable(code);
}

/** What stands in the way: the cause, for how long, and what happens next. */
function attentionLines(
  { code, detail, next, since, retryAt }: NonNullable<CampaignSummary["attention"]>,
  now: number,
): readonly string[] {
  const age = durationWords((now - Date.parse(since)) / 1000);
  const again = retryAt === null ? "" : ` Next try at ${instantWords(retryAt)}.`;
  return [
    `! ${printable(detail)}`,
    `  For ${age} now (${printable(code)}).${again}`,
    `  ${printable(next)}`,
  ];
}

/** What may hold it back by itself. */
function guardRemarks({ canary, stopWhen, state, attention }: CampaignSummary): readonly string[] {
  if (state === "finished" || state === "cancelled") return [];
  const lines: string[] = [];
  const isSaid = attention?.code === "CAMPAIGN_CANARY_DONE";
  if (canary !== null && !canary.released && !isSaid) {
    const first = canary.count === null ? `${canary.percent} %` : countWords(canary.count);
    const then = canary.then === "wait" ? "wait for you" : "go after them";
    lines.push(
      canary.held > 0
        ? `The first ${first} go ahead; ${countWords(canary.held)} ${then}.`
        : `The first ${first} go ahead; the others ${then}.`,
    );
  }
  if (stopWhen !== null)
    lines.push(
      `It pauses when more than ${stopWhen.failedPercent} % fail, of at least ${countWords(stopWhen.atLeast)}.`,
    );
  return lines;
}

/** What its author chose for messages whose answer is lost. */
function uncertainWords({ onUncertain }: CampaignSummary): string {
  return onUncertain === "resend"
    ? "Where an answer is lost, it tries again, so that a message may arrive twice (--on-uncertain hold: leave it)."
    : "Where an answer is lost, it leaves the message uncertain, for you to decide (--on-uncertain resend: try again).";
}

function remarks(campaign: CampaignSummary, now: number): readonly string[] {
  const lines: string[] = [];
  if (campaign.resent > 0)
    lines.push(
      `${countWords(campaign.resent)} tried again after an answer was lost; ${
        campaign.changeOf === null
          ? "some of them may have arrived twice."
          : "doing it twice does no harm."
      }`,
    );
  if (campaign.recallAt !== null && campaign.recalledAt === null)
    lines.push(`Is recalled at ${instantWords(campaign.recallAt)}.`);
  if (campaign.attention !== null) lines.push(...attentionLines(campaign.attention, now));
  lines.push(...guardRemarks(campaign));
  if (campaign.state === "draft") lines.push(uncertainWords(campaign));
  const left = campaign.counts.pending + campaign.counts.sending;
  if (campaign.state === "cancelled" && left > 0)
    lines.push(
      `${countWords(left)} that had not left are being cancelled; what is under way ends as it does.`,
    );
  if (campaign.state === "scheduled") lines.push(`Starts at ${instantWords(campaign.sendAt)}.`);
  return [...lines, ...tookLines(campaign)];
}

/** How long it took, once it is over. */
function tookLines({ state, startedAt, finishedAt, counts }: CampaignSummary): readonly string[] {
  if (startedAt === null || finishedAt === null) return [];
  const seconds = (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
  // A rate over less than two seconds says more about the clock than about the campaign.
  if (seconds < 2) return ["In less than two seconds."];
  const tried = counts.accepted + counts.failed + counts.uncertain;
  // One that was cancelled was not held to any pace to its end.
  const rate = state === "finished" ? `, ${rateWords(tried / seconds)}` : "";
  return [`In ${durationWords(seconds)}${rate}.`];
}
