import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type CampaignState,
  type TrafficClass,
  trafficClasses,
} from "../../../server/src/domain/campaign.ts";
import { newGuards } from "../../../server/src/domain/campaign-guards.ts";
import type { Canary, CanaryThen } from "../../../server/src/domain/canary.ts";
import type { OnUncertain } from "../../../server/src/domain/delivery.ts";
import type { StopWhen } from "../../../server/src/domain/failure-watch.ts";
import type { RecipientKey } from "../../../server/src/domain/ids.ts";
import { type RetriableState, retriableStates } from "../../../server/src/domain/retry-request.ts";
import type { Settlement, Store, TurnRequest } from "../../../server/src/engine/ports/store.ts";
import {
  accepted,
  again,
  campaign,
  expanding,
  failed,
  hold,
  keyOf,
  settled,
  to,
  turn,
} from "./fixtures.ts";
import {
  endRow,
  hasEnded,
  type LedgerModel,
  type ModelCampaign,
  type ModelRow,
  pendingRows,
} from "./random-model.ts";

/** One event: does it to the store and to the model, and fails where the store answers otherwise. */
export interface LedgerEvent {
  readonly text: string;
  readonly happen: (model: LedgerModel, store: Store) => Promise<void>;
}

/** Everything that may happen to the ledger, in any order. People 1 to `knownMax` are known to the directory. */
export function ledgerEvents(): readonly fc.Arbitrary<LedgerEvent>[] {
  return [
    events("notify", { people: numbers, ...policies }, notify),
    events("begin", { people: numbers, ...policies }, begin),
    events("expand", { choice, people: numbers }, expand),
    events("expand everyone", { choice, limit: portion }, expandEveryone),
    events("end the expansion", { choice }, finishExpansion),
    events("pause", { choice }, pause),
    events("resume", { choice }, resume),
    events("cancel", { choice }, cancel),
    events("retry", { choice, limit: portion, states: retried }, retry),
    events("leave", { choice, limit: portion }, leave),
    events("sweep", { choice, limit: portion }, sweep),
    events("wait", { ms: fc.integer({ min: 1, max: 3_000 }) }, wait),
    events(
      "turn",
      { claim: fc.integer({ min: 0, max: 12 }), atLeast: kept, ends, holding: fc.option(choice) },
      take,
    ),
    events(
      "turn",
      { claim: fc.integer({ min: 0, max: 12 }), atLeast: kept, ends, holding: fc.constant(null) },
      take,
    ),
    events("take over", { limit: portion }, takeOver),
  ];
}

export const knownMax = 12;

const choice = fc.nat({ max: 20 });
const portion = fc.integer({ min: 1, max: 6 });
const numbers = fc.uniqueArray(fc.integer({ min: 1, max: knownMax + 6 }), { maxLength: 8 });
const priority = fc.constantFrom<TrafficClass>(...trafficClasses);
const kept = fc.dictionary(priority, fc.integer({ min: 0, max: 3 }), { noNullPrototype: true });
const onUncertain = fc.constantFrom<OnUncertain>("resend", "hold");
const lifeMs = fc.option(fc.integer({ min: 500, max: 9_000 }));
const then = fc.constantFrom<CanaryThen>("continue", "wait");
const canary = fc.option(
  fc.oneof(
    fc.record({ count: fc.integer({ min: 1, max: 5 }), then }),
    fc.record({ percent: fc.integer({ min: 1, max: 100 }), then }),
  ),
);
const stopWhen = fc.option(
  fc.record({ failedPercent: fc.nat({ max: 80 }), atLeast: fc.integer({ min: 1, max: 4 }) }),
);
const policies = { priority, onUncertain, lifeMs, canary, stopWhen };
const retried = fc.subarray([...retriableStates], { minLength: 1 });
const ends = fc.array(
  fc.constantFrom("accepted", "failed", "uncertain", "later", "resend", "release"),
  { maxLength: 10 },
);

function events<T extends object>(
  name: string,
  shape: { [Key in keyof T]: fc.Arbitrary<T[Key]> },
  happen: (model: LedgerModel, store: Store, what: T) => Promise<void>,
): fc.Arbitrary<LedgerEvent> {
  return fc.record<T>(shape).map((what) => ({
    text: `${name} ${JSON.stringify(what)}`,
    happen: (model: LedgerModel, store: Store) => happen(model, store, what),
  }));
}

interface NewOne {
  readonly people: readonly number[];
  readonly priority: TrafficClass;
  readonly onUncertain: OnUncertain;
  readonly lifeMs: number | null;
  readonly canary: Canary | null;
  readonly stopWhen: StopWhen | null;
}

