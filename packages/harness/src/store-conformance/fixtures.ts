import assert from "node:assert/strict";
import type { CampaignState } from "../../../server/src/domain/campaign.ts";
import { countsOf, type DeliveryState } from "../../../server/src/domain/delivery.ts";
import type { DirectoryFact, PersonFields } from "../../../server/src/domain/directory.ts";
import {
  activityId,
  botId,
  type CampaignId,
  campaignId,
  conversationId,
  personId,
  recipientKey,
  tenantId,
  workerId,
} from "../../../server/src/domain/ids.ts";
import type {
  Campaign,
  ClaimedDelivery,
  Delivery,
  LaneHold,
  NewDelivery,
  Page,
  PageRequest,
  Scope,
  Settlement,
  Store,
  TurnRequest,
  TurnResult,
} from "../../../server/src/engine/ports/store.ts";

/** A store under test. */
export interface OpenedStore {
  readonly store: Store;
  /** Closes it and removes what it left. */
  cleanup(): Promise<void>;
  /** Closes it and opens the same one again; absent where it forgets everything. */
  reopen?(): Promise<Store>;
  /** How many random histories are tried; by default few where each commit goes to disk. */
  readonly randomRuns?: number;
}

export type OpenStore = () => Promise<OpenedStore>;

/** What a store must do: a sentence, and a check that throws when it does not. Each runs on an empty store. */
export type Cases = Readonly<
  Record<string, (store: Store, opened: OpenedStore, open: OpenStore) => Promise<void>>
>;

export const bot = botId("00000000-0000-0000-0000-0000000000b0");
export const tenant = tenantId("10000000-0000-0000-0000-000000000000");
export const scope: Scope = { botId: bot, tenantId: tenant };
export const otherTenant = tenantId("20000000-0000-0000-0000-000000000000");
export const serviceUrl = "https://smba.example/emea/";

/** A made-up object id; ids of growing numbers sort so. */
export function objectId(n: number): string {
  return `aaaaaaaa-0000-0000-0000-${String(n).padStart(12, "0")}`;
}

/** What an event says of person `n`. */
export function fieldsOf(n: number): PersonFields {
  return {
    aadObjectId: objectId(n),
    teamsId: `29:${n}`,
    userPrincipalName: `user${n}@contoso.example`,
    name: `Person ${n}`,
  };
}

/** Facts after which person `n` has the app and a chat with the bot. */
export function installed(n: number): readonly DirectoryFact[] {
  const person = fieldsOf(n);
  return [
    { fact: "person-install", tenantId: tenant, person, install: "installed" },
    {
      fact: "personal-conversation",
      tenantId: tenant,
      person,
      conversationId: conversationId(`a:${n}`),
      serviceUrl,
    },
  ];
}

/** Lets the store know people 1 to `count`. */
export async function knowPeople(store: Store, count: number): Promise<void> {
  for (let n = 1; n <= count; n++) await store.directory.learn(bot, installed(n), n);
}

/** A notification being sent, or what `over` makes of it. */
export function campaign(id: string, over: Partial<Campaign> = {}): Campaign {
  return {
    ...scope,
    id: campaignId(id),
    kind: "notification",
    changeOf: null,
    revision: 0,
    name: id,
    state: "sending",
    message: { text: "Hello" },
    originalMessage: null,
    audience: { include: [{ user: objectId(1) }] },
    topic: null,
    priority: "normal",
    sendAt: null,
    expiresAt: null,
    recallAt: null,
    recalledAt: null,
    onUncertain: "resend",
    ratePerSecond: null,
    expansion: null,
    pausedFrom: null,
    canary: null,
    canaryLeft: null,
    stopWhen: null,
    pausedBecause: null,
    createdAt: 1_000,
    updatedAt: 1_000,
    startedAt: null,
    finishedAt: null,
    ...over,
  };
}

/** A campaign to everyone at the beginning of its expansion. */
export function expanding(id: string, over: Partial<Campaign> = {}): Campaign {
  return campaign(id, {
    kind: "campaign",
    state: "expanding",
    priority: "bulk",
    audience: { include: [{ everyone: true }] },
    expansion: { part: "include", item: 0, after: null },
    ...over,
  });
}

/** A delivery to person `n`. */
export function to(n: number): NewDelivery {
  const id = personId(objectId(n));
  return {
    recipient: { kind: "person", key: keyOf(n), personId: id, memberId: id },
  };
}

export function keyOf(n: number) {
  return recipientKey(`user:${objectId(n)}`);
}

/** Stores a campaign with deliveries to the people of these numbers. */
export async function create(
  store: Store,
  stored: Campaign,
  people: readonly number[] = [],
): Promise<CampaignId> {
  const made = await store.ledger.createCampaign({ campaign: stored, deliveries: people.map(to) });
  assert.deepEqual(made, { result: "created", id: stored.id });
  return stored.id;
}

/** Takes the lane for a worker, from another one too if that one's lease is over at `now`; null where it is not. */
export async function tryHold(
  store: Store,
  worker: string,
  now: number,
  lane: Scope = scope,
): Promise<LaneHold | null> {
  const request = { scope: lane, worker: workerId(worker), leaseUntil: now + 4_000 };
  const got = await store.ledger.acquireLane(request);
  if ("hold" in got) return got.hold;
  if (got.holder.leaseUntil > now) return null;
  const next = await store.ledger.acquireLane({ ...request, from: got.holder });
  return "hold" in next ? next.hold : null;
}

