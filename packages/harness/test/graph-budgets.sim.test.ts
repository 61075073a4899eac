// Goal: Graph and the connector draw on nothing of each other; processes that do not count together keep Graph's limit where there are
// four of them, and are slowed by its answers where there are more. Method: the whole service, or Graph's traffic alone with its real
// client, in virtual time against the emulator, which counts on its own.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createEmulator, type Emulator } from "@carillon/emulator";
import { tenantId } from "../../server/src/domain/ids.ts";
import type { Log } from "../../server/src/domain/log.ts";
import { noMetrics } from "../../server/src/domain/metrics.ts";
import { GraphTenants } from "../../server/src/engine/graph/graph-tenants.ts";
import type { GraphTraffic } from "../../server/src/engine/graph/graph-traffic.ts";
import { steadyClock } from "../../server/src/engine/steady-clock.ts";
import { cloudSettings } from "../../server/src/teams/clouds.ts";
import { createGraph } from "../../server/src/teams/graph.ts";
import { createSecretTokenSource } from "../../server/src/teams/secret-token-source.ts";
import type { Transport } from "../../server/src/teams/transport.ts";
import { seededRandom } from "../src/seeded-random.ts";
import { emulatorNetwork } from "../src/simulation/world/network.ts";
import { Trace } from "../src/simulation/world/trace.ts";
import { type VirtualCampaigns, virtualCampaigns } from "../src/virtual-campaign.ts";
import { VirtualClock } from "../src/virtual-clock.ts";

const minute = 60_000;

/** Writes down when requests to Graph begin, and when others do. */
function watched(clock: () => number) {
  const starts = { graph: [] as number[], lane: [] as number[] };
  const wire = (transport: Transport): Transport => ({
    request(request) {
      const { pathname } = new URL(request.url);
      if (pathname.startsWith("/graph/")) starts.graph.push(clock());
      else if (!pathname.endsWith("/token")) starts.lane.push(clock());
      return transport.request(request);
    },
  });
  return { starts, wire };
}

/** Asks for a message to each of these people by name, all at once; answers how many were taken. */
async function sendByName(here: VirtualCampaigns, indexes: readonly number[]): Promise<number> {
  const { emulator } = here.world;
  const sends = indexes.map((index) =>
    here.service.client.notifications
      .create({ to: { user: emulator.person(index).userPrincipalName }, message: { text: "Hi." } })
      .then(
        () => true,
        () => false,
      ),
  );
  return (await here.world.within(Promise.all(sends), minute)).filter(Boolean).length;
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index);

describe("the lane of a bot that asks Graph", () => {
  it("goes on at its whole rate while Graph is throttled, and while Graph is asked a lot", async () => {
    let now = () => 0;
    const { starts, wire } = watched(() => now());
    const here = await virtualCampaigns({ people: 2000, seed: 421 }, { wire, graphUsers: true });
    const { world } = here;
    now = () => world.clock.now();
    const rateOf = async (text: string, meanwhile: () => Promise<unknown>) => {
      const id = await here.begin(text);
      await world.until(async () => world.messages(text).length > 100, minute);
      const from = starts.lane.length;
      const since = world.clock.now();
      await meanwhile();
      await world.clock.runFor(since + 20_000 - world.clock.now());
      const count = starts.lane.length - from;
      await world.within(here.service.client.campaigns.cancel(id));
      await world.clock.runFor(2000);
      return count / 20;
    };
    const operation = "graph-user" as const;
    world.emulator.setFaults({
      rates: [{ kind: "throttled", operation, share: 1, retryAfterSeconds: 30 }],
    });
    // Names that nobody has: who is known is not asked for.
    const strangers = async (label: string) => {
      for (const n of range(0, 300))
        await here.service.client.notifications
          .create({ to: { user: `${label}${n}@contoso.example` }, message: { text: "x" } })
          .catch(() => null);
    };
    const throttled = await rateOf("While Graph is throttled.", () =>
      world.within(strangers("a"), minute),
    );
    assert.ok(throttled >= 49, `${throttled} a second`);
    assert.equal(starts.graph.length, 1, "one is told, and the others do not ask");
    world.emulator.setFaults(null);
    await world.clock.runFor(30_000);
    const busy = await rateOf("While Graph is busy.", () => world.within(strangers("b"), minute));
    assert.ok(busy >= 49, `${busy} a second`);
    assert.ok(starts.graph.length > 250, `Graph was asked ${starts.graph.length} times`);
    assert.deepEqual(world.emulator.violations(), []);
    await here.service.stop();
  });

  it("is at rest inside a Retry-After, and Graph is asked all the same", async () => {
    let now = () => 0;
    const { starts, wire } = watched(() => now());
    const here = await virtualCampaigns(
      { people: 100, seed: 422, shares: { withoutApp: 1, blocked: 0 } },
      { wire, graphUsers: true },
    );
    const { world } = here;
    now = () => world.clock.now();
    await world.within(world.emulator.install(0));
    await world.clock.runFor(1000);
    world.emulator.setFaults({
      script: [{ kind: "throttled", scope: "lane", retryAfterSeconds: 60, operation: "send" }],
    });
    const to = { user: world.emulator.person(0).aadObjectId };
    await world.within(here.service.client.notifications.create({ to, message: { text: "x" } }));
    await world.clock.runFor(1000);
    const since = world.clock.now();
    const before = starts.lane.length;
    assert.equal(await sendByName(here, range(1, 61)), 60);
    assert.ok(world.clock.now() - since < 2000, "nobody waited for the lane");
    assert.deepEqual([starts.graph.length, starts.lane.length - before], [60, 0]);
    assert.deepEqual(world.emulator.violations(), []);
    await here.service.stop();
  });
});

