import { isChange } from "../domain/campaign.ts";
import type { ErrorCode } from "../domain/error-codes.ts";
import { ProblemError } from "../domain/errors.ts";
import { messageBytesMax } from "../domain/limits.ts";
import { findingText } from "../domain/message-finding.ts";
import { checkedMessage } from "./check-request.ts";
import type { Preflight } from "./engine.ts";
import type { EngineParts } from "./engine-parts.ts";
import { isSingle } from "./expansion.ts";
import type { Campaign, Scope } from "./ports/store.ts";

/** Estimates what a campaign would do, from what is known already: rosters are not read, and nobody is looked up. */
export async function preflight(parts: EngineParts, campaign: Campaign): Promise<Preflight> {
  const { botId, tenantId, message } = campaign;
  if (isChange(campaign.kind))
    throw new ProblemError("CAMPAIGN_STATE_CONFLICT", {
      detail: `${campaign.id} changes what ${campaign.changeOf} has sent, and runs already: see its counts.`,
      extra: { state: campaign.state },
    });
  const scope: Scope = { botId, tenantId };
  const { message: compiled, warnings } = checkedMessage(message);
  const size = await sizeOf(parts, scope, campaign);
  const reach = await reachOf(parts, scope, campaign);
  const lines = warnings.map(findingText);
  if (compiled.unfilled.length > 0)
    lines.push(
      `Nothing gives ${compiled.unfilled.map((name) => `\${${name}}`).join(", ")}: give it in the message's data, or write a default as \${field|default}.`,
    );
  if (reach === null)
    lines.push("The members of a team are counted when its roster is read, after the start.");
  const { ceiling } = parts.lanes.traffic(tenantId).pacer;
  const rate = Math.min(
    ceiling || Number.POSITIVE_INFINITY,
    campaign.ratePerSecond ?? Number.POSITIVE_INFINITY,
  );
  return {
    recipients: reach?.recipients ?? null,
    expected: reach?.expected ?? [],
    requests: reach?.requests ?? null,
    seconds: reach === null || !Number.isFinite(rate) ? null : Math.ceil(reach.requests / rate),
    messageBytes: size,
    messageBytesMax,
    warnings: lines,
  };
}

interface Reach {
  readonly recipients: number;
  readonly requests: number;
  readonly expected: readonly { readonly code: ErrorCode; readonly count: number }[];
}

/** Null where a roster would have to be read first. */
async function reachOf(
  parts: EngineParts,
  scope: Scope,
  { audience }: Campaign,
): Promise<Reach | null> {
  if (audience.include.some((target) => "team" in target && target.as === "members")) return null;
  const singles = audience.include.filter(isSingle).length;
  if (!audience.include.some((target) => "everyone" in target))
    return { recipients: singles, requests: singles, expected: [] };
  const { people, installed, blocked, removed } = await parts.store.directory.countPeople(scope);
  const others = audience.include.filter(
    (target) => isSingle(target) && !("user" in target),
  ).length;
  const excluded = (audience.exclude ?? []).filter(isSingle).length;
  const recipients = Math.max(0, people + others - excluded);
  const reached = Math.max(0, recipients - blocked - removed);
  const expected: Reach["expected"] = [
    { code: "TEAMS_BLOCKED_BY_USER" as const, count: blocked },
    { code: "TEAMS_APP_REMOVED" as const, count: removed },
  ].filter(({ count }) => count > 0);
  // Whoever has no installed app that we know of has no stored conversation either, so that it has to be created first.
  const creates = Math.max(0, people - installed - removed);
  return { recipients, requests: reached + creates, expected };
}

/** The size for the first person known, as a sample. */
async function sizeOf(parts: EngineParts, scope: Scope, { message }: Campaign): Promise<number> {
  const { items } = await parts.store.directory.listPeople(scope, { limit: 1 });
  const { message: compiled } = checkedMessage(message);
  const [person] = items;
  const rendered = compiled.render(person === undefined ? {} : { person });
  return "body" in rendered ? rendered.sizeBytes : 2 * JSON.stringify(message).length;
}
