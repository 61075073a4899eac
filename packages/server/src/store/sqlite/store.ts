import { type Metrics, noMetrics } from "../../domain/metrics.ts";
import type { ChangeStore } from "../../engine/ports/change-store.ts";
import type { DirectoryStore } from "../../engine/ports/directory-store.ts";
import type { InboundStore } from "../../engine/ports/inbound-store.ts";
import type { Jobs } from "../../engine/ports/jobs.ts";
import type { KeyStore } from "../../engine/ports/key-store.ts";
import type { SlotStore } from "../../engine/ports/slot-store.ts";
import type { LedgerStore, Store, TurnRequest } from "../../engine/ports/store.ts";
import { closedError } from "../closed.ts";
import { readCampaign } from "./campaign-rows.ts";
import {
  campaignsStopped,
  campaignsToExpand,
  campaignsUnderWay,
  countCampaigns,
  createCampaign,
  listCampaigns,
  moveCampaign,
  nextScheduledAt,
  readCounts,
  readCountsByCode,
} from "./campaigns.ts";
import { campaignsToRecall, changesOf, changesTo, createChange } from "./changes.ts";
import type { CommitQueue } from "./commit-queue.ts";
import { probe } from "./connection.ts";
import { findConversation } from "./conversations.ts";
import type { Database } from "./database.ts";
import { attemptsOf, getDelivery, listDeliveries } from "./deliveries.ts";
import { expandChange } from "./expand-change.ts";
import { expand, expandEveryone, finishExpansion } from "./expansion.ts";
import { forgetProcessed, markProcessed, recordActivity, unprocessed } from "./inbound.ts";
import { addJob, endJob, findJob, hasWork, putBackJob, renewJobs, takeJobs } from "./jobs.ts";
import { addKey, countKeys, findKey } from "./keys.ts";
import {
  acquireLane,
  laneQuietUntil,
  laneTurnedAt,
  openLanes,
  quietLane,
  releaseLane,
} from "./lanes.ts";
import { knownTenants, learn } from "./learn.ts";
import { deliveriesTo } from "./past-deliveries.ts";
import { countPeople, findPerson } from "./people.ts";
import { listPeople } from "./people-search.ts";
import { recoverLane } from "./recover.ts";
import { campaignsToForget, forget, forgetIdempotencyKeys, forgottenAt } from "./retention.ts";
import { campaignsToRetry, requestRetry, retryRows } from "./retries.ts";
import { askSlot, endSlot, laneMemory, slotOf } from "./slots.ts";
import { storeErrorOf } from "./store-errors.ts";
import { campaignsToCancel, cancelPending, expirePending, hasExpired } from "./sweep.ts";
import { findChannel, findTeam, listChannels, listTeams } from "./teams.ts";
import { takeTurn } from "./turn.ts";
import { leaveUncertain, listUncertain } from "./uncertain.ts";

/** A database with the one way to write to it. */
export interface Access {
  readonly db: Database;
  readonly queue: CommitQueue;
  /** Default: nothing is measured. */
  readonly metrics?: Metrics;
}

/** The store on an open database. Closing it commits what waits, and closes the database. */
export function storeOn(access: Access): Store {
  const { db, queue } = access;
  return {
    directory: directoryOn(access),
    ledger: ledgerOn(access),
    inbound: inboundOn(access),
    keys: keysOn(access),
    jobs: jobsOn(access),
    // A file has no way to tell; those who share it look.
    wakes: null,
    probe: () => queue.write(1, () => probe(db)),
    async close() {
      queue.close();
      db.close();
    },
  };
}

/** Reads see what is committed, and nothing of a write that waits. */
async function read<T>(
  { db, metrics = noMetrics }: Access,
  work: () => T | Promise<T>,
): Promise<T> {
  if (!db.connection.isOpen) throw closedError();
  const unblocked = metrics.block("read");
  try {
    // What is read in several stretches blocks for the first of them here; the others are as long at most.
    const value = work();
    unblocked();
    return await value;
  } catch (error) {
    throw storeErrorOf(error);
  }
}

