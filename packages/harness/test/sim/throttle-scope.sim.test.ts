// Goal: a 429 that does not say which limit it speaks of is seldom taken for the other's, and that costs little. Method: worlds
// in which a lane and many of its conversations are pushed to their limits, by ourselves, by other bots and by a network that
// bunches requests; the emulator knows which limit it enforced, and each guess of the engine is held against that.
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Emulator } from "@carillon/emulator";
import type { Rng } from "../../../server/src/engine/ports/runtime.ts";
import type { Transport } from "../../../server/src/teams/transport.ts";
import { seededRandom } from "../../src/seeded-random.ts";
import { type VirtualCampaigns, virtualCampaigns } from "../../src/virtual-campaign.ts";
import type { VirtualClock } from "../../src/virtual-clock.ts";

type Limit = "conversation" | "lane";

/** Which limits a world pushes. */
interface Pushes {
  readonly seed: number;
  /** A broadcast at the lane's ceiling. */
  readonly isBroadcasting: boolean;
  /** Chats that get so many messages at once that their own windows fill. */
  readonly busyChats: number;
  /** How much later than others a request may arrive: that bunches them. */
  readonly jitterMs: number;
  /** How often other bots write into the chats. */
  readonly otherBots: number;
  /** What the platform really allows the lane. */
  readonly rps: number;
}

/** What 429s were, and what the engine took them for. */
interface Tally {
  readonly guesses: { readonly truth: Limit; readonly guess: Limit }[];
  requests: number;
  /** Requests in a time of quiet that the emulator had asked for. */
  violations: number;
}

/** A network that bunches requests, and hears what the emulator thinks of each. */
function bunching(
  {
    clock,
    emulator,
    random,
  }: { readonly clock: VirtualClock; readonly emulator: Emulator; readonly random: Rng },
  jitterMs: number,
  onThrottled: (truth: Limit) => void,
): (real: Transport) => Transport {
  return (real) => ({
    request: async (request) => {
      const url = new URL(request.url);
      if (url.pathname.endsWith("/token")) return real.request(request);
      await clock.sleep(2 + Math.floor(random() * jitterMs));
      const headers = Object.fromEntries(
        request.headers.flatMap((name, index) =>
          index % 2 === 0 ? [[name, request.headers[index + 1] ?? ""]] : [],
        ),
      );
      const before = emulator.counts().throttled;
      const asked = emulator.exchange({
        method: request.method,
        target: url.pathname + url.search,
        headers,
        body: request.body ?? "",
      });
      // It is decided as it arrives.
      const isThrottled = emulator.counts().throttled > before;
      const truth = isThrottled ? emulator.throttles().at(-1)?.limit : undefined;
      const answer = await asked;
      await clock.sleep(2 + Math.floor(random() * 6));
      if (truth !== undefined) onThrottled(truth);
      return { kind: "answer", ...answer };
    },
  });
}

async function play(pushes: Pushes, tally: Tally): Promise<void> {
  const { seed, rps, jitterMs, isBroadcasting } = pushes;
  const random = seededRandom(seed * 3 + 1);
  let wire = (real: Transport) => real;
  const here = await virtualCampaigns(
    { people: isBroadcasting ? 700 : 4, chats: 8, seed, rps, laneRps: 50 },
    { wire: (real) => ({ request: (request) => wire(real).request(request) }) },
  );
  const { clock, emulator } = here.world;
  for (const { index } of emulator.chats())
    await here.world.within(emulator.install({ chat: index }));
  const guessed = () =>
    here.service.logged.filter(({ event }) => event === "lane.throttled").length;
  wire = bunching({ clock, emulator, random }, jitterMs, (truth) => {
    const before = guessed();
    // Everything that follows from the answer has happened by then.
    void clock.sleep(0).then(() => {
      tally.guesses.push({ truth, guess: guessed() > before ? "lane" : "conversation" });
    });
  });
  const before = emulator.counts().requests;
  if (isBroadcasting) await here.begin("To everyone.");
  for (let second = 0; second < 16; second += 1) {
    await clock.runFor(1000);
    await push(here, pushes, { second, random });
  }
  await clock.runFor(5000);
  tally.requests += emulator.counts().requests - before;
  const ignored = emulator.violations().filter(({ kind }) => kind === "retry-after-ignored");
  tally.violations += ignored.length;
  await here.service.stop();
}

/** What is written into the busy chats in one second: by us, twelve at once, and by other bots. */
async function push(
  { world, service }: VirtualCampaigns,
  { busyChats, otherBots }: Pushes,
  { second, random }: { readonly second: number; readonly random: Rng },
): Promise<void> {
  const burst = second % 4 === 0 ? 12 : 0;
  for (const { id } of world.emulator.chats().slice(0, busyChats)) {
    for (let n = 0; n < burst; n += 1) {
      const message = { text: `${second} ${n}` };
      await world.within(service.engine.notifications.create({ to: { chat: id }, message }));
    }
    if (random() * 16 < otherBots) world.emulator.addOtherTraffic(id, 16);
  }
}

function worlds(over: Partial<Pushes>, count: number, from: number): readonly Pushes[] {
  return Array.from({ length: count }, (_, index) => ({
    seed: from + index,
    isBroadcasting: true,
    busyChats: 4,
    jitterMs: 30,
    otherBots: 0,
    rps: 50,
    ...over,
  }));
}

const kinds: readonly {
  readonly name: string;
  readonly worlds: readonly Pushes[];
  /** The share of 429s that may be taken for the other's. */
  readonly wrongMax: number;
}[] = [
  {
    name: "a broadcast and busy chats",
    worlds: worlds({}, 6, 100),
    wrongMax: 0.3,
  },
  {
    name: "busy chats alone",
    worlds: worlds({ isBroadcasting: false }, 6, 200),
    wrongMax: 0.05,
  },
  {
    name: "busy chats that other bots write into, too",
    worlds: worlds({ isBroadcasting: false, otherBots: 4 }, 6, 300),
    wrongMax: 0.2,
  },
  {
    name: "a broadcast in a lane that allows less than is documented",
    worlds: worlds({ rps: 40, busyChats: 0 }, 4, 400),
    wrongMax: 0.02,
  },
  {
    name: "a broadcast and busy chats in such a lane",
    worlds: worlds({ rps: 40 }, 8, 500),
    // 13 % in 24 such worlds.
    wrongMax: 0.2,
  },
  {
    name: "a broadcast, and chats that other bots write into",
    worlds: worlds({ otherBots: 4 }, 4, 600),
    wrongMax: 0.25,
  },
];

for (const { name, worlds: played, wrongMax } of kinds)
  it(`few 429s are taken for the other limit's: ${name}`, async (t) => {
    const tally: Tally = { guesses: [], requests: 0, violations: 0 };
    for (const pushes of played) await play(pushes, tally);
    const count = (truth: Limit, guess: Limit) =>
      tally.guesses.filter((one) => one.truth === truth && one.guess === guess).length;
    const wrong = count("lane", "conversation") + count("conversation", "lane");
    t.diagnostic(
      `${tally.requests} requests, ${tally.guesses.length} × 429; the lane's: ${count("lane", "lane")} right, ` +
        `${count("lane", "conversation")} wrong; a conversation's: ${count("conversation", "conversation")} right, ` +
        `${count("conversation", "lane")} wrong; ${tally.violations} requests in a time of quiet`,
    );
    assert.ok(tally.guesses.length > 0, "limits were met");
    assert.ok(wrong <= Math.ceil(wrongMax * tally.guesses.length), `${wrong} wrong`);
  });