describe("a tenant whose admin consents later", () => {
  it("is asked about with a token that has the consent, within two minutes and by itself", async () => {
    const here = await virtualCampaigns(
      { people: 40, seed: 423, graphPermissions: [], shares: { withoutApp: 1, blocked: 0 } },
      { graphUsers: true },
    );
    const { world, service } = here;
    assert.equal(await sendByName(here, [1]), 0);
    assert.equal((await service.client.status()).graph[0]?.attention?.code, "GRAPH_REFUSED");
    for (let tries = 0; tries < 5; tries += 1) {
      await world.clock.runFor(minute);
      assert.equal(await sendByName(here, [1]), 0);
    }
    world.emulator.setGraphPermissions(["User.Read.All"]);
    const since = world.clock.now();
    while ((await sendByName(here, [1])) === 0 && world.clock.now() - since < 10 * minute)
      await world.clock.runFor(1000);
    assert.ok(world.clock.now() - since <= 2 * minute, `${world.clock.now() - since} ms`);
    assert.equal((await service.client.status()).graph[0]?.attention, null);
    const told = service.logged.map(({ event }) => event).filter((one) => one.startsWith("graph."));
    assert.deepEqual(told, ["graph.halted", "graph.resumed"]);
    await service.stop();
  });
});

describe("a Graph that does not answer", () => {
  it("keeps nobody waiting for longer than its time-out, and is asked again by itself", async () => {
    const here = await virtualCampaigns(
      { people: 40, seed: 424, shares: { withoutApp: 1, blocked: 0 } },
      { graphUsers: true },
    );
    const { world } = here;
    const operation = "graph-user" as const;
    world.emulator.setFaults({ rates: [{ kind: "slow", operation, share: 1, ms: 10 * minute }] });
    const waits = [];
    for (const index of range(1, 12)) {
      const since = world.clock.now();
      assert.equal(await sendByName(here, [index]), 0);
      waits.push(world.clock.now() - since);
      await world.clock.runFor(100);
    }
    assert.ok(Math.max(...waits) < 5500, `${Math.max(...waits)} ms`);
    assert.ok(waits.filter((ms) => ms > 1000).length <= 2, waits.join());
    world.emulator.setFaults(null);
    await world.clock.runFor(minute);
    assert.equal(await sendByName(here, [1]), 1);
    assert.equal(await sendByName(here, range(2, 12)), 10);
    await here.service.stop();
  });
});