function directoryOn(access: Access): DirectoryStore {
  const { db, queue } = access;
  return {
    async learn(botId, facts, now) {
      for (let at = 0; at < facts.length; at += factsMax) {
        const some = facts.slice(at, at + factsMax);
        await queue.write(some.length * factWeight, () => void learn(db, botId, some, now));
      }
    },
    tenants: (botId) => read(access, () => knownTenants(db, botId)),
    findPerson: (scope, by) => read(access, () => findPerson(db, scope, by)),
    findConversation: (scope, id) => read(access, () => findConversation(db, scope, id)),
    findTeam: (scope, id) => read(access, () => findTeam(db, scope, id)),
    findChannel: (scope, id) => read(access, () => findChannel(db, scope, id)),
    listPeople: (scope, page) =>
      read(access, () => listPeople(db, scope, page, () => queue.pause())),
    listTeams: (scope, page) => read(access, () => listTeams(db, scope, page)),
    listChannels: (scope, id) => read(access, () => listChannels(db, scope, id)),
    countPeople: (scope) => read(access, () => countPeople(db, scope)),
  };
}

// A person's row is in half a dozen indexes, each at a place of its own, so that a fact weighs as much as several other rows.
const factWeight = 8;
const factsMax = 100;

function ledgerOn(access: Access): LedgerStore {
  return { ...campaignsOn(access), ...changesOn(access), ...lanesOn(access) };
}

function changesOn(access: Access): ChangeStore {
  const { db, queue } = access;
  return {
    createChange: (request) => queue.write(1, () => createChange(db, request)),
    changesOf: (id, limit) => read(access, () => changesOf(db, id, limit)),
    changesTo: (id, keys) => read(access, () => changesTo(db, id, keys)),
    campaignsToRecall: (now, limit) => read(access, () => campaignsToRecall(db, now, limit)),
    expandChange: (request) => queue.writeUpTo(request.limit, () => expandChange(db, request)),
  };
}

type LaneCalls =
  | "acquireLane"
  | "releaseLane"
  | "laneTurnedAt"
  | keyof SlotStore
  | "recoverLane"
  | "openLanes"
  | "takeTurn"
  | "listDeliveries"
  | "getDelivery"
  | "attemptsOf"
  | "deliveriesTo";

function campaignsOn(access: Access): Omit<LedgerStore, LaneCalls | keyof ChangeStore> {
  const { db, queue } = access;
  return {
    createCampaign: (request) =>
      queue.write(1 + (request.deliveries?.length ?? 0), () => createCampaign(db, request)),
    getCampaign: (id) => read(access, () => readCampaign(db, id)),
    listCampaigns: (page) => read(access, () => listCampaigns(db, page)),
    campaignsUnderWay: (botId, limit) => read(access, () => campaignsUnderWay(db, botId, limit)),
    campaignsStopped: (botId, limit) => read(access, () => campaignsStopped(db, botId, limit)),
    listUncertain: (page) => read(access, () => listUncertain(db, page)),
    leaveUncertain: (request) =>
      queue.writeUpTo(leftRows(request), () => leaveUncertain(db, request)),
    moveCampaign: (request) => queue.write(1, () => moveCampaign(db, request)),
    campaignsToExpand: (now, limit) => read(access, () => campaignsToExpand(db, now, limit)),
    nextScheduledAt: () => read(access, () => nextScheduledAt(db)),
    expand: (request) => queue.write(expandWeight(request), () => expand(db, request)),
    expandEveryone: (request) => queue.writeUpTo(request.limit, () => expandEveryone(db, request)),
    finishExpansion: (id, now) => queue.write(1, () => finishExpansion(db, id, now)),
    cancelPending: (id, limit, now) =>
      queue.writeUpTo(limit, () => cancelPending(db, id, limit, now)),
    campaignsToCancel: (limit) => read(access, () => campaignsToCancel(db, limit)),
    expirePending: (now, limit) => queue.writeUpTo(limit, () => expirePending(db, now, limit)),
    requestRetry: (request) => queue.write(1, () => requestRetry(db, request)),
    campaignsToRetry: (limit) => read(access, () => campaignsToRetry(db, limit)),
    retryRows: (id, limit, now) => queue.writeUpTo(limit, () => retryRows(db, id, { limit, now })),
    campaignsToForget: (request) => read(access, () => campaignsToForget(db, request)),
    forget: (request) => queue.writeUpTo(request.limit, () => forget(db, request)),
    forgottenAt: (id) => read(access, () => forgottenAt(db, id)),
    forgetIdempotencyKeys: (botId, before, limit) =>
      queue.writeUpTo(limit, () => forgetIdempotencyKeys(db, botId, before, limit)),
    hasExpired: (now) => read(access, () => hasExpired(db, now)),
    counts: (id) => read(access, () => readCounts(db, id)),
    countCampaigns: () => read(access, () => countCampaigns(db)),
    countsByCode: (id) => read(access, () => readCountsByCode(db, id)),
  };
}