function newModel(
  model: LedgerModel,
  made: NewOne,
  state: CampaignState,
): ModelCampaign & { readonly common: object } {
  const { id } = campaign(`cmp_${model.campaigns.length}`);
  const expiresAt = made.lifeMs === null ? null : model.now + made.lifeMs;
  const { priority: rank, onUncertain: policy } = made;
  const { canary: first, canaryLeft, stopWhen: stop } = newGuards(made);
  const guarded = { canary: first, canaryLeft, stopWhen: stop };
  const common = {
    ...{ priority: rank, onUncertain: policy, expiresAt, createdAt: model.now },
    ...guarded,
  };
  const fresh: ModelCampaign = {
    id,
    priority: rank,
    onUncertain: policy,
    expiresAt,
    state,
    guards: { canary: first, left: canaryLeft, stopWhen: stop, tried: 0, failed: 0 },
    cause: null,
    pausedFrom: null,
    expansion: null,
    rows: new Map(),
    excluded: new Set(),
  };
  model.campaigns.push(fresh);
  return Object.assign(fresh, { common });
}

async function notify(model: LedgerModel, store: Store, made: NewOne): Promise<void> {
  const fresh = newModel(model, made, "sending");
  model.add(fresh, made.people.map(keyOf));
  await store.ledger.createCampaign({
    campaign: campaign(fresh.id, fresh.common),
    deliveries: made.people.map(to),
  });
}

/** A campaign whose exclusions are stored already. */
async function begin(model: LedgerModel, store: Store, made: NewOne): Promise<void> {
  const fresh = newModel(model, made, "expanding");
  const from = { part: "exclude", item: 0, after: null } as const;
  const start = { part: "include", item: 0, after: null } as const;
  const keys = made.people.map(keyOf);
  for (const key of keys) fresh.excluded.add(key);
  fresh.expansion = start;
  const { id } = fresh;
  await store.ledger.createCampaign({
    campaign: expanding(id, { ...fresh.common, expansion: from }),
  });
  const add = { kind: "exclusions", keys } as const;
  const added = await store.ledger.expand({ id, from, to: start, now: model.now, add });
  assert.equal(added, keys.length);
}

async function expand(
  model: LedgerModel,
  store: Store,
  { choice: which, people }: { readonly choice: number; readonly people: readonly number[] },
): Promise<void> {
  const picked = model.pick(which);
  if (picked?.expansion == null) return;
  const from = picked.expansion;
  const next = { ...from, item: from.item + 1, after: null };
  const add = { kind: "recipients", deliveries: people.map(to) } as const;
  const { id } = picked;
  const added = await store.ledger.expand({ id, from, to: next, now: model.now, add });
  if (picked.state !== "expanding") return assert.equal(added, null);
  assert.equal(added, model.add(picked, people.map(keyOf)));
  picked.expansion = next;
}

async function expandEveryone(
  model: LedgerModel,
  store: Store,
  { choice: which, limit }: { readonly choice: number; readonly limit: number },
): Promise<void> {
  const picked = model.pick(which);
  if (picked?.expansion == null) return;
  const { id, expansion: from } = picked;
  const chunk = await store.ledger.expandEveryone({ id, from, limit, now: model.now });
  if (picked.state !== "expanding") return assert.equal(chunk, null);
  const walked = Array.from({ length: knownMax }, (_, index) => keyOf(index + 1))
    .filter((key) => idOf(key) > (from.after ?? ""))
    .slice(0, limit);
  const last = walked.at(-1);
  const after = last === undefined ? null : idOf(last);
  assert.deepEqual(chunk, { added: model.add(picked, walked), after });
  if (after !== null) picked.expansion = { ...from, after };
}

async function finishExpansion(
  model: LedgerModel,
  store: Store,
  { choice: which }: { readonly choice: number },
): Promise<void> {
  const picked = model.pick(which);
  if (picked === undefined) return;
  const done = await store.ledger.finishExpansion(picked.id, model.now);
  if (picked.state !== "expanding") return assert.equal(done, null);
  picked.state = "sending";
  picked.expansion = null;
  const { guards, rows } = picked;
  if (guards.canary !== null && "percent" in guards.canary && guards.left !== null)
    guards.left = Math.max(1, Math.ceil((rows.size * guards.canary.percent) / 100));
}

async function pause(model: LedgerModel, store: Store, what: { choice: number }): Promise<void> {
  const picked = model.pick(what.choice);
  if (picked === undefined) return;
  const pausedFrom = picked.state;
  await move(model, store, picked, { from: ["expanding", "sending"], to: "paused", pausedFrom });
}