/** Some processes that ask Graph as fast as they may, for a while. */
async function ask(emulator: Emulator, clock: VirtualClock, processes: number, forMs: number) {
  const rng = seededRandom(7);
  const network = emulatorNetwork(
    { clock, rng, emulator, trace: new Trace() },
    { latencyMs: 2, tokenMs: 50, isOut: () => false },
  );
  const bot = emulator.bot();
  const cloud = cloudSettings("Public", { loginUrl: bot.loginUrl, graphUrl: bot.graphUrl });
  const end = clock.now() + forMs;
  const counts = { answered: 0, refused: 0, early: 0 };
  const names = range(0, 40).map((index) => emulator.person(index).userPrincipalName);
  const runs = range(0, processes).map(async () => {
    let quietUntil = 0;
    const transport: Transport = {
      async request(request) {
        if (clock.now() < quietUntil) counts.early += 1;
        const answer = await network.request(request);
        if (answer.kind !== "answer") return answer;
        if (answer.status === 429) {
          counts.refused += 1;
          quietUntil = clock.now() + 1000 * Number(answer.headers["retry-after"]);
        } else if (request.method === "GET") counts.answered += 1;
        return answer;
      },
    };
    const { clientId, clientSecret } = bot;
    const tokens = createSecretTokenSource(
      { transport, clock, log: silent },
      { cloud, clientId, clientSecret, tenantId: bot.tenantId },
    );
    const graph = createGraph({ transport, tokens, clock }, { cloud });
    const parts = { clock: steadyClock(clock), graph, log: silent, metrics: noMetrics };
    const traffic = new GraphTenants(parts).traffic(tenantId(bot.tenantId));
    // One at a time, so that none is under way when a 429 comes.
    await loop(traffic, { names, clock, end });
  });
  let isDone = false;
  const all = Promise.all(runs).then(() => {
    isDone = true;
  });
  assert.ok(await clock.runUntil(() => isDone, 2 * forMs));
  await all;
  return counts;
}

async function loop(
  traffic: GraphTraffic,
  {
    names,
    clock,
    end,
  }: { readonly names: readonly string[]; readonly clock: VirtualClock; readonly end: number },
): Promise<void> {
  for (let n = 0; clock.now() < end; n += 1) {
    const { outcome } = await traffic.findUser(names[n % names.length] ?? "");
    if (outcome.kind !== "answered") await clock.sleep(100);
  }
}

const silent: Log = { info: () => {}, warn: () => {}, error: () => {} };

describe("processes that do not count together", () => {
  const made = () => {
    const clock = new VirtualClock();
    const emulator = createEmulator({ people: 40, clock, rng: seededRandom(3) });
    assert.equal(emulator.limits().graphUnits, 3500);
    return { clock, emulator };
  };

  it("use all of Graph's limit where there are four of them, and are not refused once", async () => {
    const { clock, emulator } = made();
    const counts = await ask(emulator, clock, 4, minute);
    assert.deepEqual([counts.refused, counts.early], [0, 0]);
    assert.ok(counts.answered > 0.8 * 3500 * 6, `${counts.answered} in a minute`);
  });

  it("are slowed by Graph's answers where there are eight, and none asks inside a Retry-After of its own", async () => {
    const { clock, emulator } = made();
    const counts = await ask(emulator, clock, 8, minute);
    assert.equal(counts.early, 0);
    const share = counts.refused / (counts.answered + counts.refused);
    assert.ok(share < 0.02, `${counts.refused} of ${counts.answered} were refused`);
    assert.ok(counts.answered > 0.5 * 3500 * 6, `${counts.answered} in a minute`);
  });

  it("give way to others in the tenant who use most of the limit", async () => {
    const { clock, emulator } = made();
    const others = setOthers(emulator, clock, 250);
    const counts = await ask(emulator, clock, 4, minute);
    others.stop();
    assert.equal(counts.early, 0);
    const share = counts.refused / (counts.answered + counts.refused);
    assert.ok(share < 0.05, `${counts.refused} of ${counts.answered} were refused`);
  });
});

/** Others who read this many units a second. */
function setOthers(emulator: Emulator, clock: VirtualClock, units: number) {
  let isOver = false;
  void (async () => {
    while (!isOver) {
      emulator.addOtherGraphTraffic(units / 10);
      await clock.sleep(100);
    }
  })();
  return {
    stop: () => {
      isOver = true;
    },
  };
}
