// Goal: whatever Teams answers can be explained afterwards, from the command line and the API, by what was stored of it. Method: the
// whole service against the emulator, whose table of faults says what it answered.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type {
  CampaignExplanation,
  DeliveryDetail,
  DeliveryExplanation,
  PersonExplanation,
} from "@carillon/client";
import type { FaultPlan } from "@carillon/emulator";
import { runCarillon } from "../src/command-line.ts";
import { type ContractWorld, contractWorld } from "../src/contract-world.ts";

const people = 30;
const withoutApp = 25;
let world: ContractWorld;
before(async () => {
  const shares = { withoutApp: 0, blocked: 0 };
  world = await contractWorld({ people, teams: 1, seed: 41, shares });
  await world.emulator.install(Array.from({ length: withoutApp }, (_, n) => n));
  await world.service.carillon.inbound.drain();
});
after(() => world.close());

const carillon = (...words: readonly string[]) =>
  runCarillon(words, {
    environment: { CARILLON_URL: world.service.url, CARILLON_API_KEY: world.apiKey },
    directory: world.directory,
  });

async function json<T>(...words: readonly string[]): Promise<T> {
  const { code, out, err } = await carillon(...words, "--json");
  assert.equal(code, 0, `${words.join(" ")}: ${out}${err}`);
  // The contract says what each command prints; the tests read only that.
  return JSON.parse(out) as T;
}

/** Writes to one person while the faults are on; answers the delivery with its requests. */
async function written(n: number, faults: FaultPlan | null): Promise<DeliveryDetail> {
  world.emulator.setFaults(faults);
  const { aadObjectId } = world.emulator.person(n);
  const { id } = await world.send({ user: aadObjectId }, { text: `To ${n}.` });
  world.emulator.setFaults(null);
  return world.client.campaigns.delivery(id, aadObjectId);
}

/** The first matching request gets it. */
const once = (kind: string, more: object = {}) =>
  ({ rules: [{ operation: "send", kind, times: 1, ...more }] }) as FaultPlan;

describe("a delivery's history", () => {
  it("of a first-time success is the one request, with its status, latency and request id", async () => {
    const { state, attempts, history } = await written(0, null);
    assert.deepEqual([state, attempts, history.length], ["accepted", 1, 1]);
    const [only] = history;
    assert.deepEqual(
      [only?.number, only?.operation, only?.outcome.kind, only?.evidence.status],
      [1, "send", "accepted", 201],
    );
    assert.match(only?.evidence.requestId ?? "", /\S/, "MS-CV");
    assert.ok((only?.evidence.latencyMs ?? -1) >= 0);
  });

  it("has a 429 with what it asked for, and the request after it", async () => {
    const detail = await written(1, once("throttled", { retryAfterSeconds: 1 }));
    const [first, second] = detail.history;
    assert.deepEqual([detail.state, detail.attempts], ["accepted", 2]);
    assert.deepEqual(
      [first?.evidence.status, first?.evidence.retryAfterMs, first?.outcome.retryAfterMs],
      [429, 1000, 1000],
    );
    assert.match(first?.decision ?? "", /slow down; next try in \d+(?:\.\d)? s$/);
    assert.deepEqual([second?.outcome.kind, second?.evidence.status], ["accepted", 201]);
    const waited = Date.parse(second?.at ?? "") - Date.parse(first?.at ?? "");
    assert.ok(waited >= 1000, "no request inside the Retry-After");
  });

  it("of a refusal with a sub-code has it, too", async () => {
    const detail = await written(11, once("writes-blocked"));
    assert.equal(detail.code, "TEAMS_BLOCKED_BY_USER");
    assert.ok(detail.history[0]?.evidence.subCode, JSON.stringify(detail.history[0]?.evidence));
  });

  const refusals = [
    ["disabled-by-admin", 403, "TEAMS_DISABLED_BY_ADMIN", "admin"],
    ["blocked-by-user", 403, "TEAMS_BLOCKED_BY_USER", "person"],
    ["too-large", 413, "TEAMS_TOO_BIG", "correct"],
    ["bad-syntax", 400, "TEAMS_REJECTED", "correct"],
    ["not-enough-permissions", 403, "TEAMS_NOT_PERMITTED", "admin"],
  ] as const;
  for (const [index, [kind, status, code, next]] of refusals.entries())
    it(`of a refusal as ${kind} has its status, its code, what was decided, and what to do`, async () => {
      const n = 2 + index;
      const detail = await written(n, once(kind));
      assert.deepEqual([detail.state, detail.code], ["failed", code]);
      const [only, ...others] = detail.history;
      assert.deepEqual(others, []);
      assert.equal(only?.evidence.status, status);
      assert.match(`${only?.evidence.platformCode}`, /^[A-Za-z]+$/);
      assert.match(only?.evidence.requestId ?? "", /\S/);
      assert.match(only?.decision ?? "", /refused/);
      const person = await json<PersonExplanation>("explain", world.emulator.person(n).aadObjectId);
      const [last] = person.deliveries;
      assert.match(last?.line ?? "", new RegExp(`was not accepted.*${code}`));
      const told = await json<DeliveryExplanation>(
        ...["explain", last?.campaign.id ?? "", detail.recipient],
      );
      assert.deepEqual([told.next, told.line], [next, last?.line]);
    });

  it("of a lost answer says that it may have arrived, and what the policy was", async () => {
    const detail = await written(10, once("reset-after-commit"));
    assert.deepEqual([detail.state, detail.resent], ["accepted", 1]);
    const [first] = detail.history;
    assert.deepEqual([first?.outcome.kind, first?.evidence.status], ["uncertain", null]);
    assert.match(first?.decision ?? "", /may have arrived.*policy is to send it again/);
  });
});