async function resume(model: LedgerModel, store: Store, what: { choice: number }): Promise<void> {
  const picked = model.pick(what.choice);
  const back = picked?.pausedFrom;
  if (picked === undefined || back == null) return;
  if (picked.cause === "canary") picked.guards.left = null;
  await move(model, store, picked, { from: ["paused"], to: back, pausedFrom: null });
}

async function cancel(model: LedgerModel, store: Store, what: { choice: number }): Promise<void> {
  const picked = model.pick(what.choice);
  if (picked === undefined) return;
  const from = ["expanding", "sending", "paused"] as const;
  await move(model, store, picked, { from, to: "cancelled", pausedFrom: null });
}

async function move(
  model: LedgerModel,
  store: Store,
  picked: ModelCampaign,
  {
    from,
    to: state,
    pausedFrom,
  }: { from: readonly CampaignState[]; to: CampaignState; pausedFrom: CampaignState | null },
): Promise<void> {
  const { id } = picked;
  const patch = { pausedFrom, ...(picked.guards.left === null && { canaryLeft: null }) };
  const request = { id, from, to: state, patch, now: model.now };
  const moved = await store.ledger.moveCampaign(request);
  if (!from.includes(picked.state)) return assert.equal(moved, null);
  if (picked.cause !== null) Object.assign(picked.guards, { tried: 0, failed: 0 });
  picked.cause = null;
  picked.state = state;
  picked.pausedFrom = pausedFrom;
  model.finish();
  assert.equal(moved?.state, picked.state);
}

/** Asks for retries, twice, and lets them be carried out. */
async function retry(
  model: LedgerModel,
  store: Store,
  what: { readonly choice: number; readonly limit: number; readonly states: RetriableState[] },
): Promise<void> {
  const picked = model.pick(what.choice);
  if (picked === undefined) return;
  const { id } = picked;
  const from = ["expanding", "sending", "paused", "finished"] as const;
  const request = { id, from, retry: { states: what.states, codes: null }, now: model.now };
  const ask = () => store.ledger.requestRetry(request);
  const meant = [...picked.rows.values()].filter(
    (row) => what.states.some((s) => s === row.state) && !row.left,
  );
  if (picked.state === "cancelled") return assert.equal(await ask(), "refused");
  if (meant.length === 0) return assert.equal(await ask(), "nothing");
  assert.deepEqual([await ask(), await ask()], ["asked", "asked"]);
  if (picked.state === "finished") {
    picked.state = "sending";
    Object.assign(picked.guards, { tried: 0, failed: 0 });
  }
  let left = meant.length;
  for (let isDone = false; !isDone; ) {
    const walked = await store.ledger.retryRows(id, what.limit, model.now);
    assert.ok(walked.retried <= what.limit);
    left -= walked.retried;
    isDone = walked.isDone;
  }
  assert.equal(left, 0);
  for (const row of meant) {
    if (row.state === "uncertain") row.resent += 1;
    Object.assign(row, { state: "pending", dueAt: model.now, held: false });
  }
}

/** Leaves as they are all of a campaign's uncertain rows, a portion at a time. */
async function leave(
  model: LedgerModel,
  store: Store,
  { choice: which, limit }: { readonly choice: number; readonly limit: number },
): Promise<void> {
  const picked = model.pick(which);
  if (picked === undefined) return;
  const { id } = picked;
  const meant = [...picked.rows.values()].filter((row) => row.state === "uncertain" && !row.left);
  let count = 0;
  for (let after: string | null = ""; after !== null; ) {
    const request = { id, which: { after, limit }, now: model.now };
    const part: { left: number; after: string | null } = await store.ledger.leaveUncertain(request);
    assert.ok(part.left <= limit);
    count += part.left;
    ({ after } = part);
  }
  assert.equal(count, meant.length);
  for (const row of meant) row.left = true;
}

/** Cancels a portion of one campaign's pending rows, and fails a portion of those that have expired. */
async function sweep(
  model: LedgerModel,
  store: Store,
  { choice: which, limit }: { readonly choice: number; readonly limit: number },
): Promise<void> {
  const picked = model.pick(which);
  if (picked === undefined) return;
  const gone = picked.state === "cancelled" ? pendingRows(picked).slice(0, limit) : [];
  assert.equal(await store.ledger.cancelPending(picked.id, limit, model.now), gone.length);
  // Which of several rows that are due at once go first is not said, so the model asks for all of them.
  if (gone.length > 0) await store.ledger.cancelPending(picked.id, 1_000, model.now);
  if (gone.length > 0) for (const row of pendingRows(picked)) endRow(row, "cancelled");
  await store.ledger.expirePending(model.now, 1_000);
  for (const one of model.campaigns)
    if (one.expiresAt !== null && one.expiresAt <= model.now && !hasEnded(one))
      for (const row of pendingRows(one)) endRow(row, "failed");
}

