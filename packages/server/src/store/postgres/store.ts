import type { ChangeStore } from "../../engine/ports/change-store.ts";
import type { DirectoryStore } from "../../engine/ports/directory-store.ts";
import type { InboundStore, RawActivity } from "../../engine/ports/inbound-store.ts";
import type { KeyStore } from "../../engine/ports/key-store.ts";
import type { SlotStore } from "../../engine/ports/slot-store.ts";
import type { LedgerStore, Store } from "../../engine/ports/store.ts";
import type { Boss } from "./boss.ts";
import { readCampaign } from "./campaign-rows.ts";
import {
  campaignsStopped,
  campaignsToExpand,
  campaignsUnderWay,
  countCampaigns,
  listCampaigns,
  moveCampaign,
  nextScheduledAt,
  readCounts,
  readCountsByCode,
} from "./campaigns.ts";
import { campaignsToRecall, changesOf, changesTo, createChange } from "./changes.ts";
import type { Connections } from "./connections.ts";
import { findConversation } from "./conversations.ts";
import { type CreateRequest, type CreateResult, createCampaigns } from "./create-campaigns.ts";
import { attemptsOf, getDelivery, listDeliveries } from "./deliveries.ts";
import { expandChange } from "./expand-change.ts";
import { expand, expandEveryone, finishExpansion } from "./expansion.ts";
import { forgetProcessed, markProcessed, recordActivities, unprocessed } from "./inbound.ts";
import { jobsOn } from "./jobs.ts";
import { addKey, countKeys, findKey } from "./keys.ts";
import {
  acquireLane,
  laneQuietUntil,
  laneTurnedAt,
  openLanes,
  quietLane,
  releaseLane,
} from "./lanes.ts";
import { knownTenants, type Lesson, learnAlone } from "./learn.ts";
import { deliveriesTo } from "./past-deliveries.ts";
import { countPeople, findPerson } from "./people.ts";
import { listPeople } from "./people-search.ts";
import { probe } from "./probe.ts";
import { recoverLane } from "./recover.ts";
import { campaignsToForget, forget, forgetIdempotencyKeys, forgottenAt } from "./retention.ts";
import { campaignsToRetry, requestRetry, retryRows } from "./retries.ts";
import { SharedCommits } from "./shared-commits.ts";
import { askSlot, endSlot, laneMemory, slotOf } from "./slots.ts";
import { campaignsToCancel, cancelPending, expirePending, hasExpired } from "./sweep.ts";
import { findChannel, findTeam, listChannels, listTeams } from "./teams.ts";
import { takeTurn } from "./turn.ts";
import { leaveUncertain, listUncertain } from "./uncertain.ts";
import type { Wakes } from "./wakes.ts";

/** The ways to one database. Calls of the last three share commits. */
interface Access {
  readonly connections: Connections;
  readonly lessons: SharedCommits<Lesson, undefined>;
  readonly creations: SharedCommits<CreateRequest, CreateResult>;
  readonly activities: SharedCommits<RawActivity, "new" | "duplicate">;
}

/** The store on open connections. Closing it ends what was asked for before, and closes them. */
export function storeOn(connections: Connections, boss: Boss, wakes: Wakes): Store {
  const access = accessBy(connections);
  const { lessons, creations, activities } = access;
  return {
    directory: directoryOn(access),
    ledger: { ...campaignsOn(access), ...changesOn(access), ...lanesOn(access) },
    inbound: inboundOn(access),
    keys: keysOn(access),
    jobs: jobsOn(boss),
    wakes,
    probe: () => connections.write(probe),
    async close() {
      await Promise.all([lessons.close(), creations.close(), activities.close()]);
      await boss.close();
      await wakes.close();
      await connections.close();
    },
  };
}

function accessBy(connections: Connections): Access {
  return {
    connections,
    lessons: new SharedCommits(connections, {
      carryOut: learnAlone,
      weight: ({ facts }) => facts.length,
      weightMax: 200,
    }),
    creations: new SharedCommits(connections, {
      carryOut: createCampaigns,
      weight: ({ deliveries = [] }) => 2 + deliveries.length,
      weightMax: 2_000,
    }),
    activities: new SharedCommits(connections, {
      carryOut: recordActivities,
      weight: () => 1,
      weightMax: 500,
    }),
  };
}

function directoryOn({ connections, lessons }: Access): DirectoryStore {
  return {
    async learn(botId, facts, now) {
      for (let at = 0; at < facts.length; at += factsMax)
        await lessons.write({ botId, facts: facts.slice(at, at + factsMax), now });
    },
    tenants: (botId) => connections.read((db) => knownTenants(db, botId)),
    findPerson: (scope, by) => connections.read((db) => findPerson(db, scope, by)),
    findConversation: (scope, id) => connections.read((db) => findConversation(db, scope, id)),
    findTeam: (scope, id) => connections.read((db) => findTeam(db, scope, id)),
    findChannel: (scope, id) => connections.read((db) => findChannel(db, scope, id)),
    listPeople: (scope, page) => connections.read((db) => listPeople(db, scope, page)),
    listTeams: (scope, page) => connections.read((db) => listTeams(db, scope, page)),
    listChannels: (scope, id) => connections.read((db) => listChannels(db, scope, id)),
    countPeople: (scope) => connections.read((db) => countPeople(db, scope)),
  };
}

const factsMax = 100;

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

