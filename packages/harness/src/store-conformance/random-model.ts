import assert from "node:assert/strict";
import {
  type CampaignState,
  isOver,
  type TrafficClass,
  trafficClasses,
} from "../../../server/src/domain/campaign.ts";
import type { Canary } from "../../../server/src/domain/canary.ts";
import type { DeliveryState, OnUncertain } from "../../../server/src/domain/delivery.ts";
import type { StopWhen } from "../../../server/src/domain/failure-watch.ts";
import type { CampaignId, RecipientKey } from "../../../server/src/domain/ids.ts";
import type {
  ClaimedDelivery,
  ExpansionCursor,
  LaneHold,
  Store,
  TurnRequest,
} from "../../../server/src/engine/ports/store.ts";
import { bot, counted, deliveriesOf } from "./fixtures.ts";

/** One row as it must be. */
export interface ModelRow {
  state: DeliveryState;
  dueAt: number;
  resent: number;
  /** It waits for the canary. */
  held: boolean;
  /** It is uncertain, and somebody decided to leave it so. */
  left: boolean;
}

/** What holds one campaign back by itself, as it must be. */
export interface ModelGuards {
  readonly canary: Canary | null;
  /** How many more rows the canary lets through; null: all. */
  left: number | null;
  readonly stopWhen: StopWhen | null;
  tried: number;
  failed: number;
}

/** One campaign as it must be. */
export interface ModelCampaign {
  readonly id: CampaignId;
  readonly priority: TrafficClass;
  readonly onUncertain: OnUncertain;
  readonly expiresAt: number | null;
  readonly rows: Map<RecipientKey, ModelRow>;
  readonly excluded: Set<RecipientKey>;
  readonly guards: ModelGuards;
  state: CampaignState;
  /** Why it paused by itself. */
  cause: "canary" | "failures" | null;
  pausedFrom: CampaignState | null;
  expansion: ExpansionCursor | null;
}

/** What a store must hold after the same events, kept in plain maps. */
export class LedgerModel {
  readonly campaigns: ModelCampaign[] = [];
  /** Claimed under the present hold and not settled yet. */
  inFlight: ClaimedDelivery[] = [];
  hold: LaneHold | null = null;
  workers = 0;
  now = 1_000;

  /** One of the campaigns, if there is any. */
  pick(choice: number): ModelCampaign | undefined {
    return this.campaigns[choice % Math.max(1, this.campaigns.length)];
  }

  add(campaign: ModelCampaign, keys: readonly RecipientKey[]): number {
    let added = 0;
    for (const key of keys) {
      if (campaign.rows.has(key) || campaign.excluded.has(key)) continue;
      const held = campaign.guards.left !== null;
      campaign.rows.set(key, { state: "pending", dueAt: this.now, resent: 0, held, left: false });
      added += 1;
    }
    return added;
  }

  /** Every operation leaves no campaign sending that has nothing left to send, or that something holds back by itself. */
  finish(): void {
    for (const campaign of this.campaigns) {
      if (campaign.state !== "sending" && campaign.state !== "expanding") continue;
      if (campaign.state === "sending" && !hasOpenRows(campaign)) {
        campaign.state = "finished";
        continue;
      }
      const cause = hasFailedTooOften(campaign) ? "failures" : settledCanary(campaign);
      if (cause === "continue") campaign.guards.left = null;
      else if (cause !== null) {
        campaign.pausedFrom = campaign.state;
        campaign.cause = cause;
        campaign.state = "paused";
      }
    }
  }

  /** Rows that a turn may claim now, by campaign. */
  claimable(held: readonly CampaignId[]): readonly ModelCampaign[] {
    return this.campaigns.filter(
      (campaign) =>
        (campaign.state === "sending" || campaign.state === "expanding") &&
        !held.includes(campaign.id),
    );
  }

