// Goal: at 100,000 rows, whatever the store asks of PostgreSQL reads about as many rows as it is about, whether the server has
// looked at the tables yet or not. Method: the calls that happen all the time are made on real tables, and the server itself says
// of each statement, by auto_explain, how it was carried out and how many rows every step of it visited.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { skipWithoutPostgres } from "../../../harness/src/postgres/for-tests.ts";
import { PostgresServer } from "../../../harness/src/postgres/server.ts";
import { asOwner } from "../../../harness/src/postgres/trouble.ts";
import { changeOf } from "../../../harness/src/store-conformance/change-fixtures.ts";
import {
  bot,
  campaign,
  create,
  expanding,
  hold,
  installed,
  keyOf,
  objectId,
  scope,
  settled,
  tenant,
  to,
  turn,
} from "../../../harness/src/store-conformance/fixtures.ts";
import { activityId, campaignId, conversationId, recipientKey } from "../../src/domain/ids.ts";
import { noMetrics } from "../../src/domain/metrics.ts";
import type { Store } from "../../src/engine/ports/store.ts";
import { Boss } from "../../src/store/postgres/boss.ts";
import { Connections } from "../../src/store/postgres/connections.ts";
import { makePool, openPostgresStore } from "../../src/store/postgres/open.ts";
import { postgresSettings } from "../../src/store/postgres/settings.ts";
import { storeOn } from "../../src/store/postgres/store.ts";
import { Wakes } from "../../src/store/postgres/wakes.ts";

const skip = skipWithoutPostgres({ ownServer: true });
const rows = 100_000;
/** Of campaigns that are cancelled, or older than they are to be kept. */
const fewer = 20_000;
const notifications = 5_000;
const now = 1_000_000;
/** The calls are about 200 rows at most, and touch a row a few times. */
const limit = 200;
const visitedMax = 1_000;
let server: PostgresServer;
before(async () => {
  if (skip === false) server = await PostgresServer.create(["fsync = off", "autovacuum = off"]);
});
after(async () => server?.remove());

/** A step of a plan, as the server tells it. */
interface Step {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Rows Removed by Index Recheck"?: number;
  readonly Plans?: readonly Step[];
}

/** A statement, and what its widest step was. */
interface Told {
  readonly statement: string;
  readonly step: string;
  readonly visited: number;
}

function widest(step: Step): Omit<Told, "statement"> {
  const isScan =
    /Scan$/.test(step["Node Type"]) && !/^(?:CTE|Function|Subquery)/.test(step["Node Type"]);
  const each =
    step["Actual Rows"] +
    (step["Rows Removed by Filter"] ?? 0) +
    (step["Rows Removed by Index Recheck"] ?? 0);
  const visited = isScan ? each * step["Actual Loops"] : 0;
  const name = [step["Node Type"], step["Relation Name"], step["Index Name"]].filter(Boolean);
  return (step.Plans ?? [])
    .map(widest)
    .reduce((a, b) => (b.visited > a.visited ? b : a), { step: name.join(" "), visited });
}

