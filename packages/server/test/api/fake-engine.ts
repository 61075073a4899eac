import type { CampaignState, ChangeKind } from "../../src/domain/campaign.ts";
import { isOver, mayBecome } from "../../src/domain/campaign.ts";
import { countsOf, type DeliveryState } from "../../src/domain/delivery.ts";
import type { Channel, Person, Team } from "../../src/domain/directory.ts";
import type { ErrorCode } from "../../src/domain/error-codes.ts";
import { ProblemError } from "../../src/domain/errors.ts";
import { explainCampaign, reasonWords } from "../../src/domain/explain-campaign.ts";
import { explainDelivery } from "../../src/domain/explain-delivery.ts";
import { explainPerson, hostOf } from "../../src/domain/explain-person.ts";
import {
  botId,
  campaignId,
  conversationId,
  personId,
  type RecipientKey,
  recipientKey,
  teamId,
  tenantId,
} from "../../src/domain/ids.ts";
import { messageBytesMax } from "../../src/domain/limits.ts";
import type { Message } from "../../src/domain/message.ts";
import { compileMessage } from "../../src/domain/message-compile.ts";
import { isToRetry, leftUncertain } from "../../src/domain/retry-request.ts";
import type { Target } from "../../src/domain/target.ts";
import type {
  Attention,
  CampaignView,
  DeliveryView,
  Engine,
  EngineEvent,
  Explanations,
  GraphView,
  LaneView,
  LeaveOptions,
  NewCampaign,
  NewEdit,
  NewNotification,
  RetryOptions,
} from "../../src/engine/engine.ts";
import type { Clock, Ids } from "../../src/engine/ports/runtime.ts";
import type { Attempt, Delivery, Page, PageRequest } from "../../src/engine/ports/store.ts";

/** An engine in memory: it keeps the rules that the API relies on, and sends nothing. Rows move when a test says so. */
export interface FakeEngine extends Engine {
  /** Tells followers. */
  tell(event: EngineEvent): void;
  readonly followers: number;
  /** Settles the first `count` open rows of a campaign, and finishes it when none is left. */
  settle(
    id: string,
    count: number,
    to: {
      readonly state: DeliveryState;
      readonly code?: ErrorCode;
      readonly detail?: string;
    },
  ): void;
  note(id: string, recipient: string, attempt: Attempt): void;
  /** Every later call throws this, until null is given. */
  breakWith(error: Error | null): void;
  /** What `lanes()` answers. */
  setLanes(lanes: readonly LaneView[]): void;
  /** What `graph()` answers. */
  setGraph(graph: readonly GraphView[]): void;
  setAttention(id: string, attention: Attention | null): void;
  /** How often `campaigns.create` and `notifications.create` were called. */
  readonly creates: number;
  readonly exportsOpen: number;
}

interface Row {
  view: Omit<CampaignView, "counts" | "resent" | "reasons">;
  readonly deliveries: Delivery[];
  readonly attempts: Map<RecipientKey, Attempt[]>;
}

const scope = {
  botId: botId("c7a0cd0c-6a0d-4a5c-9f0a-0e1c7a6f2b3d"),
  tenantId: tenantId("8f5b1b0e-9d0b-4a4e-9a57-2f5cf6a4c0de"),
};

