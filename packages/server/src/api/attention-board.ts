import { isOver } from "../domain/campaign.ts";
import { isPauseCode } from "../domain/pause-cause.ts";
import type { Attention, Engine } from "../engine/engine.ts";

/** What campaigns wait for now, as the engine told; but for those that paused by themselves, which the store knows. */
export interface AttentionBoard {
  all(): readonly (Attention & { readonly campaignId: string })[];
  close(): void;
}

/** The most campaigns that are remembered; the oldest are forgotten first. */
const campaignsMax = 1000;

/** Listens to the engine from now on. */
export function createAttentionBoard(engine: Engine): AttentionBoard {
  const byCampaign = new Map<string, Attention>();
  const close = engine.subscribe((event) => {
    if (event.type === "campaign" && isOver(event.state)) byCampaign.delete(event.id);
    if (event.type !== "attention" || event.id === null) return;
    const { id, attention } = event;
    const isStored = attention !== null && isPauseCode(attention.code);
    note(byCampaign, id, isStored ? null : attention);
  });
  return {
    all: () => [...byCampaign].map(([campaignId, attention]) => ({ ...attention, campaignId })),
    close,
  };
}

/** The newest stand last, so that the oldest can be forgotten. */
function note(board: Map<string, Attention>, id: string, attention: Attention | null): void {
  board.delete(id);
  if (attention === null) return;
  board.set(id, attention);
  const [oldest] = board.keys();
  if (board.size > campaignsMax && oldest !== undefined) board.delete(oldest);
}