function campaignsOn({
  connections,
  creations,
}: Access): Omit<LedgerStore, LaneCalls | keyof ChangeStore> {
  return {
    createCampaign: (request) => creations.write(request),
    getCampaign: (id) => connections.read((db) => readCampaign(db, id)),
    listCampaigns: (page) => connections.read((db) => listCampaigns(db, page)),
    campaignsUnderWay: (botId, limit) =>
      connections.read((db) => campaignsUnderWay(db, botId, limit)),
    campaignsStopped: (botId, limit) =>
      connections.read((db) => campaignsStopped(db, botId, limit)),
    listUncertain: (page) => connections.read((db) => listUncertain(db, page)),
    leaveUncertain: (request) => connections.write((db) => leaveUncertain(db, request)),
    moveCampaign: (request) => connections.write((db) => moveCampaign(db, request)),
    campaignsToExpand: (now, limit) => connections.read((db) => campaignsToExpand(db, now, limit)),
    nextScheduledAt: () => connections.read(nextScheduledAt),
    expand: (request) => connections.write((db) => expand(db, request)),
    expandEveryone: (request) => connections.write((db) => expandEveryone(db, request)),
    finishExpansion: (id, now) => connections.write((db) => finishExpansion(db, id, now)),
    cancelPending: async (id, limit, now) =>
      (await connections.write((db) => cancelPending(db, id, { limit, now }))).ended,
    campaignsToCancel: (limit) => connections.read((db) => campaignsToCancel(db, limit)),
    expirePending: async (now, limit) =>
      (await connections.write((db) => expirePending(db, { limit, now }))).ended,
    campaignsToForget: (request) => connections.read((db) => campaignsToForget(db, request)),
    forget: (request) => connections.write((db) => forget(db, request)),
    forgottenAt: (id) => connections.read((db) => forgottenAt(db, id)),
    forgetIdempotencyKeys: (botId, before, limit) =>
      connections.write((db) => forgetIdempotencyKeys(db, botId, { before, limit })),
    hasExpired: (now) => connections.read((db) => hasExpired(db, now)),
    requestRetry: (request) => connections.write((db) => requestRetry(db, request)),
    campaignsToRetry: (limit) => connections.read((db) => campaignsToRetry(db, limit)),
    retryRows: (id, limit, now) => connections.write((db) => retryRows(db, id, { limit, now })),
    counts: (id) => connections.read((db) => readCounts(db, id)),
    countCampaigns: () => connections.read(countCampaigns),
    countsByCode: (id) => connections.read((db) => readCountsByCode(db, id)),
  };
}

function changesOn({ connections }: Access): ChangeStore {
  return {
    createChange: (request) => connections.write((db) => createChange(db, request)),
    changesOf: (id, limit) => connections.read((db) => changesOf(db, id, limit)),
    changesTo: (id, recipients) => connections.read((db) => changesTo(db, id, recipients)),
    campaignsToRecall: (now, limit) => connections.read((db) => campaignsToRecall(db, now, limit)),
    expandChange: (request) => connections.write((db) => expandChange(db, request)),
  };
}

function lanesOn({ connections }: Access): Pick<LedgerStore, LaneCalls> {
  return {
    acquireLane: (request) => connections.write((db) => acquireLane(db, request)),
    releaseLane: (hold, leftUntil) => connections.write((db) => releaseLane(db, hold, leftUntil)),
    askSlot: (scope, ask) => connections.write((db) => askSlot(db, scope, ask)),
    slotOf: (scope, id) => connections.read((db) => slotOf(db, scope, id)),
    endSlot: (scope, id, quietMs) => connections.write((db) => endSlot(db, scope, { id, quietMs })),
    laneMemory: (scope, now) => connections.read((db) => laneMemory(db, scope, now)),
    recoverLane: (hold, limit, now) =>
      connections.write((db) => recoverLane(db, hold, { limit, now })),
    quietLane: (scope, until) => connections.write((db) => quietLane(db, scope, until)),
    laneQuietUntil: (scope) => connections.read((db) => laneQuietUntil(db, scope)),
    laneTurnedAt: (scope) => connections.read((db) => laneTurnedAt(db, scope)),
    openLanes: (botId) => connections.read((db) => openLanes(db, botId)),
    takeTurn: (request) => connections.write((db) => takeTurn(db, request)),
    listDeliveries: (id, page) => connections.read((db) => listDeliveries(db, id, page)),
    getDelivery: (id, recipient) => connections.read((db) => getDelivery(db, id, recipient)),
    deliveriesTo: (request) => connections.read((db) => deliveriesTo(db, request)),
    attemptsOf: (id, recipient) => connections.read((db) => attemptsOf(db, id, recipient)),
  };
}

function inboundOn({ connections, activities }: Access): InboundStore {
  return {
    recordActivity: (activity) => activities.write(activity),
    unprocessed: (botId, limit) => connections.read((db) => unprocessed(db, botId, limit)),
    markProcessed: (done, now) => connections.write((db) => markProcessed(db, done, now)),
    forgetProcessed: (before, limit) =>
      connections.write((db) => forgetProcessed(db, before, limit)),
  };
}

function keysOn({ connections }: Access): KeyStore {
  return {
    addKey: (key) => connections.write((db) => addKey(db, key)),
    findKey: (sha256) => connections.read((db) => findKey(db, sha256)),
    countKeys: () => connections.read(countKeys),
  };
}
