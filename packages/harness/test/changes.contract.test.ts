// Goal: what people see after an edit or a recall is what the ledger says, over real HTTP, also with faults, and across a restart.
// Method: the whole service and the emulator; the emulator's inboxes are what people see.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { type Campaign, createClient, type NewCampaign } from "@carillon/client";
import { loadConfig } from "../../server/src/app/config.ts";
import { createLogger } from "../../server/src/app/logger.ts";
import { startService } from "../../server/src/app/service.ts";
import { type ContractWorld, contractWorld } from "../src/contract-world.ts";
import { until } from "../src/until.ts";

const none = { withoutApp: 0, blocked: 0 };
const people = 30;

/** Waits for the end of a campaign's newest change, and answers the change. */
function change(world: ContractWorld, { changes }: Pick<Campaign, "changes">): Promise<Campaign> {
  const id = changes[0]?.id ?? "";
  return until(
    async () => {
      const now = await world.client.campaigns.get(id);
      return now.state === "finished" && now;
    },
    `the end of ${id}`,
    { ms: 60_000, more: () => world.logged().split("\n").slice(-20).join("\n") },
  );
}

/** The texts that a person or a channel shows now. */
function shown(world: ContractWorld, ref: number | string): readonly unknown[] {
  const there = world.emulator
    .inbox(ref)
    .filter(({ deleted, from }) => !deleted && from.kind === "bot");
  return there.map(({ activity }) => activity?.text);
}

const indexes = Array.from({ length: people }, (_, index) => index);

async function openWorld(
  options: Parameters<typeof contractWorld>[0] = {},
): Promise<ContractWorld> {
  const world = await contractWorld({ people, teams: 1, seed: 5, shares: none, ...options });
  await world.emulator.install("all");
  if (world.emulator.teams().length > 0) await world.emulator.install({ team: 0 });
  await world.service.carillon.inbound.drain();
  return world;
}

describe("an edit and a recall, as people see them", () => {
  let world: ContractWorld;
  let channel: string;
  let id: string;
  before(async () => {
    world = await openWorld({ laneRps: 500, readsRosters: true });
    channel = world.emulator.team(0).channels[0]?.id ?? "";
    const audience: NewCampaign["audience"] = { include: [{ everyone: true }, { channel }] };
    const message = { text: "Lunch at noon, ${person.givenName|all}" };
    ({ id } = await world.run({ audience, message }));
  });
  after(() => world.close());

  it("replaces every message where it is, in chats and in the channel, each with its reader's name", async () => {
    const message = { text: "Lunch at one, ${person.givenName|all}" };
    const edited = await change(world, await world.client.campaigns.edit(id, { message }));
    assert.deepEqual([edited.counts.total, edited.counts.accepted], [people + 1, people + 1]);
    for (const index of indexes) {
      const { givenName } = await world.client.people.get(world.emulator.person(index).aadObjectId);
      assert.deepEqual(shown(world, index), [`Lunch at one, ${givenName ?? "all"}`]);
      assert.ok(world.emulator.inbox(index).every(({ editedAt }) => editedAt !== null));
    }
    assert.deepEqual(shown(world, channel), ["Lunch at one, all"]);
  });

  it("changes the kind of a message, from text to a card", async () => {
    const card = {
      type: "AdaptiveCard",
      version: "1.5",
      body: [{ type: "TextBlock", text: "Lunch at two", wrap: true }],
    };
    await change(world, await world.client.campaigns.edit(id, { message: { card } }));
    const activity = JSON.stringify(world.emulator.inbox(0)[0]?.activity);
    assert.match(activity, /Lunch at two/);
    assert.doesNotMatch(activity, /Lunch at one/);
  });

  it("deletes what it can, and names who blocked the bot, removed the app, or deleted the message", async () => {
    world.emulator.block(0);
    await world.emulator.uninstall(1);
    await world.service.carillon.inbound.drain();
    const recalled = await change(world, await world.client.campaigns.recall(id));
    assert.equal(recalled.counts.accepted, people - 1);
    assert.deepEqual(
      recalled.reasons.map(({ state, code, count }) => [state, code, count]),
      [
        ["failed", "TEAMS_BLOCKED_BY_USER", 1],
        ["failed", "TEAMS_NOT_IN_CONVERSATION", 1],
      ],
    );
    for (const index of indexes.slice(2)) assert.deepEqual(shown(world, index), []);
    assert.deepEqual(shown(world, channel), []);
    const rows = await world.rows(id);
    const byState = rows.map(({ change: one }) => one?.state ?? "none");
    assert.equal(byState.filter((state) => state === "accepted").length, people - 1);
    assert.equal(byState.filter((state) => state === "failed").length, 2);
  });

  it("reaches those it could not, once they can be reached, when it is asked again", async () => {
    world.emulator.unblock(0);
    await world.emulator.install(1);
    await world.service.carillon.inbound.drain();
    const again = await change(world, await world.client.campaigns.recall(id));
    assert.deepEqual([again.counts.total, again.counts.accepted], [2, 2]);
    assert.deepEqual([...shown(world, 0), ...shown(world, 1)], []);
    const over = await world.client.campaigns.recall(id);
    assert.equal(over.changes[0]?.id, again.id);
  });

  it("keeps every limit of the platform", () => {
    assert.deepEqual(world.emulator.violations(), []);
  });
});

