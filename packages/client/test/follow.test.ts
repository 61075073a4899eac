import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type CampaignProgress,
  CarillonError,
  createClient,
  type StreamEvent,
} from "../src/index.ts";
import {
  broken,
  instantTiming,
  json,
  problem,
  rejection,
  type Step,
  scriptedService,
} from "./scripted-service.ts";

const counts = {
  total: 10,
  pending: 10,
  sending: 0,
  accepted: 0,
  failed: 0,
  skipped: 0,
  cancelled: 0,
  uncertain: 0,
};

function campaign(state: string, accepted = 0): Step {
  return json({
    id: "cmp_1",
    state,
    counts: { ...counts, pending: 10 - accepted, accepted },
    ratePerSecond: 5,
    etaSeconds: 2,
    attention: null,
  });
}

function progress(accepted: number): StreamEvent {
  return {
    type: "progress",
    id: "cmp_1",
    counts: { ...counts, pending: 10 - accepted, accepted },
    ratePerSecond: 5,
    etaSeconds: 1,
  };
}

/** A stream that greets, tells these events one by one, and then ends (or breaks, or stays open), after some other texts. */
function stream(
  events: readonly StreamEvent[],
  end: "end" | "break" | "stay" = "end",
  texts: readonly string[] = [],
): Step {
  const pieces = [
    ": hello\n\n",
    ...events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`),
    ...texts,
  ];
  return (request) => {
    const body = new ReadableStream({
      start(controller) {
        // The platform's fetch breaks the body when the signal aborts; a scripted answer has to do it itself.
        request.signal.addEventListener("abort", () => {
          try {
            controller.error(request.signal.reason);
          } catch {
            // It was read to its end before.
          }
        });
      },
      pull(controller) {
        const piece = pieces.shift();
        if (piece !== undefined) controller.enqueue(new TextEncoder().encode(piece));
        else if (end === "end") controller.close();
        else if (end === "break") controller.error(new TypeError("terminated"));
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
}

function following(steps: readonly Step[]) {
  const service = scriptedService(steps);
  const timing = instantTiming();
  const client = createClient({
    url: "http://127.0.0.1:3978",
    apiKey: "key-1",
    fetch: service.fetch,
    timing: {
      random: timing.random,
      // How long a stream may stay silent is no pause of the follower's.
      sleep: (ms, signal) =>
        timing.sleep(ms === 5000 && signal !== undefined ? 60_000 : ms, signal),
    },
  });
  const seen: CampaignProgress[] = [];
  const follow = (options = {}) =>
    client.campaigns.follow("cmp_1", (one) => void seen.push(one), options);
  const shown = () =>
    seen.map(
      ({ state, counts: { accepted }, live }) => `${state} ${accepted}${live ? " live" : ""}`,
    );
  return { follow, shown, seen, timing, requests: service.requests };
}

describe("following a campaign", () => {
  it("tells of its progress from the stream, and resolves to the finished campaign", async () => {
    const { follow, shown, requests } = following([
      campaign("sending"),
      stream([progress(4), progress(9), { type: "campaign", id: "cmp_1", state: "finished" }]),
      campaign("finished", 10),
    ]);
    const last = await follow();
    assert.equal(last.state, "finished");
    assert.deepEqual(shown(), [
      "sending 0",
      "sending 4 live",
      "sending 9 live",
      "finished 9 live",
      "finished 10",
    ]);
    assert.match(requests[1]?.url ?? "", /\/v1\/stream\?campaign=cmp_1$/);
  });

  it("resolves at once to a campaign that is over", async () => {
    const { follow, requests } = following([campaign("cancelled", 3)]);
    assert.equal((await follow()).state, "cancelled");
    assert.equal(requests.length, 1);
  });

  it("asks how things stand and listens again when the stream breaks", async () => {
    const { follow, shown } = following([
      campaign("sending"),
      stream([progress(1), progress(2)], "break"),
      campaign("sending", 5),
      stream([{ type: "campaign", id: "cmp_1", state: "finished" }]),
      campaign("finished", 10),
    ]);
    await follow();
    assert.deepEqual(shown(), [
      "sending 0",
      "sending 1 live",
      "sending 2 live",
      "sending 5",
      "finished 5 live",
      "finished 10",
    ]);
  });

  it("asks every two seconds where streams never come through", async () => {
    const refused = problem(502, "SERVICE_UNAVAILABLE");
    const { follow, timing, requests } = following([
      campaign("sending", 1),
      refused,
      campaign("sending", 2),
      refused,
      campaign("sending", 3),
      refused,
      campaign("sending", 4),
      campaign("sending", 5),
      campaign("finished", 10),
    ]);
    assert.equal((await follow()).counts.accepted, 10);
    assert.equal(requests.filter(({ url }) => url.includes("/stream")).length, 3);
    assert.deepEqual(timing.waits, [1000, 2000, 4000, 2000, 2000]);
  });

  it("outlasts a service that goes away for a while, and tells of it", async () => {
    const away = Array.from({ length: 6 }, broken);
    const { follow } = following([
      campaign("sending"),
      broken(),
      ...away,
      campaign("finished", 10),
    ]);
    const troubles: number[] = [];
    await follow({ onTrouble: (_: Error, retryInMs: number) => troubles.push(retryInMs) });
    assert.deepEqual(troubles, [500, 1000]);
  });

  it("is given up when the service stays away", async () => {
    const { follow, requests } = following([
      campaign("sending"),
      broken(),
      ...Array.from({ length: 500 }, broken),
    ]);
    await assert.rejects(follow(), { name: "CarillonUnreachableError" });
    assert.ok(requests.length < 200, `${requests.length} requests`);
  });

  it("rejects at once where the service refuses", async () => {
    const { follow } = following([problem(404, "CAMPAIGN_UNKNOWN")]);
    await assert.rejects(follow(), CarillonError);
    const second = following([campaign("sending"), problem(401, "API_KEY_WRONG")]);
    await assert.rejects(second.follow(), { code: "API_KEY_WRONG" });
  });

  it("ends with the caller's reason when the signal aborts in the middle of the stream", async () => {
    const controller = new AbortController();
    const { follow, seen } = following([campaign("sending"), stream([progress(1)], "stay")]);
    const reason = new Error("enough");
    const end = rejection(follow({ signal: controller.signal }));
    while (seen.length < 2) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(reason);
    assert.equal(await end, reason);
  });

  it("lets go of a stream in which nothing comes, and asks instead", async () => {
    const service = scriptedService([
      campaign("sending"),
      () => new Response(new ReadableStream({})),
      campaign("finished", 10),
    ]);
    const client = createClient({
      url: "http://127.0.0.1:3978",
      apiKey: "key-1",
      fetch: service.fetch,
      timing: {
        random: () => 0,
        sleep: (ms, signal) => instantTiming().sleep(ms, signal),
      },
    });
    assert.equal((await client.campaigns.follow("cmp_1", () => {})).state, "finished");
  });

  it("asks how things stand when a stream gives signs of life alone for a minute", async () => {
    const signs = Array.from({ length: 5 }, () => ":\n\n");
    const { follow, shown } = following([
      campaign("sending"),
      stream([], "stay", signs),
      campaign("finished", 10),
    ]);
    assert.equal((await follow()).state, "finished");
    assert.deepEqual(shown(), ["sending 0", "finished 10"]);
  });

  it("leaves alone the events of others, and those it does not know", async () => {
    const { follow, shown } = following([
      campaign("sending"),
      () =>
        new Response(
          [
            'data: {"type":"campaign","id":"cmp_2","state":"finished"}\n\n',
            'data: {"type":"weather","id":"cmp_1"}\n\n',
            "data: {half\n\n",
            'data: {"type":"campaign","id":"cmp_1","state":"finished"}\n\n',
          ].join(""),
        ),
      campaign("finished", 10),
    ]);
    await follow();
    assert.deepEqual(shown(), ["sending 0", "finished 0 live", "finished 10"]);
  });
});
