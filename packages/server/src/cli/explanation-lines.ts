import type {
  Attempt,
  CampaignExplanation,
  DeliveryExplanation,
  PersonExplanation,
} from "@carillon/client";
import { changeLines } from "./change-report.ts";
import { fieldLines } from "./print-fields.ts";
import type { Style } from "./terminal/style.ts";
import { printable, wrapped } from "./terminal/width.ts";
import { countWords, instantWords } from "./terminal/words.ts";

/** How lines are laid out. */
interface Layout {
  readonly style: Style;
  readonly width: number;
}

/** What became of one delivery: the line, the facts, each request, and the command that goes on. */
export function deliveryLines(told: DeliveryExplanation, { style, width }: Layout) {
  const { campaign, delivery, person } = told;
  const facts = fieldLines(style, [
    [campaign.kind, `${campaign.name} ${campaign.id} (${campaign.state})`.trim()],
    ["recipient", delivery.recipient],
    ["person", person === null ? null : `${person.name ?? "-"} (app: ${person.install})`],
    ["state", delivery.state],
    ...known("code", delivery.code),
    ...known("said", delivery.detail),
    ["requests", countWords(delivery.attempts)],
    ...at("not all kept since", delivery.attemptsForgottenAt),
    ...known("sent again unsure", delivery.resent === 0 ? null : countWords(delivery.resent)),
    ...at("retry asked for", delivery.retriedAt),
    ...at("next try", delivery.dueAt),
    ...known("conversation", delivery.conversationId),
    ...known("activity", delivery.activityId),
    ["changed", instantWords(delivery.updatedAt)],
    ...known(delivery.change?.kind ?? "change", changeWords(delivery.change)),
  ]);
  return [
    printable(told.line),
    "",
    ...facts,
    ...delivery.history.flatMap((attempt) => ["", ...attemptLines(attempt, { style, width })]),
    ...retryHint(told),
  ];
}

/** The newest edit or recall of the message, and what became of it. */
function changeWords(change: DeliveryExplanation["delivery"]["change"]): string | null {
  if (change === null) return null;
  const { id, state, code } = change;
  return `${id} (${code === null ? state : `${state}, ${code}`})`;
}

/** A fact, where there is one: what does not apply is left out, so that what does is seen. */
function known(name: string, value: string | null): readonly (readonly [string, string])[] {
  return value === null ? [] : [[name, value]];
}

function at(name: string, instant: string | null) {
  return known(name, instant === null ? null : instantWords(instant));
}

/** Whether a person can be reached: the line, the facts, and their last messages. */
export function personLines(told: PersonExplanation, { style, width }: Layout) {
  const { person, serviceHost, deliveries, deliveriesKeptDays: days } = told;
  const facts = fieldLines(style, [
    ["name", person.name],
    ["upn", person.userPrincipalName],
    ["object id", person.aadObjectId],
    ["Teams id", person.teamsId],
    ["app", person.install],
    ["blocked", person.blockedAt === null ? "no" : `since ${instantWords(person.blockedAt)}`],
    ["chat", person.conversationId],
    ["service host", serviceHost],
    ["learnt", instantWords(person.updatedAt)],
  ]);
  const past = deliveries.flatMap(({ line, campaign }) => [
    "",
    style.dim(`${instantWords(campaign.createdAt)}  ${printable(campaign.name)} ${campaign.id}`),
    ...wrapped(printable(line), width - 2).map((one) => `  ${one}`),
  ]);
  const none = ["", "None of the newest campaigns and notifications meant them."];
  const kept =
    days === null ? [] : ["", `What ended more than ${countWords(days)} days ago is not kept.`];
  return [printable(told.line), "", ...facts, ...(past.length > 0 ? past : none), ...kept];
}

/** How a campaign stands: the line, the counts, and each reason with what to do about it. */
export function campaignLines(told: CampaignExplanation, { style, width }: Layout) {
  const { campaign, reasons } = told;
  const counts = Object.entries(campaign.counts).filter(
    ([state, count]) => count > 0 || state === "total" || state === "accepted",
  );
  const facts = fieldLines(style, [
    ["id", campaign.id],
    ["state", campaign.state],
    ...counts.map(([state, count]) => [state, countWords(count)] as const),
    ...known("sent again unsure", campaign.resent === 0 ? null : countWords(campaign.resent)),
    ...at("started", campaign.startedAt),
    ...at("finished", campaign.finishedAt),
  ]);
  const why = reasons.flatMap(({ state, code, count, what, advice }) => [
    "",
    `${countWords(count)} ${state}  ${style.dim(printable(code))}`,
    ...wrapped(printable(`${what} ${advice}`), width - 2).map((one) => `  ${one}`),
  ]);
  return [printable(told.line), "", ...facts, ...why, ...changeLines(campaign, { style, width })];
}

function attemptLines(attempt: Attempt, { style, width }: Layout): readonly string[] {
  const { number, operation, at, outcome, evidence, decision } = attempt;
  const { status, platformCode, subCode, detail, requestId, retryAfterMs, latencyMs } = evidence;
  const reason = outcome.reason === undefined ? "" : ` (${outcome.reason})`;
  const answer = [
    status === null ? "no status kept" : `status ${status}`,
    ...(platformCode === null ? [] : [platformCode]),
    ...(subCode === null ? [] : [subCode]),
    ...(retryAfterMs === null ? [] : [`Retry-After ${retryAfterMs / 1000} s`]),
    `${countWords(latencyMs)} ms`,
    ...(requestId === null ? [] : [`MS-CV ${requestId}`]),
  ];
  const more = [answer.join(", "), ...(detail === null ? [] : [detail]), `Decided: ${decision}`];
  return [
    `${style.bold(`#${number}`)} ${instantWords(at)}  ${operation}  ${outcome.kind}${reason}`,
    ...more.flatMap((text) => wrapped(printable(text), width - 3).map((line) => `   ${line}`)),
  ];
}

/** The command that tries it again, where that can help. */
function retryHint({ campaign, delivery, next }: DeliveryExplanation): readonly string[] {
  const isEnded = ["failed", "skipped", "uncertain"].includes(delivery.state);
  if (!isEnded || campaign.state === "cancelled") return [];
  const isLeft = delivery.code === "DELIVERY_LEFT_UNCERTAIN";
  // As it is, it would end so again.
  if (next === "correct" || (next === "nothing" && !isLeft)) return [];
  const isFirst = next === "retry" || next === "decide" || isLeft;
  const who = `${campaign.id} --recipient ${printable(delivery.recipient)}`;
  const words = isFirst ? "To try it again:" : "After that, to try it again:";
  const again = ["", words, `  npx carillon campaign retry ${who}`];
  const isOpen = delivery.state === "uncertain" && !isLeft;
  return isOpen
    ? [...again, "To leave it as it is:", `  npx carillon uncertain leave ${who}`]
    : again;
}
