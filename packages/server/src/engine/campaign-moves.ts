import type { CampaignState } from "../domain/campaign.ts";
import { ProblemError } from "../domain/errors.ts";
import { type CampaignId, campaignId } from "../domain/ids.ts";
import type { LogEvent } from "../domain/log.ts";
import { pauseAttention } from "./campaign-view.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { Campaign, CampaignPatch } from "./ports/store.ts";

/** A step that somebody asks a campaign to take. */
export interface Move {
  readonly name: "start" | "pause" | "resume" | "cancel";
  readonly event: LogEvent;
  /** Where the campaign goes from here; `already` when the step took effect before; null when it cannot be taken. */
  next(
    row: Campaign,
    now: number,
  ): { readonly to: CampaignState; readonly patch: CampaignPatch } | "already" | null;
}

/** Each step, from every state. Repeating one that took effect is no error. */
export const moves: Readonly<Record<Move["name"], Move>> = {
  start: {
    name: "start",
    event: "campaign.started",
    next: ({ state, sendAt }, now) => {
      if (state === "draft")
        return {
          to: sendAt !== null && sendAt > now ? "scheduled" : "expanding",
          patch: { startedAt: now },
        };
      return state === "paused" || state === "cancelled" ? null : "already";
    },
  },
  pause: {
    name: "pause",
    event: "campaign.paused",
    next: ({ state }) => {
      if (state === "paused") return "already";
      return state === "scheduled" || state === "expanding" || state === "sending"
        ? { to: "paused", patch: { pausedFrom: state } }
        : null;
    },
  },
  resume: {
    name: "resume",
    event: "campaign.resumed",
    next: ({ state, pausedFrom, pausedBecause }) => {
      // Whoever resumes after a canary has seen its outcome, and lets everything go.
      const isLetGo = pausedBecause?.code === "CAMPAIGN_CANARY_DONE";
      const patch = { pausedFrom: null, ...(isLetGo && { canaryLeft: null }) };
      if (state === "paused") return { to: pausedFrom ?? "sending", patch };
      return state === "draft" || state === "cancelled" ? null : "already";
    },
  },
  cancel: {
    name: "cancel",
    event: "campaign.cancelled",
    next: ({ state }, now) => {
      if (state === "cancelled") return "already";
      return state === "finished" ? null : { to: "cancelled", patch: { finishedAt: now } };
    },
  },
};

/**
 * Takes a step by compare-and-set, so that of two who move a campaign at once, each moves what they saw. It has taken effect
 * when it resolves: no request of a paused or cancelled campaign starts from then on.
 * Throws CAMPAIGN_UNKNOWN, CAMPAIGN_STATE_CONFLICT.
 */
export async function takeMove(parts: EngineParts, id: string, move: Move): Promise<Campaign> {
  const { ledger } = parts.store;
  for (let round = 0; round < roundsMax; round += 1) {
    const row = await campaignOf(parts, id);
    const now = parts.clock.now();
    const next = move.next(row, now);
    if (next === "already") {
      await hearOf(parts, row);
      return row;
    }
    if (next === null) throw conflict(row, move);
    const { to, patch } = next;
    const moved = await ledger.moveCampaign({ id: row.id, from: [row.state], to, patch, now });
    if (moved === null) continue;
    parts.log.info(move.event, { campaignId: row.id, from: row.state, to: moved.state });
    parts.moved(moved);
    tellAttention(parts, row, moved);
    return moved;
  }
  throw new ProblemError("SERVICE_UNAVAILABLE", {
    detail: `The campaign ${id} is being moved by others at the same time. Try again.`,
  });
}

/**
 * Takes over here what another process made of a campaign, so that what is answered as done holds in this process, too, and not
 * only once it looks by itself.
 */
export async function hearOf(parts: EngineParts, { id }: Campaign): Promise<void> {
  const row = await parts.campaigns.readMoved(id, parts.clock.now());
  if (row !== null) parts.heard(row);
}

/** The campaign's row, a change's included. Throws CAMPAIGN_UNKNOWN; a notification is no campaign here. */
export async function campaignOf(parts: EngineParts, id: string): Promise<Campaign> {
  const key: CampaignId = campaignId(id);
  const row = await parts.store.ledger.getCampaign(key);
  if (row === null || row.kind === "notification")
    throw new ProblemError("CAMPAIGN_UNKNOWN", { detail: `There is no campaign ${id}.` });
  return row;
}

/** Followers hear that what made it pause is over, or that it paused again at once. */
function tellAttention(parts: EngineParts, before: Campaign, after: Campaign): void {
  const attention = pauseAttention(after);
  if (attention !== null || before.pausedBecause !== null)
    parts.progress.tell({ type: "attention", id: after.id, attention });
}

function conflict({ id, state }: Campaign, { name }: Move): ProblemError {
  const hint = state === "paused" && name === "start" ? " Use resume." : "";
  return new ProblemError("CAMPAIGN_STATE_CONFLICT", {
    detail: `The campaign ${id} is ${state}, so it cannot ${name}.${hint}`,
    extra: { state },
  });
}

const roundsMax = 10;
