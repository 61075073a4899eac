import { isChange } from "../domain/campaign.ts";
import type { ErrorCode } from "../domain/error-codes.ts";
import type { Metrics } from "../domain/metrics.ts";
import type { Recipient, Target } from "../domain/target.ts";
import { expandChange } from "./expand-change.ts";
import { stepRoster } from "./expand-roster.ts";
import { excludeWaitMs, passingWaitMs } from "./expansion-waits.ts";
import type { Clock, Rng } from "./ports/runtime.ts";
import type { Campaign, ExpansionCursor, LedgerStore, NewDelivery } from "./ports/store.ts";
import { type Resolver, resolveTarget, type SingleTarget } from "./resolve.ts";

/** What expanding a campaign needs. */
export interface ExpansionParts extends Resolver {
  readonly ledger: LedgerStore;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly metrics: Metrics;
}

/** What an expansion remembers while it runs; nothing that it could not do without after a restart. */
export interface ExpansionMemory {
  /** Refusals in a row that may pass. */
  failures: number;
  /** How often a roster was begun again. */
  restarts: number;
  /** Since when requests stand before a change. */
  underWaySince?: number;
}

/** A campaign's expansion at one place of its audience. */
export interface Expansion {
  readonly parts: ExpansionParts;
  readonly campaign: Campaign;
  readonly cursor: ExpansionCursor;
  readonly memory: ExpansionMemory;
  /** People whom an exclusion names, by any name and in lower case, for members who are learnt only later. */
  readonly excludedNames: ReadonlySet<string>;
}

/**
 * What one step found: recipients (or exclusions) and the place after them; or that it has to wait; or that it must stop, because
 * the campaign was moved, or the service ends.
 */
export type ExpansionStep =
  | {
      readonly do: "add";
      readonly to: ExpansionCursor;
      readonly recipients: readonly Recipient[];
      readonly refused?: readonly {
        readonly recipient: Recipient;
        readonly code: ErrorCode;
        readonly detail: string;
      }[];
    }
  | {
      readonly do: "wait";
      readonly code: ErrorCode;
      readonly detail: string;
      readonly waitMs: number;
    }
  | { readonly do: "stop" };

/**
 * How an expansion went: complete with the campaign as it is now; to be taken up later, because something stands in the way, or
 * because requests that come before it are still under way; or stopped.
 */
export type ExpansionEnd =
  | { readonly end: "complete"; readonly campaign: Campaign }
  | { readonly end: "under-way"; readonly waitMs: number }
  | Extract<ExpansionStep, { readonly do: "wait" }>
  | { readonly end: "stopped" };

/**
 * Expands a campaign's audience into the ledger, excludes before includes, step by step, each with its place in the audience
 * in one transaction: so it may stop anywhere and be taken up again. Gives way to other work after each step.
 * Throws `StoreError`.
 */
export async function expandCampaign(
  parts: ExpansionParts,
  campaign: Campaign,
  run: { readonly memory: ExpansionMemory; readonly isClosing: () => boolean },
): Promise<ExpansionEnd> {
  if (isChange(campaign.kind)) return expandChange(parts, campaign, run);
  const { audience } = campaign;
  const excludedNames = namesIn(audience.exclude ?? []);
  let cursor = campaign.expansion;
  while (cursor !== null && cursor.part !== "changed" && !run.isClosing()) {
    const items: readonly Target[] = audience[cursor.part] ?? [];
    if (cursor.part === "include" && cursor.item >= items.length) break;
    const expansion = { parts, campaign, cursor, memory: run.memory, excludedNames };
    const next = await stepAndStore(expansion, items);
    if ("do" in next) return next.do === "stop" ? { end: "stopped" } : next;
    run.memory.failures = 0;
    cursor = next;
    await parts.clock.sleep(yieldMs);
  }
  if (run.isClosing()) return { end: "stopped" };
  const complete = await parts.ledger.finishExpansion(campaign.id, parts.clock.now());
  return complete === null ? { end: "stopped" } : { end: "complete", campaign: complete };
}