/** A store whose server tells how it carries out every statement. */
function explained(url: string): { readonly store: Store; readonly told: Told[] } {
  const telling = new URL(url);
  telling.searchParams.set(
    "options",
    [
      "-c session_preload_libraries=auto_explain",
      ...["log_min_duration=0", "log_analyze=on", "log_timing=off", "log_format=json"],
      "log_level=notice",
    ].join(" -c auto_explain."),
  );
  const told: Told[] = [];
  const settings = postgresSettings(telling.href);
  const pool = makePool(settings);
  pool.on("connect", (client) =>
    client.on("notice", ({ message = "" }) => {
      const json = /plan:\n(\{[\s\S]*)/.exec(message)?.[1];
      if (json === undefined) return;
      const { "Query Text": statement, Plan: plan } = JSON.parse(json);
      told.push({ statement, ...widest(plan) });
    }),
  );
  const { connectionString } = settings;
  const boss = new Boss({ connectionString, schema: "jobs", connectMs: 5_000, log: undefined });
  const wakes = new Wakes({
    ...{ client: { connectionString }, channel: "unused", log: undefined, metrics: noMetrics },
  });
  return { store: storeOn(new Connections(pool), boss, wakes), told };
}

/** Fills a new database: people, a campaign that is over, one that is under way, and many notifications. */
async function filled(name: string): Promise<string> {
  await asOwner(server.url(), (client) => client.query(`CREATE DATABASE ${name}`));
  const url = server.url(name);
  const store = await openPostgresStore(url);
  await store.directory.learn(bot, installed(1), 1);
  for (const id of ["done", "open", "cancelled", "old", "lost"])
    await create(store, campaign(id, { kind: "campaign" }), id === "open" ? [1] : []);
  await store.close();
  await asOwner(url, async (client) => {
    const number = "lpad(n::text, 12, '0')";
    const id = `'aaaaaaaa-0000-0000-0000-' || ${number}`;
    await client.query(`
      INSERT INTO people SELECT (r).* FROM (
        SELECT jsonb_populate_record(p, jsonb_build_object('person_id', ${id}, 'aad_object_id', ${id}, 'teams_id', '29:' || n,
          'upn_folded', 'user' || n, 'name_folded', 'person ' || n, 'conversation_id', 'a:' || n)) AS r
        FROM people p, generate_series(2, ${rows}) AS n) AS s;
      UPDATE directories SET people = ${rows}, installed = ${rows};
      INSERT INTO deliveries (tenant_id, campaign_id, recipient_key, state, ordinal, due_at, updated_at, code,
          conversation_id, activity_id)
        SELECT '${tenant}', 'done', 'user:' || ${id}, CASE WHEN n % 10 = 0 THEN 'failed' ELSE 'accepted' END, n, 1, 1,
          CASE WHEN n % 10 = 0 THEN 'TEAMS_REJECTED' END, 'a:' || n, CASE WHEN n % 10 > 0 THEN 'm' || n END
        FROM generate_series(1, ${rows}) AS n;
      INSERT INTO deliveries (tenant_id, campaign_id, recipient_key, state, ordinal, due_at, updated_at)
        SELECT '${tenant}', c, 'user:' || ${id}, 'pending', n, 1, 1
        FROM (VALUES ('open', ${rows}), ('cancelled', ${fewer})) AS v (c, most), generate_series(2, most) AS n;
      INSERT INTO deliveries (tenant_id, campaign_id, recipient_key, state, ordinal, due_at, updated_at)
        SELECT '${tenant}', 'old', 'user:' || ${id}, 'accepted', n, 1, 1 FROM generate_series(1, ${fewer}) AS n;
      INSERT INTO deliveries (tenant_id, campaign_id, recipient_key, state, ordinal, due_at, updated_at, code)
        SELECT '${tenant}', 'lost', 'user:' || ${id}, 'uncertain', n, 1, 1, 'TEAMS_UNCERTAIN' FROM generate_series(1, ${fewer}) AS n;
      INSERT INTO campaign_codes VALUES ('${tenant}', 'lost', 'uncertain', 'TEAMS_UNCERTAIN', ${fewer});
      UPDATE campaigns SET state = 'finished', uncertain = ${fewer} WHERE campaign_id = 'lost';
      INSERT INTO attempts (tenant_id, campaign_id, recipient_key, number, operation, at, outcome, evidence, decision)
        SELECT '${tenant}', 'old', 'user:' || ${id}, 1, 'send', 1, '{}', '{}', '' FROM generate_series(1, ${fewer}) AS n;
      UPDATE campaigns SET state = 'finished', finished_at = 500, accepted = ${fewer} WHERE campaign_id = 'old';
      INSERT INTO campaign_codes VALUES ('${tenant}', 'done', 'failed', 'TEAMS_REJECTED', ${rows / 10});
      UPDATE campaigns SET state = 'finished', accepted = ${rows - rows / 10}, failed = ${rows / 10} WHERE campaign_id = 'done';
      UPDATE campaigns SET pending = ${rows} WHERE campaign_id = 'open';
      UPDATE campaigns SET state = 'cancelled', pending = ${fewer - 1}, queue = NULL WHERE campaign_id = 'cancelled';
      INSERT INTO campaigns SELECT (r).* FROM (
        SELECT jsonb_populate_record(c, jsonb_build_object('campaign_id', 'ntf_' || n, 'kind', 'notification',
          'created_at', n, 'finished_at', 1000 + n, 'accepted', 1, 'failed', 0, 'entry', 10000 + n)) AS r
        FROM campaigns c, generate_series(1, ${notifications}) AS n WHERE campaign_id = 'done') AS s;
      INSERT INTO campaign_contents SELECT tenant_id, 'ntf_' || n, message, audience, original
        FROM campaign_contents, generate_series(1, ${notifications}) AS n WHERE campaign_id = 'done';
      INSERT INTO deliveries (tenant_id, campaign_id, recipient_key, state, ordinal, due_at, updated_at)
        SELECT '${tenant}', 'ntf_' || n, 'user:' || ${id}, 'accepted', 0, 1, 1 FROM generate_series(1, ${notifications}) AS n`);
  });
  return url;
}

const numbers = Array.from({ length: limit }, (_, n) => 7 + n * 450);
const start = { part: "changed", item: 0, after: null } as const;

/** What happens all the time. Each is about {@link limit} rows, or fewer. */
const calls: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  "an edit of what is under way walks it": async ({ ledger }) => {
    const change = changeOf(campaignId("open"), 1, { id: campaignId("edit_open") });
    const made = await ledger.createChange({ change, state: "sending" });
    assert.equal(made?.result, "created");
    const request = { id: change.id, from: start, limit, now, lateMs: 5_000 };
    const walked = await ledger.expandChange(request);
    assert.ok(walked !== null && walked !== "under-way" && walked.after !== null);
  },
  "a lane is taken, recovered, and takes turns that claim, settle and learn": async (store) => {
    const lane = await hold(store, "w1", now);
    await store.ledger.recoverLane(lane, limit, now);
    const { claimed } = await turn(store, lane, { now, claim: limit });
    assert.equal(claimed.length, limit);
    const settlements = claimed.map((one) => settled(one));
    const facts = numbers.slice(0, 50).flatMap(installed);
    const next = await turn(store, lane, { now: now + 1, claim: limit, settlements, facts });
    assert.deepEqual([next.claimed.length, next.ignored], [limit, 0]);
  },
  "what a dead holder left in flight is recovered": async (store) => {
    await turn(store, await hold(store, "w1", now), { now, claim: limit });
    await store.ledger.releaseLane(await hold(store, "w1", now), 0);
    const next = await hold(store, "w2", now);
    const { resent } = await store.ledger.recoverLane(next, limit, now + 2);
    assert.ok(resent > 0);
    await store.ledger.releaseLane(next, 0);
  },
  "lanes and the planner look": async ({ ledger }) => {
    await ledger.openLanes(bot);
    await ledger.campaignsToRecall(now, 64);
    await ledger.campaignsToExpand(now, 64);
    assert.deepEqual(await ledger.campaignsToCancel(64), ["cancelled"]);
    await ledger.campaignsToRetry(64);
    await ledger.hasExpired(now);
    await ledger.nextScheduledAt();
    await ledger.campaignsUnderWay(bot, 100);
    await ledger.campaignsStopped(bot, 100);
    await ledger.laneTurnedAt(scope);
    await ledger.laneQuietUntil(scope);
  },
  "somebody looks at campaigns, deliveries and people": async ({ ledger, directory }) => {
    const id = campaignId("done");
    await ledger.getCampaign(id);
    await ledger.counts(id);
    await ledger.countsByCode(id);
    await ledger.listCampaigns({ kind: "campaign", limit: 50 });
    const { next } = await ledger.listCampaigns({ kind: "notification", limit: 50 });
    await ledger.listCampaigns({ kind: "notification", limit: 50, ...(next && { cursor: next }) });
    for (const state of [undefined, "failed"] as const) {
      const first = await ledger.listDeliveries(id, { limit: 100, ...(state && { state }) });
      assert.equal(first.items.length, 100);
      const cursor = first.next ?? "";
      await ledger.listDeliveries(id, { limit: 100, cursor, ...(state && { state }) });
    }
    await ledger.getDelivery(id, keyOf(77_777));
    await ledger.attemptsOf(id, keyOf(77_777));
    const past = { scope, recipients: [keyOf(4_000)], limit: 20, campaignsMax: 500 };
    await ledger.deliveriesTo(past);
    await directory.findPerson(scope, { aadObjectId: objectId(77_777) });
    await directory.findPerson(scope, { teamsId: "29:77777" });
    await directory.findPerson(scope, { userPrincipalName: "user77777" });
    await directory.findPerson(scope, { conversationId: conversationId("a:77777") });
    await directory.listPeople(scope, { limit: 50, search: "person 777" });
    await directory.countPeople(scope);
  },
  "notifications are stored, with keys": async ({ ledger }) => {
    for (let n = 1; n <= 3; n += 1)
      await ledger.createCampaign({
        campaign: campaign(`new_${now}_${n}`, { createdAt: now }),
        deliveries: numbers.slice(0, 60).map(to),
        idempotency: { key: `key ${n}`, fingerprint: "f" },
      });
  },
  "people are learned": async ({ directory }) => {
    await directory.learn(bot, numbers.slice(0, 50).flatMap(installed), now);
  },
  "an audience is expanded": async ({ ledger }) => {
    const from = { part: "include", item: 0, after: null } as const;
    const { id } = expanding("expanding");
    await ledger.createCampaign({ campaign: expanding("expanding") });
    const step = await ledger.expandEveryone({ id, from, limit, now });
    const at = { ...from, after: step?.after ?? null };
    const keys = numbers.slice(0, 100).map(keyOf);
    await ledger.expand({ id, from: at, to: at, now, add: { kind: "exclusions", keys } });
    const deliveries = numbers.map(to);
    await ledger.expand({ id, from: at, to: at, now, add: { kind: "recipients", deliveries } });
    await ledger.moveCampaign({ id, from: ["expanding"], to: "cancelled", now });
  },
  "failed deliveries are tried again": async ({ ledger }) => {
    const [id, from] = [campaignId("done"), ["finished"]] as const;
    const retry = { states: ["failed"], codes: null } as const;
    assert.equal(await ledger.requestRetry({ id, from, retry, now }), "asked");
    assert.equal((await ledger.retryRows(id, limit, now)).retried, limit);
  },
  "what nobody knows is listed and left as it is": async ({ ledger }) => {
    const { items, next } = await ledger.listUncertain({ botId: bot, limit });
    assert.equal(items.length, limit);
    await ledger.listUncertain({ botId: bot, limit, ...(next && { cursor: next }) });
    const id = campaignId("lost");
    await ledger.leaveUncertain({ id, which: { recipient: keyOf(7) }, now });
    const after = keyOf(10_000);
    const { left } = await ledger.leaveUncertain({ id, which: { after, limit }, now });
    assert.equal(left, limit);
  },
  "an edit and then a recall walk the messages that were accepted": async ({ ledger }) => {
    for (const [index, kind] of (["edit", "recall"] as const).entries()) {
      const change = changeOf(campaignId("done"), index + 1, { id: campaignId(kind), kind });
      const made = await ledger.createChange({ change, state: "sending" });
      assert.equal(made?.result, "created");
      let after: string | null = null;
      for (let step = 0; step < 3; step += 1) {
        const from = { ...start, after };
        const walked = await ledger.expandChange({
          id: change.id,
          from,
          limit,
          now,
          lateMs: 5_000,
        });
        assert.ok(walked !== null && walked !== "under-way" && walked.added > 100);
        ({ after } = walked);
      }
    }
    await ledger.changesOf(campaignId("done"), 10);
    await ledger.changesTo(campaignId("done"), numbers.map(keyOf));
  },
  "cancelled and expired rows are ended": async ({ ledger }) => {
    assert.equal(await ledger.cancelPending(campaignId("cancelled"), limit, now), limit);
    await ledger.expirePending(now, limit);
  },
  "what is older than it is to be kept is removed": async ({ ledger }) => {
    for (const what of ["attempts", "recipients"] as const) {
      const wanted = { botId: bot, what, before: now, limit: 64 };
      const old = await ledger.campaignsToForget(wanted);
      assert.equal(old[0]?.id, "old");
      const [, second] = old;
      await ledger.campaignsToForget({ ...wanted, ...(second && { after: second }) });
      const { removed } = await ledger.forget({ id: campaignId("old"), what, limit, now });
      assert.ok(removed > 0 && removed <= limit, String(removed));
    }
    await ledger.forget({ id: campaignId("ntf_9"), what: "recipients", limit, now });
    await ledger.forgottenAt(campaignId("old"));
    await ledger.forgetIdempotencyKeys(bot, now, limit);
  },
  "activities are stored and marked": async ({ inbound }) => {
    const made = numbers.map((n) => ({
      ...scope,
      conversationId: conversationId(`a:${n}`),
      activityId: activityId(`${now} ${n}`),
      receivedAt: now,
      body: "{}",
    }));
    await Promise.all(made.map((one) => inbound.recordActivity(one)));
    await inbound.markProcessed(await inbound.unprocessed(bot, limit), now);
    await inbound.forgetProcessed(now + 1, limit);
  },
};