describe("where the app is missing", () => {
  it("the row, the explanation and the word for programs say so, and a retry works once it is there", async () => {
    const { aadObjectId, conversationId } = world.emulator.person(withoutApp);
    const { id } = await world.run({ audience: { include: [{ user: aadObjectId }] } });
    const told = await world.client.explain.delivery(id, aadObjectId);
    assert.equal(told.next, "install");
    assert.equal(told.delivery.code, "TEAMS_APP_NOT_INSTALLED");
    assert.match(told.line, /was not accepted.*The app is not installed.*Install it/);
    assert.equal(told.delivery.history[0]?.operation, "create-conversation");
    await world.emulator.install(withoutApp);
    await world.service.carillon.inbound.drain();
    const end = await json<{ counts: { accepted: number } }>(
      ...["campaign", "retry", id, "--recipient", aadObjectId, "--follow"],
    );
    assert.equal(end.counts.accepted, 1);
    assert.equal(world.emulator.messageCount(withoutApp), 1);
    assert.equal(world.messages("Hello").at(-1)?.conversationId, conversationId);
  });
});

describe("carillon explain", () => {
  it("begins with one line in plain words, and gives the facts below it", async () => {
    const { aadObjectId, name } = world.emulator.person(12);
    world.emulator.setFaults(once("too-large"));
    const { id } = await world.run({
      audience: { include: [{ user: aadObjectId }] },
      message: { text: "Explained." },
    });
    world.emulator.setFaults(null);
    const delivery = await carillon("explain", id, aadObjectId);
    assert.equal(delivery.code, 0, delivery.err);
    const [line = "", blank, ...facts] = delivery.out.split("\n");
    assert.match(line, new RegExp(`^The message to ${name} was not accepted.*TEAMS_TOO_BIG`));
    assert.doesNotMatch(line, /\b(?:sent|delivered|read)\b/);
    assert.equal(blank, "");
    const words = facts.join("\n").replace(/\s+/g, " ");
    for (const fact of [/state failed/, /#1 .* send rejected \(too-big\)/, /status 413/, /MS-CV/])
      assert.match(words, fact);
    assert.doesNotMatch(words, /campaign retry/, "as it is, it would be refused again");

    const campaign = await carillon("explain", id);
    const [first = ""] = campaign.out.split("\n");
    assert.match(
      first,
      /^A campaign is finished: 0 of 1 accepted, 1 failed\. Why: .*TEAMS_TOO_BIG/,
    );
    const told = await json<CampaignExplanation>("explain", id);
    assert.equal(told.line, first);
    assert.equal(told.reasons[0]?.next, "correct");

    const person = await carillon("explain", aadObjectId);
    assert.match(person.out.split("\n")[0] ?? "", /can be reached/);
    assert.match(person.out, /service host\s+127\.0\.0\.1:\d+/);
    assert.match(person.out.replace(/\s+/g, " "), new RegExp(`${id} The message to`));
  });

  it("says of what it does not know that it does not know it", async () => {
    for (const [words, code] of [
      [["nobody@contoso.example"], /PERSON_UNKNOWN/],
      [["cmp_nothing"], /CAMPAIGN_UNKNOWN/],
    ] as const) {
      const { code: exit, err } = await carillon("explain", ...words);
      assert.equal(exit, 1);
      assert.match(err, code);
    }
  });
});