describe("changes under faults", () => {
  let world: ContractWorld;
  before(async () => {
    world = await openWorld({ teams: 0, laneRps: 200, rps: 50 });
  });
  after(() => world.close());

  it("are made again until Teams says what became of each message, however many answers are lost", async () => {
    const { id } = await world.run({ audience: { include: [{ everyone: true }] } });
    world.emulator.setFaults({
      seed: 7,
      rates: [
        { operation: "update", kind: "reset-after-commit", share: 0.1 },
        { operation: "update", kind: "reset-before-commit", share: 0.1 },
        { operation: "update", kind: "gateway-timeout", commit: true, share: 0.05 },
        { operation: "update", kind: "html-ok", share: 0.05 },
      ],
    });
    const view = await world.client.campaigns.edit(id, { message: { text: "corrected" } });
    const edited = await change(world, view);
    world.emulator.setFaults(null);
    assert.deepEqual([edited.counts.accepted, edited.counts.uncertain], [people, 0]);
    for (const index of indexes) assert.deepEqual(shown(world, index), ["corrected"]);
  });

  it("count a message that somebody deleted as recalled", async () => {
    const { id } = await world.run({
      audience: { include: [{ everyone: true }] },
      message: { text: "Going" },
    });
    // Fewer in a row than halt a lane, which would let one through after ever longer waits.
    world.emulator.setFaults({
      rules: [{ operation: "delete", kind: "reset-after-commit", times: 4 }],
    });
    const recalled = await change(world, await world.client.campaigns.recall(id));
    world.emulator.setFaults(null);
    assert.equal(recalled.counts.accepted, people);
    const rows = await world.rows(recalled.id);
    assert.ok(rows.some(({ detail }) => detail === "The message was gone already."));
    for (const index of indexes) assert.ok(!shown(world, index).includes("Going"));
  });
});

describe("a recall that is paused, and a service that is started anew", () => {
  it("go on where they were, and leave no message behind", async () => {
    const directory = mkdtempSync(path.join(tmpdir(), "carillon-changes-"));
    const world = await openWorld({ directory, teams: 0, laneRps: 20 });
    const gone = () => indexes.filter((index) => shown(world, index).length === 0).length;
    try {
      const { id } = await world.run({ audience: { include: [{ everyone: true }] } });
      const view = await world.client.campaigns.recall(id);
      const recall = view.changes[0]?.id ?? "";
      await until(() => gone() >= 5, "some deleted");
      await world.client.campaigns.pause(recall);
      const still = await until(async () => {
        const { counts } = await world.client.campaigns.get(recall);
        return counts.sending === 0 && counts;
      }, "nothing in flight");
      assert.ok(still.pending > 0, "it was in the middle");
      assert.equal(gone(), still.accepted);
      await world.service.stop();
      await resumedAnew(world, directory, recall);
      assert.equal(gone(), people);
    } finally {
      await world.close();
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

/** Starts another service on the same database, and lets the campaign go on to its end. */
async function resumedAnew(world: ContractWorld, directory: string, id: string): Promise<void> {
  const environment = {
    CARILLON_EMULATOR_URL: world.emulatorUrl,
    CARILLON_PORT: "0",
    CARILLON_LANE_RPS: "200",
    CARILLON_API_KEY: world.apiKey,
  };
  const config = await loadConfig({ flags: {}, environment, directory });
  const { log } = createLogger({ format: "json", write: () => undefined });
  const service = await startService(config, { log, directory });
  const { campaigns } = createClient({ url: service.url, apiKey: world.apiKey });
  try {
    assert.equal((await campaigns.get(id)).state, "paused");
    await campaigns.resume(id);
    await until(async () => (await campaigns.get(id)).state === "finished", "its end");
  } finally {
    await service.stop();
  }
}