/** Five people, and one team with one channel. */
export function fakeDirectory(at: number): {
  readonly people: readonly Person[];
  readonly teams: readonly Team[];
  readonly channels: readonly Channel[];
} {
  const serviceUrl = "https://smba.trafficmanager.net/emea/";
  const people = ["Ana", "Bo", "Cem", "Dia", "Ali"].map((givenName, index): Person => {
    const aadObjectId = `00000000-0000-4000-8000-00000000000${index}`;
    const userPrincipalName = `${givenName.toLowerCase()}@contoso.example`;
    return {
      ...scope,
      id: personId(aadObjectId),
      aadObjectId,
      teamsId: `29:${givenName}`,
      userPrincipalName,
      email: userPrincipalName,
      name: `${givenName} Example`,
      givenName,
      surname: "Example",
      locale: null,
      timezone: null,
      userRole: null,
      install: "installed",
      blockedAt: index === 2 ? at : null,
      conversationId: index === 1 ? null : conversationId(`a:${index}`),
      serviceUrl,
      updatedAt: at,
    };
  });
  const team: Team = {
    ...scope,
    id: teamId("19:team@thread.tacv2"),
    aadGroupId: null,
    name: "Nurses",
    serviceUrl,
    install: "installed",
    archived: false,
    updatedAt: at,
  };
  const channel: Channel = {
    teamId: team.id,
    id: conversationId("19:night@thread.tacv2"),
    name: "Night shift",
    type: "standard",
    deleted: false,
  };
  return { people, teams: [team], channels: [channel] };
}

