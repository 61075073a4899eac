import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readMetrics } from "../../src/app/metric-readings.ts";
import type { GraphView, LaneView } from "../../src/engine/engine.ts";

const lane = (n: number, over: Partial<LaneView> = {}): LaneView => ({
  tenantId: `tenant-${n}`,
  inFlight: 1,
  ratePerSecond: 45,
  ceilingPerSecond: 50,
  throttledUntil: null,
  attention: null,
  requests: 10,
  throttled: 2,
  holdsLost: 0,
  settlementsIgnored: 0,
  ...over,
});

const noCampaigns = { countCampaigns: async () => [] };

async function readingsOf(
  lanes: readonly LaneView[],
  ledger = noCampaigns,
  graph: readonly GraphView[] = [],
) {
  const sources = { version: "1.2.3", lanes: () => lanes, graph: () => graph, ledger };
  const readings = await readMetrics(sources);
  return {
    all: readings,
    value: (name: string, label: string) =>
      readings.find((one) => one.name === name && one.labels[0] === label)?.value,
  };
}

describe("what is read for the metrics", () => {
  it("has each lane, and until when it is to be quiet", async () => {
    const { value } = await readingsOf([lane(1), lane(2, { throttledUntil: 90_500 })]);
    assert.equal(value("carillon_lane_rate", "tenant-1"), 45);
    assert.equal(value("carillon_lane_ceiling", "tenant-2"), 50);
    assert.equal(value("carillon_lane_in_flight", "tenant-2"), 1);
    assert.equal(value("carillon_lane_throttled_total", "tenant-1"), 2);
    assert.equal(value("carillon_lane_paused_until_seconds", "tenant-1"), 0);
    assert.equal(value("carillon_lane_paused_until_seconds", "tenant-2"), 90.5);
  });

  it("counts the tenants whose Graph is not asked, by cause, apart from the lanes", async () => {
    const view: GraphView = {
      ...{ tenantId: "tenant-1", requests: 1, throttled: 0, budgets: [] },
      attention: { code: "GRAPH_REFUSED", detail: "", since: 0, retryAt: null },
    };
    const { value } = await readingsOf([lane(1)], noCampaigns, [view, view]);
    assert.equal(value("carillon_graph_held_up", "GRAPH_REFUSED"), 2);
    assert.equal(value("carillon_lanes_held_up", "GRAPH_REFUSED"), undefined);
  });

  it("counts the lanes that are held up, by cause", async () => {
    const attention = (code: "TEAMS_UNAVAILABLE" | "TEAMS_THROTTLED") => ({
      attention: { code, detail: "", since: 0, retryAt: null },
    });
    const { value } = await readingsOf([
      lane(1, attention("TEAMS_UNAVAILABLE")),
      lane(2),
      lane(3, attention("TEAMS_UNAVAILABLE")),
      lane(4, attention("TEAMS_THROTTLED")),
    ]);
    assert.equal(value("carillon_lanes_held_up", "TEAMS_UNAVAILABLE"), 2);
    assert.equal(value("carillon_lanes_held_up", "TEAMS_THROTTLED"), 1);
  });

  it("lists a thousand tenants, and sums up the rest", async () => {
    const lanes = Array.from({ length: 1_200 }, (_, n) => lane(n));
    const { all, value } = await readingsOf(lanes);
    const listed = all.filter(({ name }) => name === "carillon_lane_requests_total");
    assert.equal(listed.length, 1_001);
    assert.equal(value("carillon_lane_requests_total", "other"), 2_000);
    assert.equal(
      listed.reduce((sum, one) => sum + one.value, 0),
      12_000,
    );
  });

  it("answers without the campaigns while the store cannot be read", async () => {
    const ledger = { countCampaigns: () => Promise.reject(new Error("the disk is gone")) };
    const { all, value } = await readingsOf([lane(1)], ledger);
    assert.equal(value("carillon_lane_rate", "tenant-1"), 45);
    assert.ok(all.every(({ name }) => name !== "carillon_campaigns"));
  });
});