async function stepAndStore(
  expansion: Expansion,
  items: readonly Target[],
): Promise<ExpansionCursor | Exclude<ExpansionStep, { readonly do: "add" }>> {
  const { parts, campaign, cursor } = expansion;
  const target = items[cursor.item];
  if (target !== undefined && "everyone" in target) return stepEveryone(expansion);
  const step = await stepOf(expansion, items);
  if (step.do !== "add") return step;
  const keys = step.recipients.map(({ key }) => key);
  const deliveries: NewDelivery[] = step.recipients.map((recipient) => ({ recipient }));
  for (const { recipient, code, detail } of step.refused ?? [])
    deliveries.push({ recipient, refused: { state: "failed", code, detail } });
  const ended = parts.metrics.time("carillon_expansion_seconds", {});
  const added = await parts.ledger.expand({
    id: campaign.id,
    from: cursor,
    to: step.to,
    now: parts.clock.now(),
    add:
      cursor.part === "exclude" ? { kind: "exclusions", keys } : { kind: "recipients", deliveries },
  });
  ended();
  return added === null ? { do: "stop" } : step.to;
}

async function stepEveryone({
  parts,
  campaign,
  cursor,
}: Expansion): Promise<ExpansionCursor | { readonly do: "stop" }> {
  const { ledger, clock, metrics } = parts;
  const now = clock.now();
  const { id } = campaign;
  const ended = metrics.time("carillon_expansion_seconds", {});
  const chunk = await ledger.expandEveryone({ id, from: cursor, limit: everyoneChunk, now });
  ended();
  if (chunk === null) return { do: "stop" };
  if (chunk.after !== null) return { ...cursor, after: chunk.after };
  const to = { ...cursor, item: cursor.item + 1, after: null };
  const add = { kind: "recipients", deliveries: [] } as const;
  return (await ledger.expand({ id, from: cursor, to, now, add })) === null ? { do: "stop" } : to;
}

function stepOf(
  expansion: Expansion,
  items: readonly Target[],
): Promise<ExpansionStep> | ExpansionStep {
  const { cursor } = expansion;
  const target = items[cursor.item];
  if (target === undefined)
    return { do: "add", to: { part: "include", item: 0, after: null }, recipients: [] };
  return "team" in target && target.as === "members"
    ? stepRoster(expansion, target)
    : stepSingles(expansion, items);
}

/**
 * Resolves the targets that name one recipient each, up to the next that names many. It waits where Teams could not be asked;
 * and where somebody was to be left out whom nobody knows, because then nobody can tell whom to leave out.
 */
async function stepSingles(
  { parts, campaign, cursor, memory }: Expansion,
  items: readonly Target[],
): Promise<ExpansionStep> {
  const recipients: Recipient[] = [];
  const refused = [];
  let item = cursor.item;
  for (; item < Math.min(items.length, cursor.item + singlesChunk); item += 1) {
    const target = items[item];
    if (target === undefined || !isSingle(target)) break;
    const resolved = await resolveTarget(parts, target);
    if (resolved.ok) recipients.push(resolved.recipient);
    else if (!resolved.isPassing && isHarmless(cursor, campaign)) refused.push(resolved);
    else if (item > cursor.item) break;
    else {
      const { code, detail, isPassing } = resolved;
      const waitMs = isPassing ? passingWaitMs(parts.rng, memory.failures) : excludeWaitMs;
      return { do: "wait", code, detail, waitMs };
    }
  }
  return { do: "add", to: { ...cursor, item, after: null }, recipients, refused };
}

/** Whether somebody unknown can be passed over: an exclusion only where rosters will tell everybody's names. */
function isHarmless({ part }: ExpansionCursor, { audience }: Campaign): boolean {
  return (
    part === "include" || audience.include.every((target) => !isSingle(target) && "team" in target)
  );
}

/** Whether the target names one recipient. */
export function isSingle(target: Target): target is SingleTarget {
  return !("everyone" in target) && !("team" in target && target.as === "members");
}

function namesIn(targets: readonly Target[]): ReadonlySet<string> {
  return new Set(
    targets.flatMap((target) => ("user" in target ? [target.user.toLowerCase()] : [])),
  );
}

// Each about 10 ms of the store's work.
const everyoneChunk = 2000;
const singlesChunk = 200;
/** Lets timers and sockets have their turn. */
const yieldMs = 1;
