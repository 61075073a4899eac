// Goal: what somebody can decide about a campaign while and after it runs works from the command line, against the whole service:
// the emulator's inboxes say who got what, and how often.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Campaign, Page, UncertainDelivery } from "@carillon/client";
import { runCarillon } from "../src/command-line.ts";
import { type ContractWorld, contractWorld } from "../src/contract-world.ts";
import { until } from "../src/until.ts";

const people = 60;
let world: ContractWorld;
before(async () => {
  const shares = { withoutApp: 0, blocked: 0 };
  world = await contractWorld({ people, teams: 0, seed: 31, shares, laneRps: 300 });
  await world.emulator.install("all");
  await world.service.carillon.inbound.drain();
});
after(() => world.close());

const carillon = (...words: readonly string[]) =>
  runCarillon(words, {
    environment: { CARILLON_URL: world.service.url, CARILLON_API_KEY: world.apiKey },
    directory: world.directory,
  });

/** Runs a command with `--json`, and answers what it printed. */
async function json<T>(...words: readonly string[]): Promise<T> {
  const { code, out, err } = await carillon(...words, "--json");
  assert.equal(code, 0, `${words.join(" ")}: ${out}${err}`);
  // The contract says what each command prints; the tests read only that.
  return JSON.parse(out) as T;
}

const start = (name: string, ...words: readonly string[]) =>
  json<Campaign>(
    ...["campaign", "create", "--name", name, "--text", name, "--to", "everyone", "--start"],
    ...words,
  );

const campaignIs = (id: string, is: (campaign: Campaign) => boolean) =>
  until(
    async () => {
      const now = await world.client.campaigns.get(id);
      return is(now) && now;
    },
    "the campaign's change",
    { ms: 30_000, more: () => world.logged().slice(-2000) },
  );
const finished = (id: string) => campaignIs(id, ({ state }) => state === "finished");

/** How often each person got the text. */
function arrivals(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { conversationId } of world.messages(text))
    counts.set(conversationId, (counts.get(conversationId) ?? 0) + 1);
  return counts;
}

describe("carillon campaign retry", () => {
  it("sends to the failed alone, and each person has the message once", async () => {
    world.emulator.setFaults({ rates: [{ operation: "send", kind: "too-large", share: 0.3 }] });
    const { id } = await start("Tried again");
    const before = await finished(id);
    world.emulator.setFaults(null);
    assert.ok(before.counts.failed > 0, "a third failed");
    assert.equal(before.counts.failed + before.counts.accepted, people);
    const status = await carillon("campaign", "status", id);
    assert.match(status.out, new RegExp(`campaign retry ${id}`), "it says what to do next");
    const after = await json<Campaign>("campaign", "retry", id, "--follow");
    assert.deepEqual([after.state, after.counts.accepted], ["finished", people]);
    const got = arrivals("Tried again");
    assert.equal(got.size, people);
    assert.ok([...got.values()].every((count) => count === 1));
  });

  it("sends uncertain ones again on demand, which may arrive twice and is counted", async () => {
    const lost = { operation: "send", kind: "reset-after-commit", share: 0.3 } as const;
    world.emulator.setFaults({ rates: [lost] });
    const { id } = await start("Perhaps twice", "--on-uncertain", "hold");
    const held = await finished(id);
    world.emulator.setFaults(null);
    assert.ok(held.counts.uncertain > 0);
    const listed = await json<{ items: readonly unknown[] }>(
      ...["campaign", "deliveries", id, "--state", "uncertain", "--limit", "1000"],
    );
    assert.equal(listed.items.length, held.counts.uncertain);
    const failedOnly = await json<Campaign>("campaign", "retry", id);
    assert.equal(failedOnly.state, "finished", "nothing failed, so nothing is tried");
    const after = await json<Campaign>("campaign", "retry", id, "--state", "uncertain", "--follow");
    assert.deepEqual([after.counts.accepted, after.resent], [people, held.counts.uncertain]);
    const got = arrivals("Perhaps twice");
    assert.equal(got.size, people);
    const twice = [...got.values()].filter((count) => count === 2).length;
    assert.equal(twice, held.counts.uncertain);
  });

  it("takes one recipient by name, and refuses one who has the message", async () => {
    const [person, other] = [world.emulator.person(3), world.emulator.person(4)];
    const rule = { operation: "send", kind: "too-large", person: 3 } as const;
    world.emulator.setFaults({ rules: [rule] });
    const { id } = await start("One of them");
    await finished(id);
    world.emulator.setFaults(null);
    const retry = (who: string) => carillon("campaign", "retry", id, "--recipient", who);
    const refused = await retry(other.aadObjectId);
    assert.equal(refused.code, 1, refused.err);
    assert.match(refused.err, /DELIVERY_NOT_RETRIABLE/);
    assert.match((await retry("nobody@contoso.example")).err, /DELIVERY_UNKNOWN/);
    assert.equal((await retry(person.aadObjectId)).code, 0);
    await finished(id);
    assert.equal(arrivals("One of them").get(person.conversationId), 1);
    const cancelled = await json<Campaign>("campaign", "create", ...drafted);
    await carillon("campaign", "cancel", cancelled.id);
    const late = await carillon("campaign", "retry", cancelled.id);
    assert.equal(late.code, 1);
    assert.match(late.err, /CAMPAIGN_STATE_CONFLICT/);
  });
});

