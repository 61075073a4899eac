// Goal: what the API says is true of the real engine and store, not of the fake alone. Method: both, with a scripted Teams and
// virtual time; the client speaks to the API in the same process.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CampaignProgress, CarillonError, createClient } from "@carillon/client";
import { createApi } from "../../src/api/create-api.ts";
import { openWorld, seen, type WorldOptions } from "../engine/engine-world.ts";
import { apiKey, sha256 } from "./api-world.ts";

async function serviceWorld(people = 12, options: Omit<WorldOptions, "people"> = {}) {
  const world = await openWorld({ people, ...options });
  const { clock, engine, store } = world;
  await store.keys.addKey({ id: "key_1", sha256: sha256(apiKey), name: "test", createdAt: 0 });
  let made = 0;
  const api = createApi({
    engine,
    keys: store.keys,
    log: { info() {}, warn() {}, error() {} },
    clock,
    ids: {
      next(prefix) {
        made += 1;
        return `${prefix}_${made}`;
      },
    },
    version: "0.0.0",
    sha256,
    metrics: async () => "",
    ready: () => store.probe().then(() => ({ ok: true, reasons: [] })),
  });
  const client = createClient({
    url: "http://service.example",
    apiKey,
    fetch: (input, init) => api.fetch(new Request(input, init)),
    timing: { sleep: (ms, signal) => clock.sleep(ms, signal), random: () => 0 },
  });
  return { ...world, api, client };
}

const campaign = {
  name: "Town hall",
  message: { text: "Hello ${person.givenName}" },
  audience: { include: [{ everyone: true as const }] },
};

describe("the API on the real engine", () => {
  it("carries a campaign from draft to its export, and tells of it on the way", async () => {
    const { client, clock, connector, engine } = await serviceWorld(120);
    const draft = await client.campaigns.create({ ...campaign, topic: "town-hall" });
    assert.equal(draft.state, "draft");
    assert.equal((await client.campaigns.preflight(draft.id)).recipients, 120);
    const progress: CampaignProgress[] = [];
    const end = client.campaigns.follow(draft.id, (one) => void progress.push(one));
    await clock.runFor(1);
    await client.campaigns.start(draft.id);
    assert.ok(await clock.runUntil(() => progress.at(-1)?.state === "finished", 60_000));
    const last = await end;
    assert.equal(last.counts.accepted, 120);
    assert.ok(progress.some(({ live, counts }) => live && counts.total === 120));
    assert.equal(connector.sends.length, 120);

    const rows = [];
    for await (const row of client.campaigns.deliveriesAll(draft.id, { limit: 50 })) rows.push(row);
    assert.equal(new Set(rows.map(({ recipient }) => recipient)).size, 120);
    let csv = "";
    for await (const piece of client.campaigns.export(draft.id)) csv += piece;
    assert.equal(csv.trimEnd().split("\r\n").length, 121);
    await engine.stop();
  });

  it("sends to a person, once for one key, and tells what became of it", async () => {
    const { client, clock, engine } = await serviceWorld(2);
    const request = { to: { user: "person1@contoso.example" }, message: { markdown: "**Hi**" } };
    const first = await client.notifications.create(request, { idempotencyKey: "one" });
    const again = await client.notifications.create(request, { idempotencyKey: "one" });
    assert.equal(again.id, first.id);
    await clock.runFor(5000);
    const { state, deliveries } = await client.notifications.get(first.id);
    assert.equal(state, "finished");
    assert.equal(deliveries[0]?.state, "accepted");
    await assert.rejects(
      client.notifications.create({ ...request, topic: "other" }, { idempotencyKey: "one" }),
      { code: "IDEMPOTENCY_KEY_REUSED" },
    );
    await engine.stop();
  });

  it("answers 410 for rows that are kept no more, an export included, and goes on telling counts", async () => {
    const dayMs = 24 * 60 * 60 * 1000;
    let daysLater = 0;
    const { client, clock, engine } = await serviceWorld(3, {
      keeping: { recipientsMs: 40 * dayMs, attemptsMs: 10 * dayMs },
      skewMs: () => daysLater * dayMs,
    });
    const { id } = await client.campaigns.create(campaign);
    await client.campaigns.start(id);
    await clock.runFor(5_000);
    const [row] = (await client.campaigns.deliveries(id)).items;
    const recipient = row?.recipient ?? "";
    daysLater = 11;
    await clock.runFor(5_000);
    const gone = { code: "CAMPAIGN_ROWS_FORGOTTEN", status: 410 };
    await assert.rejects(client.campaigns.attempts(id, recipient), gone);
    const { delivery } = await client.explain.delivery(id, recipient);
    assert.deepEqual(delivery.history, []);
    assert.ok(delivery.attemptsForgottenAt);
    daysLater = 41;
    await clock.runFor(5_000);
    const exported = async () => {
      for await (const _ of client.campaigns.export(id));
    };
    for (const asked of [
      () => client.campaigns.deliveries(id),
      () => client.explain.delivery(id, recipient),
      () => client.campaigns.retry(id),
      exported,
    ])
      await assert.rejects(asked(), gone);
    assert.equal((await client.campaigns.get(id)).counts.accepted, 3);
    const person = await client.explain.person(recipient.replace("user:", ""));
    assert.deepEqual([person.deliveries, person.deliveriesKeptDays], [[], 40]);
    await engine.stop();
  });

  it("shows the directory page by page, and refuses a cursor that no list gave", async () => {
    const { client, engine } = await serviceWorld(7);
    await engine.learn([seen(50)]);
    const people = [];
    for await (const person of client.people.listAll({ limit: 3 })) people.push(person.id);
    assert.equal(new Set(people).size, 8);
    assert.equal((await client.people.get("29:3")).userPrincipalName, "person3@contoso.example");
    assert.equal((await client.status()).counts.people, 8);
    await assert.rejects(client.people.list({ cursor: "nonsense" }), {
      code: "REQUEST_INVALID",
      status: 400,
    });
    await engine.stop();
  });

  it("passes on what the engine refuses, with every fault of a message in the same form", async () => {
    const { client, engine } = await serviceWorld(1);
    const bad = {
      ...campaign,
      message: {
        card: { type: "AdaptiveCard", body: [{ type: "Image", url: "http://host/a.png" }] },
      },
    };
    const error: unknown = await client.campaigns.create(bad).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof CarillonError);
    assert.equal(error.code, "MESSAGE_INVALID");
    const { errors = [] } = error.problem;
    assert.deepEqual(
      errors.map(({ path }) => path),
      ["card.version", "card.body[0].url"],
    );
    for (const { message } of errors) assert.equal(typeof message, "string");
    await assert.rejects(client.campaigns.get("cmp_unknown"), { code: "CAMPAIGN_UNKNOWN" });
    await engine.stop();
  });
});
