import assert from "node:assert/strict";
import { activityId, type CampaignId, conversationId } from "../../../server/src/domain/ids.ts";
import type { Campaign, Settlement, Store } from "../../../server/src/engine/ports/store.ts";
import { campaign, create, hold, keyOf, settled, turn } from "./fixtures.ts";

/** Where a change's expansion begins. */
export const start = { part: "changed", item: 0, after: null } as const;
export const now = 2_000;
export const lateMs = 5_000;

/** A change of a campaign, at the beginning of its expansion. */
export function changeOf(
  changed: CampaignId,
  revision: number,
  over: Partial<Campaign> = {},
): Campaign & { readonly changeOf: CampaignId } {
  const made = campaign(over.id ?? `chg_${revision}`, {
    kind: "edit",
    state: "expanding",
    audience: { include: [] },
    message: { text: `edition ${revision}` },
    expansion: start,
    createdAt: now,
    updatedAt: now,
    ...over,
  });
  return { ...made, revision, changeOf: changed };
}

/** Stores a change, and must be allowed to. */
export async function made(
  store: Store,
  change: Campaign & { readonly changeOf: CampaignId },
  state: Campaign["state"] = "finished",
): Promise<CampaignId> {
  const answer = await store.ledger.createChange({ change, state });
  assert.equal(answer?.result, "created");
  return change.id;
}

/** Teams took it, as the message with this number. */
export function posted(n: number): Settlement["to"] {
  return {
    state: "accepted",
    activityId: activityId(`17000000${n}`),
    conversationId: conversationId(`a:${n}`),
    status: 200,
    latencyMs: 5,
    requestId: null,
  };
}

/** A notification to the people of these numbers, each settled as said; those with `null` are left in flight. */
export async function sent(
  store: Store,
  id: string,
  ends: Readonly<Record<number, Settlement["to"] | null>>,
): Promise<CampaignId> {
  const people = Object.keys(ends).map(Number);
  const made = await create(store, campaign(id), people);
  const held = await hold(store);
  const { claimed } = await turn(store, held, { claim: people.length });
  const settlements = claimed.flatMap((one) => {
    const end = people.find((n) => keyOf(n) === one.recipient.key);
    const result = end === undefined ? null : ends[end];
    return result ? [settled(one, result)] : [];
  });
  await turn(store, held, { settlements });
  return made;
}

/** Walks a change's expansion to its end, `limit` rows at a time; answers how many deliveries it made. */
export async function expandAll(store: Store, id: CampaignId, limit = 100): Promise<number> {
  const { ledger } = store;
  let cursor: { part: "changed"; item: number; after: string | null } = start;
  let added = 0;
  for (;;) {
    const step = await ledger.expandChange({ id, from: cursor, limit, now, lateMs });
    assert.ok(step !== null && step !== "under-way", String(step));
    added += step.added;
    if (step.after === null) break;
    cursor = { ...start, after: step.after };
    assert.deepEqual((await ledger.getCampaign(id))?.expansion, cursor);
  }
  await ledger.finishExpansion(id, now);
  return added;
}