export function createFakeEngine({ clock, ids }: { clock: Clock; ids: Ids }): FakeEngine {
  const directory = fakeDirectory(clock.now());
  const rows = new Map<string, Row>();
  const keys = new Map<string, { readonly content: string; readonly id: string }>();
  const listeners = new Set<(event: EngineEvent) => void>();
  let broken: Error | null = null;
  let lanes: readonly LaneView[] = [];
  let graph: readonly GraphView[] = [];
  let creates = 0;
  let exportsOpen = 0;

  const working = () => {
    if (broken !== null) throw broken;
  };
  const tell = (event: EngineEvent) => {
    for (const listener of listeners) listener(event);
  };
  const rowOf = (id: string, kind: "campaign" | "notification"): Row => {
    working();
    const row = rows.get(id);
    if (row === undefined || row.view.kind !== kind)
      throw new ProblemError(kind === "campaign" ? "CAMPAIGN_UNKNOWN" : "NOTIFICATION_UNKNOWN", {
        detail: `There is no ${kind} ${id}.`,
      });
    return row;
  };
  const anyRowOf = (id: string): Row => {
    working();
    const row = rows.get(id);
    if (row === undefined) throw new ProblemError("CAMPAIGN_UNKNOWN");
    return row;
  };
  const change = (row: Row, state: CampaignState) => {
    row.view = {
      ...row.view,
      state,
      updatedAt: clock.now(),
      finishedAt: isOver(state) ? clock.now() : null,
    };
    tell({ type: "campaign", id: row.view.id, state });
  };
  const move =
    (to: CampaignState, from: readonly CampaignState[], already: readonly CampaignState[]) =>
    async (id: string) => {
      const row = rowOf(id, "campaign");
      const { state } = row.view;
      if (already.includes(state)) return viewOf(row);
      if (!from.includes(state) || !mayBecome(state, to))
        throw new ProblemError("CAMPAIGN_STATE_CONFLICT", {
          detail: `The campaign is ${state}.`,
          extra: { state },
        });
      if (to === "expanding") {
        row.deliveries.push(...deliveriesOf(row.view.id, row.view.audience.include, clock.now()));
        change(row, "sending");
      } else change(row, to);
      return viewOf(row);
    };
  const deliveriesOf = (id: string, targets: readonly Target[], at: number): Delivery[] => {
    const found = targets.flatMap((target) => {
      if ("everyone" in target) return directory.people.map(keyOfPerson);
      if (!("user" in target)) return [recipientKey(`chat:${JSON.stringify(target)}`)];
      const person = directory.people.find((one) => isCalled(one, target.user));
      if (person === undefined)
        throw new ProblemError("RECIPIENT_UNKNOWN", {
          detail: `The directory does not know ${target.user}.`,
        });
      return [keyOfPerson(person)];
    });
    return [...new Set(found)].map((recipient) => ({
      campaignId: campaignId(id),
      recipient,
      state: "pending",
      attempts: 0,
      code: null,
      detail: null,
      conversationId: null,
      activityId: null,
      resent: 0,
      dueAt: at,
      updatedAt: at,
      firstAttemptAt: null,
      retriedAt: null,
      status: null,
      latencyMs: null,
      requestId: null,
    }));
  };
  const isNew = (key: string | undefined, content: string, id: string): boolean => {
    const known = key === undefined ? undefined : keys.get(key);
    if (known !== undefined && known.content !== content)
      throw new ProblemError("IDEMPOTENCY_KEY_REUSED");
    if (key !== undefined) keys.set(key, { content, id });
    return known === undefined;
  };
  const create = (
    request: NewCampaign | NewNotification,
    row: (id: string) => Row,
    prefix: string,
  ): Row => {
    working();
    creates += 1;
    checkMessage(request.message);
    const { idempotencyKey: key, ...rest } = request;
    const content = JSON.stringify(rest);
    const known = key === undefined ? undefined : keys.get(key);
    if (known !== undefined && known.content !== content)
      throw new ProblemError("IDEMPOTENCY_KEY_REUSED");
    const earlier = known === undefined ? undefined : rows.get(known.id);
    if (earlier !== undefined) return earlier;
    const id = ids.next(prefix);
    const made = row(id);
    rows.set(id, made);
    if (key !== undefined) keys.set(key, { content, id });
    return made;
  };
  const newRow = (
    id: string,
    request: NewCampaign | NewNotification,
    of: Pick<CampaignView, "kind" | "name" | "state" | "audience" | "priority">,
  ): Row => ({
    view: {
      id: campaignId(id),
      ...of,
      message: request.message,
      originalMessage: null,
      topic: request.topic ?? null,
      priority: request.priority ?? of.priority,
      onUncertain: request.onUncertain ?? "resend",
      ratePerSecond: 0,
      canary: null,
      stopWhen: null,
      rateCap: "ratePerSecond" in request ? (request.ratePerSecond ?? null) : null,
      etaSeconds: null,
      attention: null,
      sendAt: request.sendAt ?? null,
      expiresAt: request.expiresAt ?? null,
      recallAt: request.recallAt ?? null,
      recalledAt: null,
      changeOf: null,
      changes: [],
      createdAt: clock.now(),
      updatedAt: clock.now(),
      startedAt: null,
      finishedAt: null,
    },
    deliveries: [],
    attempts: new Map(),
  });
  const notificationOf = (row: Row) => ({
    id: row.view.id,
    state: row.view.state,
    createdAt: row.view.createdAt,
    changes: row.view.changes,
    deliveries: row.deliveries.map((one) => ({
      ...changed(row, one),
      id: `${one.campaignId}/${one.recipient}`,
    })),
  });
  const changed = ({ view: { changes } }: Row, one: Delivery): DeliveryView => {
    const [newest] = changes;
    if (newest === undefined || one.state !== "accepted") return { ...one, change: null };
    const { id, kind } = newest;
    return { ...one, change: { id, kind, state: "pending", code: null, detail: null } };
  };
  /** Adds a change that stays as it is; the fake knows no more of them. */
  const addChange = (row: Row, kind: ChangeKind, over: Partial<Row["view"]>): Row => {
    const open = row.deliveries.filter((one) => one.state === "accepted").length;
    const changes: CampaignView["changes"] = [
      {
        id: campaignId(ids.next("chg")),
        kind,
        state: "expanding",
        counts: countsOf({ pending: open }),
        createdAt: clock.now(),
        reasons: [],
      },
      ...row.view.changes,
    ];
    row.view = { ...row.view, changes, ...over };
    return row;
  };
  const edit = (row: Row, { message }: NewEdit): Row => {
    checkMessage(message);
    if (row.view.recalledAt !== null) throw new ProblemError("CAMPAIGN_RECALLED");
    const originalMessage = row.view.originalMessage ?? row.view.message;
    return addChange(row, "edit", { message, originalMessage });
  };
  const recall = (row: Row): Row => {
    if (row.view.state === "draft") throw new ProblemError("CAMPAIGN_STATE_CONFLICT");
    if (row.view.recalledAt !== null) return row;
    return addChange(row, "recall", { recalledAt: clock.now() });
  };
  const retry = (row: Row, { idempotencyKey, ...asked }: RetryOptions = {}): Row => {
    const { id, state } = row.view;
    if (state === "cancelled" || state === "draft")
      throw new ProblemError("CAMPAIGN_STATE_CONFLICT", { extra: { state } });
    if (isNew(idempotencyKey, JSON.stringify({ retry: id, ...asked }), id))
      retryIn(row, asked, clock.now());
    if (state === "finished") change(row, "sending");
    return row;
  };

  const leave = (row: Row, { recipient }: LeaveOptions = {}): Row => {
    for (const [index, one] of row.deliveries.entries()) {
      const isMeant = recipient === undefined || one.recipient === recipient;
      if (isMeant && one.state === "uncertain")
        row.deliveries[index] = { ...one, code: leftUncertain, updatedAt: clock.now() };
      else if (one.recipient === recipient) throw new ProblemError("DELIVERY_NOT_UNCERTAIN");
    }
    return row;
  };

  return {
    botId: scope.botId,
    notifications: {
      create: async (request) => {
        const to: readonly Target[] = Array.isArray(request.to)
          ? (request.to as readonly Target[])
          : [request.to as Target]; // `Array.isArray` does not narrow a readonly array
        if (to.some((target) => "everyone" in target))
          throw new ProblemError("REQUEST_INVALID", { detail: "Use a campaign for everyone." });
        const made = create(
          request,
          (id) => {
            const row = newRow(id, request, {
              kind: "notification",
              name: "",
              state: "sending",
              audience: { include: to },
              priority: "normal",
            });
            row.deliveries.push(...deliveriesOf(id, to, clock.now()));
            return row;
          },
          "ntf",
        );
        return notificationOf(made);
      },
      get: async (id) => notificationOf(rowOf(id, "notification")),
      settled: async (id) => notificationOf(rowOf(id, "notification")),
      edit: async (id, request) => notificationOf(edit(rowOf(id, "notification"), request)),
      recall: async (id) => notificationOf(recall(rowOf(id, "notification"))),
      retry: async (id, options) => notificationOf(retry(rowOf(id, "notification"), options)),
      leave: async (id, options) => notificationOf(leave(rowOf(id, "notification"), options)),
    },
    campaigns: {
      create: async (request) =>
        viewOf(
          create(
            request,
            (id) =>
              newRow(id, request, {
                kind: "campaign",
                name: request.name,
                state: "draft",
                audience: request.audience,
                priority: "bulk",
              }),
            "cmp",
          ),
        ),
      get: async (id) => viewOf(rowOf(id, "campaign")),
      list: async (page) => {
        working();
        const campaigns = [...rows.values()].filter(({ view }) => view.kind === "campaign");
        const { items, ...rest } = pageOf(campaigns.reverse(), page);
        return { items: items.map(viewOf), ...rest };
      },
      preflight: async (id) => {
        const { view } = rowOf(id, "campaign");
        const recipients = deliveriesOf(view.id, view.audience.include, 0).length;
        return {
          recipients,
          expected: [{ code: "TEAMS_BLOCKED_BY_USER", count: 1 }],
          requests: recipients,
          seconds: 1,
          messageBytes: 100,
          messageBytesMax,
          warnings: ["It is only a fake."],
        };
      },
      start: move("expanding", ["draft"], ["scheduled", "expanding", "sending", "finished"]),
      pause: move("paused", ["scheduled", "expanding", "sending"], ["paused"]),
      resume: move("sending", ["paused"], ["scheduled", "expanding", "sending", "finished"]),
      cancel: move(
        "cancelled",
        ["draft", "scheduled", "expanding", "sending", "paused"],
        ["cancelled"],
      ),
      edit: async (id, request) => viewOf(edit(rowOf(id, "campaign"), request)),
      recall: async (id) => viewOf(recall(rowOf(id, "campaign"))),
      retry: async (id, options) => viewOf(retry(rowOf(id, "campaign"), options)),
      leave: async (id, options) => viewOf(leave(rowOf(id, "campaign"), options)),
      stopped: async () =>
        [...rows.values()].flatMap(({ view: { id, state, attention } }) =>
          state === "paused" && attention !== null ? [{ ...attention, id }] : [],
        ),
      deliveries: async (id, { state, ...page }) => {
        const row = rowOf(id, "campaign");
        const found = row.deliveries.filter((one) => state === undefined || one.state === state);
        const { items, ...rest } = pageOf(found, page);
        return { items: items.map((one) => changed(row, one)), ...rest };
      },
      export: (id) => {
        const row = rowOf(id, "campaign");
        const { deliveries } = row;
        return (async function* () {
          exportsOpen += 1;
          try {
            for (let at = 0; at < deliveries.length; at += 2) {
              working();
              yield deliveries.slice(at, at + 2).map((one) => changed(row, one));
            }
          } finally {
            exportsOpen -= 1;
          }
        })();
      },
      attempts: async (id, recipient) =>
        rowOf(id, "campaign").attempts.get(recipientKey(recipient)) ?? [],
    },
    directory: {
      people: async ({ search, ...page }) => {
        working();
        const start = search?.toLowerCase() ?? "";
        const found = directory.people.filter((person) =>
          [person.name, person.userPrincipalName, person.email].some((text) =>
            text?.toLowerCase().startsWith(start),
          ),
        );
        return pageOf(found, page);
      },
      person: async (id) => {
        working();
        const person = directory.people.find((one) => isCalled(one, id));
        if (person === undefined) throw new ProblemError("PERSON_UNKNOWN");
        return person;
      },
      teams: async (page) => pageOf(directory.teams, page),
      channels: async (id) => {
        if (!directory.teams.some((team) => team.id === id)) throw new ProblemError("TEAM_UNKNOWN");
        return directory.channels.filter((channel) => channel.teamId === id);
      },
      counts: async () => {
        working();
        return { people: directory.people.length, installed: 5, blocked: 1, removed: 0 };
      },
    },
    uncertain: async (page) =>
      pageOf(
        [...rows.values()].reverse().flatMap(({ view, deliveries }) => {
          const { id, kind, name, state, createdAt } = view;
          return deliveries
            .filter((one) => one.state === "uncertain" && one.code !== leftUncertain)
            .map((delivery) => ({ campaign: { id, kind, name, state, createdAt }, delivery }));
        }),
        page,
      ),
    explain: fakeExplanations({ rowOf: anyRowOf, people: directory.people }),
    learn: async () => {},
    lanes: () => lanes,
    graph: () => graph,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start: async () => {},
    stop: async () => {},
    tell,
    get followers() {
      return listeners.size;
    },
    get creates() {
      return creates;
    },
    get exportsOpen() {
      return exportsOpen;
    },
    settle(
      id,
      count,
      {
        state,
        code = null,
        detail = null,
      }: { state: DeliveryState; code?: ErrorCode | null; detail?: string | null },
    ) {
      const row = rows.get(id);
      if (row === undefined) throw new Error(`there is no ${id}`);
      const open = row.deliveries.filter((one) => one.state === "pending").slice(0, count);
      for (const one of open) {
        const index = row.deliveries.indexOf(one);
        row.deliveries[index] = {
          ...one,
          state,
          code,
          detail,
          attempts: 1,
          dueAt: null,
          updatedAt: clock.now(),
        };
      }
      const { counts } = viewOf(row);
      tell({ type: "progress", id: row.view.id, counts, ratePerSecond: 5, etaSeconds: 1 });
      if (counts.pending === 0) change(row, "finished");
    },
    note(id, recipient, attempt) {
      const attempts = rows.get(id)?.attempts;
      const key = recipientKey(recipient);
      attempts?.set(key, [...(attempts.get(key) ?? []), attempt]);
    },
    breakWith(error) {
      broken = error;
    },
    setLanes(now) {
      lanes = now;
    },
    setGraph(now) {
      graph = now;
    },
    setAttention(id, attention) {
      const row = rows.get(id);
      if (row !== undefined) row.view = { ...row.view, attention };
      tell({ type: "attention", id: campaignId(id), attention });
    },
  };
}