  /** Fails unless the claim is one of those that are allowed; then takes it over. */
  claim(
    claimed: readonly ClaimedDelivery[],
    { claim: limit, atLeast }: Pick<TurnRequest, "claim" | "atLeast">,
    held: readonly CampaignId[],
  ): void {
    const dueOf = (priority: TrafficClass) => {
      const open = this.claimable(held).filter((campaign) => campaign.priority === priority);
      return new Map(open.map((campaign) => [campaign.id, dueRows(campaign, this.now)]));
    };
    const countOf = (priority: TrafficClass) =>
      [...dueOf(priority).values()].reduce((sum, { most }) => sum + most, 0);
    let room = limit;
    for (const priority of trafficClasses) {
      const mine = claimed.filter((one) => one.priority === priority);
      const byUrgency = Math.min(room, countOf(priority));
      const beyond = limit === 0 ? 0 : Math.min(atLeast[priority] ?? 0, countOf(priority));
      assert.equal(mine.length, Math.max(byUrgency, beyond), `claimed at ${priority}`);
      assertFair(dueOf(priority), mine);
      room -= byUrgency;
    }
    for (const one of claimed) {
      const row = this.rowOf(one);
      assert.equal(row.state, "pending");
      assert.equal(one.resent, row.resent);
      row.state = "sending";
      const guards = this.campaigns.find(({ id }) => id === one.campaignId)?.guards;
      if (row.held && guards?.left != null) guards.left -= 1;
      row.held = false;
    }
    this.inFlight.push(...claimed);
  }

  rowOf(claimed: Pick<ClaimedDelivery, "campaignId" | "recipient">): ModelRow {
    const campaign = this.campaigns.find((one) => one.id === claimed.campaignId);
    const row = campaign?.rows.get(claimed.recipient.key);
    assert.ok(row !== undefined, `${claimed.campaignId} has ${claimed.recipient.key}`);
    return row;
  }

  /** When the next row is due, or null. */
  nextDueAt(): number | null {
    const due = this.claimable([]).flatMap((campaign) => [
      ...pendingRows(campaign)
        .filter((row) => !row.held)
        .map((row) => row.dueAt),
      ...(heldRoom(campaign) > 0 ? [this.now] : []),
    ]);
    return due.length === 0 ? null : Math.min(...due);
  }
}

/** Fails unless the store holds what the model holds, and its counters equal a recount. */
export async function assertSame(model: LedgerModel, store: Store): Promise<void> {
  for (const campaign of model.campaigns) {
    const stored = await store.ledger.getCampaign(campaign.id);
    const cause = stored?.pausedBecause?.code ?? null;
    assert.deepEqual(
      [stored?.state, stored?.expansion, stored?.canaryLeft, cause],
      [campaign.state, campaign.expansion, campaign.guards.left, causeCode(campaign)],
      campaign.id,
    );
    const rows = await deliveriesOf(store, campaign.id);
    const seen = rows.map((row) => [row.recipient, row.state, row.resent, row.dueAt] as const);
    const expected = [...campaign.rows].map(
      ([key, row]) => [key, row.state, row.resent, isDated(row) ? row.dueAt : null] as const,
    );
    assert.deepEqual(byKey(seen), byKey(expected), campaign.id);
    await counted(store, campaign.id);
  }
  await assertUndecided(model, store);
}

/** The list of what nobody has decided about has every such row once, whatever the size of its pages. */
async function assertUndecided(model: LedgerModel, store: Store): Promise<void> {
  const expected = model.campaigns.flatMap(({ id, rows }) =>
    [...rows]
      .filter(([, row]) => row.state === "uncertain" && !row.left)
      .map(([key]) => [`${id} ${key}`] as const),
  );
  const listed: (readonly [string])[] = [];
  let cursor: string | undefined;
  do {
    const page = { botId: bot, limit: 3, ...(cursor !== undefined && { cursor }) };
    const { items, next } = await store.ledger.listUncertain(page);
    listed.push(
      ...items.map(({ campaign, delivery }) => [`${campaign.id} ${delivery.recipient}`] as const),
    );
    cursor = next;
  } while (cursor !== undefined && listed.length <= expected.length);
  assert.deepEqual(byKey(listed), byKey(expected));
}

/** What ends a pending row that nobody will try any more. */
export function endRow(row: ModelRow, state: "cancelled" | "failed"): void {
  row.state = row.resent > 0 ? "uncertain" : state;
}