for (const [when, prepare] of [
  ["that has never analysed its tables", ""],
  ["that has analysed its tables", "ANALYZE"],
] as const)
  describe(`a PostgreSQL server ${when}`, { skip }, () => {
    let url = "";
    let store: Store;
    let told: Told[];
    before(async () => {
      url = await filled(prepare === "" ? "fresh" : "analysed");
      if (prepare !== "") await asOwner(url, (client) => client.query(prepare));
      ({ store, told } = explained(url));
    });
    after(() => store?.close());

    for (const [sentence, call] of Object.entries(calls))
      it(`reads only what it has to when ${sentence}`, async () => {
        told.length = 0;
        await call(store);
        assert.ok(told.length > 0, "the server tells its plans");
        for (const { statement, step, visited } of told)
          assert.ok(visited <= visitedMax, `${visited} rows by ${step} for\n${statement}`);
      });

    it("would be found out where it walks a table", async () => {
      told.length = 0;
      const limited = { limit: 1, search: "nobody is called so" };
      await store.directory.listPeople(scope, limited);
      await store.ledger.deliveriesTo({
        ...{ scope, recipients: [recipientKey("user:nobody")], limit: 1 },
        campaignsMax: notifications,
      });
      assert.ok(told.some(({ visited }) => visited > visitedMax));
    });
  });