function fakeExplanations({
  rowOf,
  people,
}: {
  readonly rowOf: (id: string) => Row;
  readonly people: readonly Person[];
}): Explanations {
  const referenceOf = ({ view: { id, kind, name, state, createdAt } }: Row) => ({
    ...{ id, kind, name, state, createdAt },
  });
  return {
    person: async (id) => {
      const person = people.find((one) => isCalled(one, id));
      if (person === undefined) throw new ProblemError("PERSON_UNKNOWN");
      const { serviceUrl } = person;
      const facts = { person, serviceHost: hostOf(serviceUrl), deliveries: [] };
      const kept = { deliveriesKeptMs: null };
      return { ...explainPerson(person), ...facts, ...kept };
    },
    campaign: async (id) => {
      const campaign = viewOf(rowOf(id));
      const reasons = campaign.reasons.map(reasonWords);
      return { ...explainCampaign(campaign), campaign, reasons };
    },
    delivery: async (id, recipient) => {
      const row = rowOf(id);
      const delivery = row.deliveries.find((one) => one.recipient === recipient);
      if (delivery === undefined) throw new ProblemError("DELIVERY_UNKNOWN");
      const campaignState = row.view.state;
      const history = row.attempts.get(delivery.recipient) ?? [];
      const told = explainDelivery({
        ...delivery,
        kind: row.view.kind,
        campaignState,
        who: recipient,
      });
      const changed = { ...delivery, change: null };
      return {
        ...told,
        campaign: referenceOf(row),
        person: null,
        delivery: changed,
        history,
        attemptsForgottenAt: null,
      };
    },
  };
}