describe("carillon campaign retry of a notification", () => {
  it("sends it again to who did not get it, and says so before it is asked", async () => {
    const person = world.emulator.person(5);
    world.emulator.setFaults({ rules: [{ operation: "send", kind: "too-large", person: 5 }] });
    const sent = await carillon("send", "--to", person.aadObjectId, "--text", "One", "--wait");
    world.emulator.setFaults(null);
    assert.equal(sent.code, 1);
    const id = /campaign retry (ntf_\w+)/.exec(sent.out)?.[1] ?? "";
    assert.notEqual(id, "", sent.out);
    const told = await carillon("explain", id, person.aadObjectId);
    assert.doesNotMatch(told.out, /campaign retry/, "as it is, it would be refused again");
    const again = await carillon("campaign", "retry", id, "--follow");
    assert.equal(again.code, 0, again.out + again.err);
    assert.match(again.out, /accepted/);
    assert.equal(arrivals("One").get(person.conversationId), 1);
  });
});

describe("carillon uncertain", () => {
  it("lists what may have arrived, wherever it belongs, and each is decided by one command", async () => {
    const lost = { operation: "send", kind: "reset-after-commit", share: 0.2 } as const;
    world.emulator.setFaults({ rates: [lost] });
    const { id } = await start("Who knows", "--on-uncertain", "hold");
    const held = await finished(id);
    const one = world.emulator.person(6);
    world.emulator.setFaults({
      rules: [{ operation: "send", kind: "reset-after-commit", person: 6 }],
    });
    const words = ["--to", one.aadObjectId, "--text", "Perhaps", "--on-uncertain", "hold"] as const;
    const sent = await carillon("send", ...words, "--wait");
    world.emulator.setFaults(null);
    assert.equal(sent.code, 1);
    const ntf = /uncertain resend (ntf_\w+)/.exec(sent.out)?.[1] ?? "";
    const undecided = async () => {
      const { items } = await json<Page<UncertainDelivery>>("uncertain", "--limit", "1000");
      return items.map(({ campaign }) => campaign.id);
    };
    assert.equal((await undecided()).filter((of) => of === id).length, held.counts.uncertain);
    assert.ok((await undecided()).includes(ntf), sent.out);
    assert.match((await carillon("uncertain")).out, new RegExp(`${ntf} .*${one.aadObjectId}`));
    assert.match((await carillon("status")).out, /npx carillon uncertain/);
    assert.match((await carillon("campaign", "status", id)).out, /uncertain leave cmp_/);
    const left = await carillon("uncertain", "leave", id);
    assert.match(left.out, /somebody decided to leave/);
    assert.doesNotMatch(left.out, /uncertain (?:resend|leave)/);
    assert.equal((await carillon("uncertain", "resend", ntf, "--follow")).code, 0);
    assert.deepEqual(
      (await undecided()).filter((of) => of === id || of === ntf),
      [],
    );
    assert.equal(arrivals("Perhaps").get(one.conversationId), 2, "it had arrived");
    assert.equal(arrivals("Who knows").size, people, "and nothing of the campaign was sent again");
    assert.ok([...arrivals("Who knows").values()].every((count) => count === 1));
  });
});

const drafted = ["--name", "Never", "--text", "Never", "--to", "everyone"] as const;

describe("carillon campaign create --canary", () => {
  it("lets the first ones through, waits, says what to do, and goes on when it is resumed", async () => {
    const { id, canary } = await start("Canary", "--canary", "7");
    assert.deepEqual([canary?.count, canary?.then], [7, "wait"]);
    const paused = await campaignIs(id, ({ state }) => state === "paused");
    assert.equal(arrivals("Canary").size, 7);
    assert.equal(paused.attention?.code, "CAMPAIGN_CANARY_DONE");
    const { out } = await carillon("campaign", "status", id);
    const words = out.replace(/\s+/g, " ");
    assert.match(words, /first deliveries are done: 7 accepted\. 53 more wait/);
    assert.match(words, new RegExp(`campaign resume ${id}`));
    const { attention } = await world.client.status();
    assert.ok(attention.some((one) => one.campaignId === id));
    // What would go on would have been seen by now: a message that was asked for later has arrived.
    await world.send({ user: world.emulator.person(0).aadObjectId }, { text: "Meanwhile." });
    assert.equal(arrivals("Canary").size, 7);
    const end = await json<Campaign>("campaign", "resume", id, "--follow");
    assert.deepEqual([end.state, end.counts.accepted], ["finished", people]);
    assert.ok([...arrivals("Canary").values()].every((count) => count === 1));
    assert.ok(!(await world.client.status()).attention.some((one) => one.campaignId === id));
  });

  it("as a share that is not waited for ends by itself", async () => {
    const { id } = await start("Share", "--canary", "5%", "--canary-then", "continue");
    const end = await finished(id);
    assert.equal(end.counts.accepted, people);
    assert.deepEqual([end.canary?.percent, end.canary?.released, end.canary?.held], [5, true, 0]);
  });
});

describe("carillon campaign create --stop-when", () => {
  it("pauses a campaign that fails too often, says which failures, and it can be saved", async () => {
    world.emulator.setFaults({ rates: [{ operation: "send", kind: "too-large", share: 1 }] });
    const guard = ["--stop-when", "20%", "--stop-at-least", "5", "--rate", "20"];
    const { id } = await start("Stopped", ...guard);
    const paused = await campaignIs(id, ({ state }) => state === "paused");
    assert.equal(paused.attention?.code, "CAMPAIGN_FAILURES_PASSED");
    assert.match(paused.attention.detail, /TEAMS_TOO_BIG \d+\. Make the message smaller/);
    assert.match(paused.attention.next, /resume .*retry/);
    assert.ok(paused.counts.pending > 0, "most were not tried");
    world.emulator.setFaults(null);
    await json<Campaign>("campaign", "resume", id);
    const end = await json<Campaign>("campaign", "retry", id, "--follow");
    assert.deepEqual([end.state, end.counts.accepted], ["finished", people]);
    assert.ok([...arrivals("Stopped").values()].every((count) => count === 1));
  });
});
