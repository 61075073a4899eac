import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Campaign, StreamEvent } from "@carillon/client";
import { followersMax, heartbeatMs, waitingMax } from "../../src/api/followers.ts";
import { attentionWords } from "../../src/domain/attention-words.ts";
import { countsOf } from "../../src/domain/delivery.ts";
import { campaignId } from "../../src/domain/ids.ts";
import { apiWorld, jsonOf, newCampaign, problemOf } from "./api-world.ts";

const greeting = "retry: 2000\n: carillon\n\n";

/** Reads a stream piece by piece, as a client would. */
function reading(answer: Response) {
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader(); // every stream has a body
  const decoder = new TextDecoder();
  return {
    async text(): Promise<string | null> {
      const { done, value } = await reader.read();
      return done ? null : decoder.decode(value);
    },
    cancel: () => reader.cancel(),
  };
}

function eventsOf(text: string | null): readonly StreamEvent[] {
  return [...(text ?? "").matchAll(/^event: (\w+)\ndata: (.*)$/gm)].map(([, name, data = ""]) => {
    const event = JSON.parse(data) as StreamEvent; // checked by the assertions of the test
    assert.equal(event.type, name);
    return event;
  });
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("the event stream", () => {
  it("greets at once, and tells of everything as it comes", async () => {
    const { ask, engine, clock } = apiWorld();
    const answer = await ask("/v1/stream", { headers: { "last-event-id": "7" } });
    assert.equal(answer.headers.get("content-type"), "text/event-stream; charset=utf-8");
    assert.equal(answer.headers.get("x-accel-buffering"), "no");
    const stream = reading(answer);
    assert.equal(await stream.text(), greeting);
    const id = campaignId("cmp_1");
    engine.tell({ type: "campaign", id, state: "sending" });
    assert.deepEqual(eventsOf(await stream.text()), [{ type: "campaign", id, state: "sending" }]);
    engine.tell({
      type: "attention",
      id: null,
      attention: { code: "STORE_FULL", detail: "Free some.", since: clock.now(), retryAt: null },
    });
    assert.deepEqual(eventsOf(await stream.text()), [
      {
        type: "attention",
        id: null,
        attention: {
          code: "STORE_FULL",
          detail: "Free some.",
          next: attentionWords("STORE_FULL").next,
          since: "2025-11-24T16:00:00.000Z",
          retryAt: null,
        },
      },
    ]);
    await stream.cancel();
  });

  it("of one campaign begins with how it stands, and leaves out the others", async () => {
    const { ask, post, engine } = apiWorld();
    const { id } = await jsonOf<Campaign>(await post("/v1/campaigns", newCampaign));
    await post(`/v1/campaigns/${id}/start`);
    const stream = reading(await ask(`/v1/stream?campaign=${id}`));
    const counts = countsOf({ pending: 5 });
    assert.deepEqual(eventsOf(await stream.text()), [
      { type: "progress", id, counts, ratePerSecond: 0, etaSeconds: null },
      { type: "attention", id, attention: null },
      { type: "campaign", id, state: "sending" },
    ]);
    engine.tell({ type: "campaign", id: campaignId("cmp_other"), state: "sending" });
    engine.settle(id, 5, { state: "accepted" });
    const events = eventsOf(await stream.text());
    assert.deepEqual(
      events.map((event) => event.type),
      ["progress", "campaign"],
    );
    assert.ok(events.every((event) => event.id === id));
    await stream.cancel();
  });

  it("gives a sign of life every fifteen seconds, and no more than one at a time", async () => {
    const { ask, clock } = apiWorld();
    const stream = reading(await ask("/v1/stream"));
    assert.equal(await stream.text(), greeting);
    await turn();
    await clock.runFor(heartbeatMs);
    assert.equal(await stream.text(), ": still here\n\n");
    await turn();
    await clock.runFor(10 * heartbeatMs);
    // One was handed out already, one more waits: ten are not kept for whoever reads slowly.
    assert.equal(await stream.text(), ": still here\n\n");
    const last = await Promise.race([stream.text(), turn().then(() => "nothing yet")]);
    assert.ok(last === ": still here\n\n" || last === "nothing yet");
    await stream.cancel();
    assert.equal(clock.sleeping, 0);
  });

  it("tells a slow follower the newest of each thing", async () => {
    const { ask, engine } = apiWorld();
    const stream = reading(await ask("/v1/stream"));
    const id = campaignId("cmp_1");
    await turn();
    for (let accepted = 0; accepted < 5000; accepted += 1)
      engine.tell({
        type: "progress",
        id,
        counts: countsOf({ accepted }),
        ratePerSecond: 1,
        etaSeconds: null,
      });
    await stream.text();
    const events = eventsOf(await stream.text());
    assert.equal(events.length, 1);
    assert.ok(events[0]?.type === "progress" && events[0].counts.accepted === 4999);
    await stream.cancel();
  });

  it("keeps a bounded number of things for a slow follower, the newest ones", async () => {
    const { ask, engine } = apiWorld();
    const stream = reading(await ask("/v1/stream"));
    await turn();
    for (let number = 0; number < waitingMax + 500; number += 1)
      engine.tell({ type: "campaign", id: campaignId(`cmp_${number}`), state: "sending" });
    await stream.text();
    const events = eventsOf(await stream.text());
    assert.equal(events.length, waitingMax);
    assert.equal(events.at(-1)?.id, `cmp_${waitingMax + 499}`);
    await stream.cancel();
  });

  it("lets go of a follower who leaves, who never was, and of all when it closes", async () => {
    const { ask, api, engine, clock } = apiWorld();
    const before = engine.followers;
    const stream = reading(await ask("/v1/stream"));
    assert.equal(engine.followers, before + 1);
    await stream.cancel();
    assert.equal(engine.followers, before);
    assert.equal((await ask("/v1/stream", { method: "HEAD" })).status, 200);
    assert.equal((await ask("/v1/stream?campaign=cmp_x")).status, 404);
    assert.equal(engine.followers, before);
    const last = reading(await ask("/v1/stream"));
    await last.text();
    const end = last.text();
    api.close();
    assert.equal(await end, null);
    // Whoever comes back at once would keep a stopping server open.
    assert.equal((await ask("/v1/stream")).status, 503);
    assert.equal(engine.followers, 0);
    assert.equal(clock.sleeping, 0);
  });

  it("takes a bounded number of followers", async () => {
    const { ask, api } = apiWorld();
    for (let number = 0; number < followersMax; number += 1) await ask("/v1/stream");
    const refused = await ask("/v1/stream");
    assert.equal(refused.status, 503);
    assert.equal((await problemOf(refused)).code, "SERVICE_UNAVAILABLE");
    api.close();
  });
});