function retryIn({ deliveries }: Row, asked: RetryOptions, now: number): void {
  const { states = ["failed"], codes = null, recipient } = asked;
  const request = { states, codes: codes as readonly ErrorCode[] | null };
  for (const [index, one] of deliveries.entries())
    if (isToRetry(request, one) && (recipient ?? one.recipient) === one.recipient)
      deliveries[index] = { ...one, state: "pending", code: null, dueAt: now, retriedAt: now };
}

function viewOf(row: Row): CampaignView {
  const states: Partial<Record<DeliveryState, number>> = {};
  const reasons = new Map<string, CampaignView["reasons"][number]>();
  for (const { state, code } of row.deliveries) {
    states[state] = (states[state] ?? 0) + 1;
    if (code === null) continue;
    const count = (reasons.get(`${state} ${code}`)?.count ?? 0) + 1;
    reasons.set(`${state} ${code}`, { state, code, count });
  }
  const resent = row.deliveries.reduce((sum, one) => sum + one.resent, 0);
  return { ...row.view, counts: countsOf(states), resent, reasons: [...reasons.values()] };
}

function pageOf<T>(all: readonly T[], { cursor = "0", limit }: PageRequest): Page<T> {
  const from = Number(cursor);
  const items = all.slice(from, from + limit);
  return from + limit < all.length ? { items, next: String(from + limit) } : { items };
}

function checkMessage(message: Message): void {
  const compiled = compileMessage(message);
  if (compiled.ok) return;
  throw new ProblemError(compiled.code, {
    detail: compiled.problems.map(({ path, text }) => `${path}: ${text}`).join(" "),
  });
}

function keyOfPerson(person: Person): RecipientKey {
  return recipientKey(`user:${person.id}`);
}

function isCalled(person: Person, name: string): boolean {
  return [person.aadObjectId, person.userPrincipalName, person.teamsId].includes(name);
}