async function wait(model: LedgerModel, _: Store, { ms }: { readonly ms: number }): Promise<void> {
  model.now += ms;
}

interface Turn {
  readonly claim: number;
  readonly atLeast: TurnRequest["atLeast"];
  readonly ends: readonly string[];
  readonly holding: number | null;
}

async function take(model: LedgerModel, store: Store, what: Turn): Promise<void> {
  const held = model.hold ?? (await newHold(model, store));
  const { now } = model;
  const settling = model.inFlight.splice(0, what.ends.length);
  const settlements = settling.map((one, index) => settled(one, endOf(what.ends[index], now)));
  for (const [index, one] of settling.entries())
    settleRow(model, one, settlements[index]?.to ?? accepted);
  const stateOf = (id: string) => model.campaigns.find((one) => one.id === id)?.state;
  const before = new Map(settling.map(({ campaignId: id }) => [id, stateOf(id)]));
  model.finish();
  const became = (state: CampaignState) =>
    [...before].flatMap(([id, was]) => (was !== state && stateOf(id) === state ? [id] : []));
  const holding = what.holding === null ? undefined : model.pick(what.holding)?.id;
  const passed = holding === undefined ? [] : [holding];
  const result = await turn(store, held, {
    settlements,
    claim: what.claim,
    atLeast: what.atLeast,
    held: passed,
    now,
  });
  assert.deepEqual([result.held, result.ignored], [true, 0]);
  assert.deepEqual([...result.finished].sort(), became("finished").sort());
  assert.deepEqual([...result.paused].sort(), became("paused").sort());
  model.claim(result.claimed, what, passed);
  const due = model.nextDueAt();
  if (due === null || due > now) assert.equal(result.nextDueAt, due);
  else assert.ok(result.nextDueAt !== null && result.nextDueAt <= now);
}

function endOf(name: string | undefined, now: number): Settlement["to"] {
  switch (name) {
    case "failed":
      return failed;
    case "uncertain":
      return { state: "uncertain", code: "TEAMS_UNCERTAIN", detail: null };
    case "later":
      return again(now + 700);
    case "resend":
      return again(now + 300, true);
    case "release":
      return again(now);
    default:
      return accepted;
  }
}

function settleRow(
  model: LedgerModel,
  claimed: Parameters<typeof settled>[0],
  end: Settlement["to"],
): void {
  const row = model.rowOf(claimed);
  assert.equal(row.state, "sending");
  const owner = model.campaigns.find((one) => one.id === claimed.campaignId);
  const over = owner?.state === "cancelled";
  row.state = over && end.state === "pending" && end.resend ? "uncertain" : end.state;
  if (owner !== undefined) watch(owner, row.state);
  if (end.state !== "pending" || row.state !== "pending") return;
  row.dueAt = end.dueAt;
  if (end.resend) row.resent += 1;
}

function watch({ guards }: ModelCampaign, end: ModelRow["state"]): void {
  if (end === "pending") return;
  guards.tried += 1;
  if (end !== "accepted") guards.failed += 1;
}

/** The worker dies; another takes the lane when the lease has ended, and finds the rows in flight. */
async function takeOver(
  model: LedgerModel,
  store: Store,
  { limit }: { readonly limit: number },
): Promise<void> {
  if (model.hold === null) return;
  model.now += 10_000;
  const lost = model.inFlight.splice(0);
  const held = await newHold(model, store);
  // Where a campaign may pause between two portions, it matters which rows are in which: then there is one.
  const isWatched = model.campaigns.some(({ guards }) => guards.stopWhen !== null);
  const portionMax = isWatched ? 1_000 : limit;
  let count = 0;
  for (;;) {
    const portionDone = await store.ledger.recoverLane(held, portionMax, model.now);
    const done = portionDone.resent + portionDone.held;
    assert.ok(done <= portionMax);
    if (done === 0) break;
    count += done;
  }
  assert.equal(count, lost.length);
  for (const one of lost) {
    const row = model.rowOf(one);
    const owner = model.campaigns.find((each) => each.id === one.campaignId);
    const resend = owner?.onUncertain === "resend" && owner.state !== "cancelled";
    row.state = resend ? "pending" : "uncertain";
    row.dueAt = model.now;
    if (resend) row.resent += 1;
    else if (owner !== undefined) watch(owner, row.state);
  }
}

async function newHold(model: LedgerModel, store: Store) {
  model.workers += 1;
  const held = await hold(store, `w${model.workers}`, model.now);
  model.hold = held;
  return held;
}

function idOf(key: RecipientKey): string {
  return key.slice("user:".length);
}
