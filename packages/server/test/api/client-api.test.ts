// Goal: the client and the API understand each other. Method: the client's fetch is the API's, in one process, without sockets.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type CampaignProgress,
  CarillonError,
  CarillonUnreachableError,
  createClient,
} from "@carillon/client";
import { apiKey, apiWorld, newCampaign } from "./api-world.ts";

const campaign = {
  name: newCampaign.name,
  message: newCampaign.message,
  audience: { include: [{ everyone: true as const }] },
};

function clientWorld() {
  const world = apiWorld();
  let lost = 0;
  const client = createClient({
    url: "http://service.example",
    apiKey,
    fetch: async (input, init) => {
      const answer = await world.api.fetch(new Request(input, init));
      if (lost === 0) return answer;
      lost -= 1;
      throw new TypeError("fetch failed", { cause: new Error("socket hang up") });
    },
    timing: {
      sleep: async (ms, signal) => (ms >= 5000 ? world.clock.sleep(ms, signal) : undefined),
      random: () => 0,
    },
  });
  return {
    ...world,
    client,
    /** The next answers are lost on their way, after the service did its work. */
    loseAnswers(count: number) {
      lost = count;
    },
  };
}

async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe("the client and the API", () => {
  it("agree on every call", async () => {
    const { client, engine } = clientWorld();
    const draft = await client.campaigns.create({ ...campaign, sendAt: "2027-01-01T00:00:00Z" });
    assert.equal(draft.sendAt, "2027-01-01T00:00:00.000Z");
    assert.equal((await client.campaigns.preflight(draft.id)).recipients, 5);
    assert.equal((await client.campaigns.start(draft.id)).state, "sending");
    assert.equal((await client.campaigns.pause(draft.id)).state, "paused");
    assert.equal((await client.campaigns.resume(draft.id)).state, "sending");
    engine.settle(draft.id, 2, { state: "accepted" });
    assert.equal(
      (await client.campaigns.deliveries(draft.id, { state: "accepted" })).items.length,
      2,
    );
    assert.equal((await all(client.campaigns.deliveriesAll(draft.id, { limit: 2 }))).length, 5);
    const [first] = (await client.campaigns.deliveries(draft.id)).items;
    assert.deepEqual(await client.campaigns.attempts(draft.id, first?.recipient ?? ""), []);
    const csv = (await all(client.campaigns.export(draft.id))).join("");
    assert.equal(csv.split("\r\n").length, 7);
    const json = (await all(client.campaigns.export(draft.id, { format: "json" }))).join("");
    assert.equal(JSON.parse(json).length, 5);
    assert.equal((await client.campaigns.cancel(draft.id)).state, "cancelled");
    assert.deepEqual(
      (await all(client.campaigns.listAll({ limit: 1 }))).map(({ id }) => id),
      [draft.id],
    );

    const notification = await client.notifications.create({
      to: { user: "ana@contoso.example" },
      message: { text: "Hello" },
    });
    assert.deepEqual(await client.notifications.get(notification.id), notification);

    assert.equal((await all(client.people.listAll({ limit: 2 }))).length, 5);
    assert.equal((await client.people.get("29:Ana")).name, "Ana Example");
    const [team] = await all(client.teams.listAll());
    assert.equal((await client.teams.channels(team?.id ?? ""))[0]?.name, "Night shift");
    assert.equal((await client.status()).version, "1.2.3");
  });

  it("make one thing where answers are lost on the way", async () => {
    const { client, engine, loseAnswers } = clientWorld();
    loseAnswers(2);
    const draft = await client.campaigns.create(campaign);
    assert.equal(engine.creates, 3);
    assert.deepEqual(
      (await client.campaigns.list()).items.map(({ id }) => id),
      [draft.id],
    );
    loseAnswers(1);
    assert.equal((await client.campaigns.start(draft.id)).state, "sending");
    loseAnswers(3);
    await assert.rejects(client.status(), CarillonUnreachableError);
  });

  it("agree on refusals", async () => {
    const { client } = clientWorld();
    const error: unknown = await client.campaigns.get("cmp_x").then(
      () => null,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof CarillonError);
    assert.equal(error.code, "CAMPAIGN_UNKNOWN");
    assert.equal(error.status, 404);
    assert.match(error.problem.requestId ?? "", /^req_/);
    const refused: unknown = await client.notifications
      .create({ to: [], message: { text: "Hello" } })
      .then(
        () => null,
        (thrown: unknown) => thrown,
      );
    assert.ok(refused instanceof CarillonError);
    assert.deepEqual(
      refused.problem.errors?.map(({ path }) => path),
      ["to"],
    );
    const stranger = createClient({
      url: "http://service.example",
      apiKey: "other",
      fetch: async (input, init) => clientWorld().api.fetch(new Request(input, init)),
    });
    await assert.rejects(stranger.status(), { code: "API_KEY_WRONG", status: 401 });
  });

  it("agree on how a campaign is followed, to its end", async () => {
    const { client, engine } = clientWorld();
    const { id } = await client.campaigns.create(campaign);
    await client.campaigns.start(id);
    const before = engine.followers;
    const seen: CampaignProgress[] = [];
    const end = client.campaigns.follow(id, (progress) => void seen.push(progress));
    const until = async (live: number) => {
      for (let turns = 0; turns < 1000; turns += 1) {
        if (seen.filter((one) => one.live && one.counts.accepted === live).length > 0) return;
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.fail(`nothing was told of ${live} accepted`);
    };
    await until(0);
    engine.settle(id, 3, { state: "accepted" });
    await until(3);
    engine.settle(id, 2, { state: "accepted" });
    const last = await end;
    assert.equal(last.state, "finished");
    assert.equal(last.counts.accepted, 5);
    assert.equal(seen.at(-1)?.state, "finished");
    for (let turns = 0; turns < 10; turns += 1)
      await new Promise((resolve) => setImmediate(resolve));
    assert.equal(engine.followers, before);
  });

  it("agree on following on when the service ends its streams", async () => {
    const { client, engine, api } = clientWorld();
    const { id } = await client.campaigns.create(campaign);
    await client.campaigns.start(id);
    const seen: CampaignProgress[] = [];
    const end = client.campaigns.follow(id, (progress) => {
      seen.push(progress);
      if (seen.length === 2) api.close();
      if (seen.length === 4) engine.settle(id, 5, { state: "accepted" });
    });
    assert.equal((await end).state, "finished");
    assert.ok(seen.filter(({ live }) => !live).length >= 2);
  });
});