/** Takes the lane for a worker, and must get it. */
export async function hold(store: Store, worker = "w1", now = 1_000): Promise<LaneHold> {
  const held = await tryHold(store, worker, now);
  assert.ok(held !== null, `${worker} gets the lane`);
  return held;
}

/** A turn that settles and claims nothing, but for what `over` says. */
export function turn(
  store: Store,
  held: LaneHold,
  over: Partial<TurnRequest> = {},
): Promise<TurnResult> {
  const now = over.now ?? 2_000;
  return store.ledger.takeTurn({
    hold: held,
    now,
    leaseUntil: now + 4_000,
    settlements: [],
    facts: [],
    claim: 0,
    atLeast: {},
    held: [],
    grants: [],
    quiet: [],
    ...over,
  });
}

/** Recovers up to `limit` rows of a lane; answers how many were sent again, and how many were left. */
export async function recovered(store: Store, held: LaneHold, limit: number, now: number) {
  const { resent, held: left } = await store.ledger.recoverLane(held, limit, now);
  return { resent, held: left };
}

/** The settlement of a claim that was accepted at the first request, or what `to` says. */
export function settled(
  claimed: Pick<ClaimedDelivery, "campaignId" | "recipient">,
  result: Settlement["to"] = accepted,
  over: Partial<Settlement> = {},
): Settlement {
  return {
    campaignId: claimed.campaignId,
    recipient: claimed.recipient.key,
    to: result,
    attempts: [],
    requests: 1,
    firstAttemptAt: 2_000,
    ...over,
  };
}

export const accepted: Settlement["to"] = {
  state: "accepted",
  activityId: activityId("1700000000001"),
  conversationId: conversationId("a:1"),
  status: 201,
  latencyMs: 25,
  requestId: "cv.1",
};
export const failed: Settlement["to"] = {
  state: "failed",
  code: "TEAMS_REJECTED",
  detail: "It said no.",
};

/** Back to pending, due at `dueAt`. */
export function again(dueAt: number, resend = false): Settlement["to"] {
  return { state: "pending", dueAt, resend, code: null, detail: null };
}

/** Which of the numbered people were claimed, in order. */
export function claimedKeys(result: TurnResult): readonly string[] {
  return result.claimed.map((one) => one.recipient.key);
}

/** Every item of a list, page by page. */
export async function everyItem<T>(
  list: (page: PageRequest) => Promise<Page<T>>,
  limit = 3,
): Promise<readonly T[]> {
  const items: T[] = [];
  for (let cursor: string | undefined; ; ) {
    const page: Page<T> = await list(cursor === undefined ? { limit } : { limit, cursor });
    assert.ok(page.items.length <= limit, "a page is no longer than asked for");
    items.push(...page.items);
    if (page.next === undefined) return items;
    cursor = page.next;
  }
}

/** Every delivery of a campaign. */
export function deliveriesOf(
  store: Store,
  id: CampaignId,
  state?: DeliveryState,
): Promise<readonly Delivery[]> {
  return everyItem(
    (page) => store.ledger.listDeliveries(id, state === undefined ? page : { ...page, state }),
    7,
  );
}

/** The one delivery of a campaign to person `n`. */
export async function deliveryTo(store: Store, id: CampaignId, n: number): Promise<Delivery> {
  const found = (await deliveriesOf(store, id)).find((row) => row.recipient === keyOf(n));
  assert.ok(found !== undefined, `${id} has a delivery to person ${n}`);
  return found;
}

/** The counters of a campaign, by state and by code, equal a full recount of its rows; answers them. */
export async function counted(store: Store, id: CampaignId) {
  const rows = await deliveriesOf(store, id);
  const byState: Partial<Record<DeliveryState, number>> = {};
  const byCode = new Map<string, number>();
  for (const { state, code } of rows) {
    byState[state] = (byState[state] ?? 0) + 1;
    if (code === null || !["failed", "skipped", "uncertain"].includes(state)) continue;
    byCode.set(`${state} ${code}`, (byCode.get(`${state} ${code}`) ?? 0) + 1);
  }
  const { counts, resent, held } = await store.ledger.counts(id);
  assert.deepEqual(counts, countsOf(byState));
  assert.equal(
    resent,
    rows.reduce((sum, row) => sum + row.resent, 0),
  );
  assert.equal(held, rows.filter(isHeld).length);
  const codes = await store.ledger.countsByCode(id);
  assert.deepEqual(new Map(codes.map((one) => [`${one.state} ${one.code}`, one.count])), byCode);
  return counts;
}

/** Whether a delivery waits for its campaign's canary. */
export function isHeld({ state, dueAt }: Pick<Delivery, "state" | "dueAt">): boolean {
  return state === "pending" && dueAt === null;
}

export async function stateOf(store: Store, id: CampaignId): Promise<CampaignState | undefined> {
  return (await store.ledger.getCampaign(id))?.state;
}
