import type { CampaignSummary, CarillonClient } from "@carillon/client";
import { resultLines } from "./campaign-report.ts";
import { changeLines } from "./change-report.ts";
import type { Given } from "./command.ts";
import { followCampaign } from "./follow.ts";
import { interrupted } from "./interrupt.ts";
import type { Io } from "./io.ts";
import { printJson, printLines } from "./print.ts";
import { createScreen } from "./terminal/screen.ts";
import { createStyle } from "./terminal/style.ts";
import { isOver } from "./wire-campaign.ts";

/**
 * Prints a campaign: its table, or JSON with `--json`; with `--follow` after it is over. Ctrl+C leaves it running and says how to come
 * back. Answers the exit code: 1 for a campaign that was cancelled, or that failures stopped, while it was followed.
 */
export async function showCampaign(
  client: CarillonClient,
  campaign: CampaignSummary,
  given: Given,
  io: Io,
): Promise<number> {
  const json = given.has("json");
  // A draft does not move before somebody starts it: following it would show nothing, for ever.
  if (!given.has("follow") || campaign.state === "draft") {
    if (json) printJson(io, campaign);
    else printLines(io, ...reported(campaign, io), ...nextSteps(campaign));
    return 0;
  }
  // With JSON on standard output, the progress goes where people look and programs do not.
  const screen = createScreen(json ? io.err : io.out, io.now);
  const stop = interrupted(io);
  const last = await followCampaign(client, campaign, screen, stop.signal).finally(stop.end);
  if (json) printJson(io, last);
  else printLines(io, "", ...reported(last, io), ...nextSteps(last));
  const isStopped = last.attention?.code === "CAMPAIGN_FAILURES_PASSED";
  return last.state === "cancelled" || (last.state === "paused" && isStopped) ? 1 : 0;
}

function reported(campaign: CampaignSummary, io: Io): readonly string[] {
  const layout = { style: createStyle(io.out.color), width: io.out.columns() };
  return [...resultLines(campaign, { ...layout, now: io.now() }), ...changeLines(campaign, layout)];
}

/** What one can do with what did not arrive. */
function afterwards(
  {
    id,
    state,
    counts,
    reasons,
    recalledAt,
  }: Pick<CampaignSummary, "id" | "state" | "counts" | "reasons" | "recalledAt">,
  command: (words: string) => string,
): readonly string[] {
  if (counts.failed + counts.skipped + counts.uncertain === 0) return [];
  const mayRetry = state === "finished" && recalledAt === null;
  return [
    "",
    "Each recipient with what became of it:",
    command(`export ${id}`),
    ...(mayRetry && counts.failed > 0
      ? ["To try the failed ones again:", command(`retry ${id} --follow`)]
      : []),
    ...(reasons.some(isUndecided) ? undecidedLines(id, mayRetry) : []),
  ];
}

/** Whether somebody has yet to decide about them. */
function isUndecided({ state, code }: CampaignSummary["reasons"][number]): boolean {
  return state === "uncertain" && code !== "DELIVERY_LEFT_UNCERTAIN";
}

function undecidedLines(id: string, mayRetry: boolean): readonly string[] {
  const leave = [
    "To leave the uncertain ones as they are, so that nobody is asked about them again:",
    `  npx carillon uncertain leave ${id}`,
  ];
  if (!mayRetry) return leave;
  return [
    "To send the uncertain ones again, which may then arrive twice:",
    `  npx carillon uncertain resend ${id} --follow`,
    ...leave,
  ];
}

/** What one can do with it now. */
function nextSteps({ id, state, ...campaign }: CampaignSummary): readonly string[] {
  const command = (words: string) => `  npx carillon campaign ${words}`;
  if (state === "draft")
    return [
      "",
      "It is a draft: nothing is sent yet.",
      command(`preflight ${id}`),
      command(`start ${id} --follow`),
    ];
  if (state === "paused")
    return ["", "It is paused.", command(`resume ${id} --follow`), command(`cancel ${id}`)];
  const open = campaign.changes.find((change) => !isOver(change));
  if (isOver({ state }) && open !== undefined)
    return [
      "",
      `Its ${open.kind} goes on without this command.`,
      command(`status ${open.id} --follow`),
    ];
  if (isOver({ state })) return afterwards({ id, state, ...campaign }, command);
  return [
    "",
    "It goes on without this command.",
    command(`status ${id} --follow`),
    command(`pause ${id}`),
    command(`cancel ${id}`),
  ];
}
