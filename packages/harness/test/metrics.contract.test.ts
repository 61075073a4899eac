// Goal: /metrics tells what happened, names only what its page describes, and leaves nothing of the page out. Method: a campaign
// in which something of everything happens, on the real service; then the text is compared with the API and the table.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { metricFacts } from "../../server/src/domain/metric-facts.ts";
import { type ContractWorld, contractWorld } from "../src/contract-world.ts";
import { until } from "../src/until.ts";

let world: ContractWorld;
/** Values by series, as the text has them. */
let values: ReadonlyMap<string, number>;

async function scraped(): Promise<string> {
  const response = await fetch(`${world.service.url}/metrics`, {
    headers: { authorization: `Bearer ${world.apiKey}` },
  });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  return response.text();
}

function valuesOf(text: string): ReadonlyMap<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const [, series = "", value] = /^(\S+?(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
      return [series, Number(value)];
    }),
  );
}

const valueAt = (series: string) => values.get(series) ?? 0;

before(async () => {
  world = await contractWorld({
    people: 40,
    teams: 1,
    laneRps: 40,
    graphUsers: true,
    shares: { blocked: 0.1 },
    faults: { rules: [{ kind: "throttled", operation: "send", times: 2, retryAfterSeconds: 1 }] },
  });
  await world.emulator.install("all");
  await world.emulator.say(0, "hello", { flaw: "bad-signature" });
  await fetch(`${world.service.url}/api/messages`, { method: "POST", body: "{}" });
  const nobody = { to: { user: "nobody@contoso.example" }, message: { text: "Nobody there" } };
  await assert.rejects(world.client.notifications.create(nobody), /nobody@contoso/);
  const everyone = { include: [{ everyone: true as const }] };
  await world.run({ audience: everyone, message: { text: "An announcement" } });
  const { id } = await world.client.campaigns.create({
    name: "Cancelled",
    message: { text: "Never mind" },
    audience: everyone,
    ratePerSecond: 1,
  });
  await world.client.campaigns.start(id);
  await until(async () => (await world.client.campaigns.get(id)).state === "sending", "sending");
  await world.client.campaigns.cancel(id);
  await until(async () => {
    values = valuesOf(await scraped());
    return values.has('carillon_deliveries_ended_unsent_total{why="cancelled"}');
  }, "the sweep");
});
after(() => world.close());

describe("the metrics of a running service", () => {
  it("agree with what the API says of the campaigns", async () => {
    const { items } = await world.client.campaigns.list();
    for (const state of ["accepted", "failed", "skipped"] as const)
      assert.equal(
        valueAt(`carillon_deliveries_total{state="${state}"}`),
        items.reduce((sum, { counts }) => sum + counts[state], 0),
        state,
      );
    assert.equal(valueAt('carillon_campaigns{state="finished"}'), 1);
    assert.equal(valueAt('carillon_campaigns{state="cancelled"}'), 1);
  });

  it("agree with what the emulator saw of the lane", async () => {
    const tenant = world.emulator.bot().tenantId;
    const { throttled } = world.emulator.counts();
    assert.ok(throttled > 0, "the plan of faults has two");
    assert.equal(valueAt(`carillon_lane_throttled_total{tenant="${tenant}"}`), throttled);
    assert.equal(valueAt(`carillon_lane_ceiling{tenant="${tenant}"}`), 40);
    assert.equal(
      valueAt('carillon_attempts_total{operation="send",outcome="throttled"}'),
      throttled,
    );
    assert.ok(valueAt(`carillon_lane_paused_until_seconds{tenant="${tenant}"}`) >= 0);
  });

  it("tell of activities by result, and of tokens", () => {
    assert.ok(valueAt('carillon_inbound_activities_total{result="accepted"}') >= 40);
    assert.equal(valueAt('carillon_inbound_activities_total{result="refused"}'), 2);
    // One for the connector, and one for Graph.
    assert.equal(valueAt('carillon_tokens_total{result="acquired"}'), 2);
  });

  it("have distributions whose buckets add up", () => {
    const sent = valueAt('carillon_attempt_seconds_bucket{le="+Inf",operation="send"}');
    assert.equal(sent, valueAt('carillon_attempt_seconds_count{operation="send"}'));
    assert.ok(sent >= 36);
    for (const work of ["commit", "read", "begin"])
      assert.ok(valueAt(`carillon_block_seconds_count{work="${work}"}`) > 0, work);
    assert.equal(
      valueAt("carillon_commit_seconds_count"),
      valueAt('carillon_block_seconds_count{work="commit"}'),
    );
  });

  it("count what Graph was asked, and what came of it", () => {
    const series = 'carillon_graph_requests_total{operation="find-user",outcome="absent"}';
    assert.equal(valueAt(series), 1);
    assert.equal(valueAt('carillon_graph_seconds_count{operation="find-user"}'), 1);
  });

  it("are those of the table: none besides, and none missing but what did not happen", async () => {
    const text = await scraped();
    const described = new Set<string>(Object.keys(metricFacts));
    const told = new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name ?? ""));
    assert.deepEqual(
      [...told].filter((name) => !described.has(name)),
      [],
    );
    const unhappened = [
      "carillon_deliveries_resent_total",
      "carillon_graph_held_up",
      "carillon_lanes_held_up",
    ];
    // Its store is a file: what only PostgreSQL's does is counted in the tests of that.
    const isOfPostgres = (name: string) => /^carillon_(?:store|wakes)_/.test(name);
    assert.deepEqual(
      [...described].filter((name) => !told.has(name) && !isOfPostgres(name)),
      unhappened,
    );
  });

  it("need a key, also from this machine", async () => {
    const response = await fetch(`${world.service.url}/metrics`);
    assert.equal(response.status, 401);
  });
});