function lanesOn(access: Access): Pick<LedgerStore, LaneCalls> {
  const { db, queue } = access;
  return {
    acquireLane: (request) => queue.write(1, () => acquireLane(db, request)),
    releaseLane: (hold, leftUntil) => queue.write(1, () => releaseLane(db, hold, leftUntil)),
    askSlot: (scope, ask) => queue.write(1, () => askSlot(db, scope, ask)),
    slotOf: (scope, id) => read(access, () => slotOf(db, scope, id)),
    endSlot: (scope, id, quietMs) => queue.write(1, () => endSlot(db, scope, { id, quietMs })),
    laneMemory: (scope, now) => read(access, () => laneMemory(db, scope, now)),
    recoverLane: (hold, limit, now) =>
      queue.writeUpTo(limit, () => recoverLane(db, hold, { limit, now })),
    quietLane: (scope, until) => queue.write(1, () => quietLane(db, scope, until)),
    laneQuietUntil: (scope) => read(access, () => laneQuietUntil(db, scope)),
    laneTurnedAt: (scope) => read(access, () => laneTurnedAt(db, scope)),
    openLanes: (botId) => read(access, () => openLanes(db, botId)),
    takeTurn: (request) =>
      queue.writeUpTo(turnRows(request), () => takeTurn(db, request), learntRows(request)),
    listDeliveries: (id, page) =>
      read(access, () => listDeliveries(db, id, page, () => queue.pause())),
    getDelivery: (id, recipient) => read(access, () => getDelivery(db, id, recipient)),
    deliveriesTo: (request) => read(access, () => deliveriesTo(db, request)),
    attemptsOf: (id, recipient) => read(access, () => attemptsOf(db, id, recipient)),
  };
}

function leftRows({ which }: Parameters<LedgerStore["leaveUncertain"]>[0]): number {
  return "limit" in which ? which.limit : 1;
}

/** What the facts of a turn weigh, whatever they change. */
function learntRows({ facts }: TurnRequest): number {
  return 1 + facts.length * factWeight;
}

function turnRows(request: TurnRequest): number {
  return learntRows(request) + request.settlements.length + request.claim;
}

function expandWeight({ add }: Parameters<LedgerStore["expand"]>[0]): number {
  return add.kind === "recipients" ? add.deliveries.length : add.keys.length;
}

function inboundOn(access: Access): InboundStore {
  const { db, queue } = access;
  return {
    recordActivity: (activity) => queue.writeOne(() => recordActivity(db, activity)),
    unprocessed: (botId, limit) => read(access, () => unprocessed(db, botId, limit)),
    markProcessed: (activities, now) =>
      queue.write(activities.length, () => markProcessed(db, activities, now)),
    forgetProcessed: (before, limit) =>
      queue.writeUpTo(limit, () => forgetProcessed(db, before, limit)),
  };
}

function keysOn(access: Access): KeyStore {
  const { db, queue } = access;
  return {
    addKey: (key) => queue.write(1, () => addKey(db, key)),
    findKey: (sha256) => read(access, () => findKey(db, sha256)),
    countKeys: () => read(access, () => countKeys(db)),
  };
}

function jobsOn(access: Access): Jobs {
  const { db, queue } = access;
  return {
    add: (job, now) => queue.write(1, () => addJob(db, job, now)),
    take: async (request) => {
      if (!(await read(access, () => hasWork(db, request)))) return [];
      return queue.write(1, () => takeJobs(db, request));
    },
    renew: (jobs, lease) => queue.write(jobs.length, () => renewJobs(db, jobs, lease)),
    done: (job) => queue.write(1, () => endJob(db, job)),
    again: (job, next, now) => queue.write(1, () => putBackJob(db, job, next, now)),
    find: (name) => read(access, () => findJob(db, name)),
  };
}