/** The pending rows of a campaign, earliest due first. */
export function pendingRows(campaign: ModelCampaign): readonly ModelRow[] {
  return [...campaign.rows.values()]
    .filter((row) => row.state === "pending")
    .sort((a, b) => a.dueAt - b.dueAt);
}

function isDated({ state, held }: ModelRow): boolean {
  return state === "pending" && !held;
}

function causeCode({ cause, state }: ModelCampaign): string | null {
  if (state !== "paused" || cause === null) return null;
  return cause === "canary" ? "CAMPAIGN_CANARY_DONE" : "CAMPAIGN_FAILURES_PASSED";
}

function hasFailedTooOften({ guards }: ModelCampaign): boolean {
  const { stopWhen, tried, failed } = guards;
  if (stopWhen === null || tried < stopWhen.atLeast) return false;
  return failed / tried > stopWhen.failedPercent / 100;
}

/** What follows where the first deliveries are settled, or nothing is left to be held back; null where neither is so. */
function settledCanary(campaign: ModelCampaign): "canary" | "continue" | null {
  const { guards, expansion, state } = campaign;
  const { canary, left } = guards;
  const isGrowing = expansion !== null;
  if (canary === null || left === null || ("percent" in canary && isGrowing)) return null;
  if (heldRows(campaign).length === 0 && !isGrowing) return "continue";
  const open = [...campaign.rows.values()].filter((row) => row.state === "sending" || isDated(row));
  if (left > 0 || open.length > 0) return null;
  if (canary.then === "continue") return "continue";
  return state === "sending" ? "canary" : null;
}

function heldRows(campaign: ModelCampaign): readonly (readonly [RecipientKey, number])[] {
  return [...campaign.rows]
    .filter(([, row]) => row.state === "pending" && row.held)
    .map(([key]) => [key, Number.MAX_SAFE_INTEGER] as const);
}

function heldRoom(campaign: ModelCampaign): number {
  const held = heldRows(campaign).length;
  return Math.min(held, campaign.guards.left ?? held);
}

export function hasEnded(campaign: ModelCampaign): boolean {
  return isOver(campaign.state);
}

function hasOpenRows(campaign: ModelCampaign): boolean {
  return [...campaign.rows.values()].some(
    (row) => row.state === "pending" || row.state === "sending",
  );
}

/** Rows that a turn may claim: those that are due, then those that wait for the canary; and how many at most. */
interface DueRows {
  readonly rows: readonly (readonly [RecipientKey, number])[];
  readonly most: number;
}

function dueRows(campaign: ModelCampaign, now: number): DueRows {
  const due = [...campaign.rows]
    .filter(([, row]) => isDated(row) && row.dueAt <= now)
    .map(([key, row]) => [key, row.dueAt] as const);
  return { rows: [...due, ...heldRows(campaign)], most: due.length + heldRoom(campaign) };
}

/** A campaign that was left with due rows got no less than any other, but for one; and it got its oldest. */
function assertFair(
  due: ReadonlyMap<CampaignId, DueRows>,
  claimed: readonly ClaimedDelivery[],
): void {
  const shares = new Map<CampaignId, RecipientKey[]>();
  for (const id of due.keys()) shares.set(id, []);
  for (const one of claimed) shares.get(one.campaignId)?.push(one.recipient.key);
  const most = Math.max(0, ...[...shares.values()].map((keys) => keys.length));
  for (const [id, { rows, most: available }] of due) {
    const keys = shares.get(id) ?? [];
    assert.ok(keys.length <= available, `no more than the canary of ${id} lets through`);
    if (keys.length < available) assert.ok(keys.length >= most - 1, `the share of ${id}`);
    const left = rows.filter(([key]) => !keys.includes(key)).map(([, dueAt]) => dueAt);
    const got = rows.filter(([key]) => keys.includes(key)).map(([, dueAt]) => dueAt);
    assert.ok(Math.max(...got, 0) <= Math.min(...left, Number.MAX_SAFE_INTEGER), `oldest of ${id}`);
  }
}

function byKey<Row extends readonly [string, ...unknown[]]>(rows: readonly Row[]): readonly Row[] {
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
}
