import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { campaignKinds, campaignStates } from "../../src/domain/campaign.ts";
import { countsOf, deliveryStates } from "../../src/domain/delivery.ts";
import type { Person } from "../../src/domain/directory.ts";
import { type ErrorCode, errorCodes } from "../../src/domain/error-codes.ts";
import { type CampaignFacts, explainCampaign } from "../../src/domain/explain-campaign.ts";
import { type DeliveryFacts, explainDelivery } from "../../src/domain/explain-delivery.ts";
import { explainPerson, hostOf } from "../../src/domain/explain-person.ts";
import { botId, conversationId, personId, tenantId } from "../../src/domain/ids.ts";
import { nextStepAfter, nextSteps } from "../../src/domain/next-step.ts";

const at = Date.UTC(2026, 10, 24, 9, 30);
const refused: readonly ErrorCode[] = [
  ...(["MESSAGE_INVALID", "MESSAGE_TOO_BIG", "MESSAGE_FIELD_MISSING"] as const),
  ...(["RECIPIENT_UNKNOWN", "TARGET_UNSUPPORTED"] as const),
];
/** Those that a delivery may end with: they answer no request, but for a few that refuse a recipient, too. */
const codes = (Object.keys(errorCodes) as ErrorCode[]) // the table's keys are the codes
  .filter((code) => /^(?:TEAMS|DELIVERY)_/.test(code) && !("status" in errorCodes[code]))
  .concat(refused);
const instant = fc.integer({ min: at, max: at + 1e9 });
const facts: fc.Arbitrary<DeliveryFacts> = fc.record({
  who: fc.constantFrom("Ana Example", "user:29:x", "channel:19:a@thread.tacv2"),
  kind: fc.constantFrom(...campaignKinds),
  campaignState: fc.constantFrom(...campaignStates),
  state: fc.constantFrom(...deliveryStates),
  code: fc.option(fc.constantFrom(...codes)),
  attempts: fc.nat({ max: 12 }),
  resent: fc.nat({ max: 4 }),
  dueAt: fc.option(instant),
  updatedAt: instant,
  retriedAt: fc.option(instant),
});

/** One sentence or more on one line, that claims nothing but what was observed. */
function assertPlain(line: string): void {
  assert.match(line, /^[A-Z].*\.$/, line);
  assert.doesNotMatch(line, /\n|undefined|null|NaN/, line);
  assert.doesNotMatch(line, /\b(?:sent|delivered|read|received|seen)\b/i, line);
}

const base: DeliveryFacts = {
  who: "Ana Example",
  kind: "campaign",
  campaignState: "finished",
  state: "accepted",
  code: null,
  attempts: 1,
  resent: 0,
  dueAt: null,
  updatedAt: at,
  retriedAt: null,
};

const changeTo = (
  kind: "edit" | "recall",
  state: DeliveryFacts["state"],
  code: ErrorCode | null = null,
) => ({ kind, state, code });

describe("the line about a delivery", () => {
  it("is tried with each code that a delivery may have", () => {
    assert.ok(codes.length >= 20 && codes.includes("TEAMS_UNCERTAIN"), String(codes));
  });

  it("names whom it is about, is one line, and never calls a message more than accepted", () => {
    fc.assert(
      fc.property(facts, (some) => {
        const { line, next } = explainDelivery(some);
        assertPlain(line);
        assert.ok(line.includes(some.who), line);
        assert.ok(nextSteps.includes(next));
        assert.equal(
          /\baccepted the (?:edit of the |recall of the )?message\b/.test(line),
          some.state === "accepted",
          line,
        );
      }),
    );
  });

  const cases: readonly (readonly [Partial<DeliveryFacts>, line: string, next: string])[] = [
    [
      {},
      "Teams accepted the message to Ana Example at 2026-11-24T09:30:00Z, at the first request.",
      "nothing",
    ],
    [
      { attempts: 4, resent: 1, retriedAt: at },
      "Teams accepted the message to Ana Example at 2026-11-24T09:30:00Z, after 4 requests, when somebody had asked for a retry. It was tried again once after an answer was lost, so it may have arrived more than once.",
      "nothing",
    ],
    [
      { state: "failed", code: "TEAMS_APP_NOT_INSTALLED" },
      "The message to Ana Example was not accepted at the one request for it. The app is not installed for this person. (TEAMS_APP_NOT_INSTALLED) Install it for them, or let them add it.",
      "install",
    ],
    [
      { state: "failed", code: "RECIPIENT_UNKNOWN", attempts: 0 },
      "The message to Ana Example was not accepted and never tried. The recipient is not known and cannot be looked up. (RECIPIENT_UNKNOWN) Use the Entra object id, let the person install the app first, or let Microsoft Graph be asked (CARILLON_GRAPH_USERS).",
      "correct",
    ],
    [
      { state: "skipped", code: "TEAMS_BLOCKED_BY_USER", attempts: 0 },
      "Nothing was tried for Ana Example. The person blocked the bot, or the conversation takes no messages from it. (TEAMS_BLOCKED_BY_USER) Only the person can undo it; we try again after the next install or message.",
      "person",
    ],
    [
      { state: "uncertain", code: "TEAMS_UNCERTAIN" },
      "Nobody knows whether the message to Ana Example arrived. The message may have arrived: the answer was lost. (TEAMS_UNCERTAIN) Leave it, or send it again and accept that it may arrive twice: `carillon uncertain`.",
      "decide",
    ],
    [
      { state: "pending", campaignState: "paused", dueAt: at },
      "The message to Ana Example waits, because its campaign is paused. Resume the campaign.",
      "resume",
    ],
    [
      { state: "pending", campaignState: "sending", dueAt: null },
      "The message to Ana Example waits for the first deliveries of its campaign to end.",
      "wait",
    ],
    [
      { state: "pending", campaignState: "sending", dueAt: at, code: "TEAMS_THROTTLED" },
      "The message to Ana Example waits. Teams asks this bot to slow down. (TEAMS_THROTTLED) It is tried again at 2026-11-24T09:30:00Z.",
      "wait",
    ],
  ];
  const changes: typeof cases = [
    [
      { kind: "edit", attempts: 3, resent: 1 },
      "Teams accepted the edit of the message to Ana Example at 2026-11-24T09:30:00Z, after 3 requests.",
      "nothing",
    ],
    [
      { kind: "recall", state: "pending", campaignState: "paused", dueAt: at },
      "The recall of the message to Ana Example waits, because its campaign is paused. Resume the campaign.",
      "resume",
    ],
    [
      { kind: "recall", state: "uncertain", code: "TEAMS_UNCERTAIN" },
      "Nobody knows whether the recall of the message to Ana Example took effect: the answer was lost. Retry it; doing it twice does no harm.",
      "retry",
    ],
  ];
  const first =
    "Teams accepted the message to Ana Example at 2026-11-24T09:30:00Z, at the first request.";
  const changed: typeof cases = [
    [{ change: changeTo("edit", "accepted") }, `${first} It was edited there since.`, "nothing"],
    [{ change: changeTo("recall", "accepted") }, `${first} It was deleted there since.`, "nothing"],
    [{ change: changeTo("recall", "sending") }, `${first} Its recall is under way.`, "nothing"],
    [
      { change: changeTo("recall", "failed", "TEAMS_BLOCKED_BY_USER") },
      `${first} Its recall did not take effect: The person blocked the bot, or the conversation takes no messages from it. (TEAMS_BLOCKED_BY_USER)`,
      "nothing",
    ],
    [
      { change: changeTo("edit", "uncertain", "TEAMS_UNCERTAIN") },
      `${first} Whether its edit took effect is not known.`,
      "nothing",
    ],
  ];
  for (const [over, line, next] of [...cases, ...changes, ...changed])
    it(`says of ${JSON.stringify(over)}: ${line.slice(0, 60)}…`, () => {
      assert.deepEqual(explainDelivery({ ...base, ...over }), { line, next });
    });
});

describe("what to do after a delivery ended", () => {
  it("is to install the app exactly where it is missing", () => {
    const missing = codes.filter((code) => nextStepAfter(code) === "install");
    assert.deepEqual(missing.sort(), [
      "TEAMS_APP_NOT_INSTALLED",
      "TEAMS_CONVERSATION_GONE",
      "TEAMS_NOT_IN_CONVERSATION",
    ]);
  });
});

describe("the line about a person", () => {
  const known: Person = {
    botId: botId("b"),
    tenantId: tenantId("t"),
    id: personId("0d1f8a52-3f2b-4a57-9a0e-6a1c2f9b7e11"),
    aadObjectId: "0d1f8a52-3f2b-4a57-9a0e-6a1c2f9b7e11",
    teamsId: "29:x",
    userPrincipalName: "ana@contoso.example",
    email: null,
    name: "Ana Example",
    givenName: null,
    surname: null,
    locale: null,
    timezone: null,
    userRole: null,
    install: "installed",
    blockedAt: null,
    conversationId: conversationId("a:1"),
    serviceUrl: "https://smba.trafficmanager.net/emea/",
    updatedAt: at,
  };
  const cases: readonly (readonly [Partial<Person>, pattern: RegExp, next: string])[] = [
    [{}, /^Ana Example can be reached: they have the app.*known\.$/, "nothing"],
    [{ conversationId: null }, /can be reached.*created with the next message/, "nothing"],
    [{ blockedAt: at }, /blocked the bot.*2026-11-24T09:30:00Z.*nothing is tried/, "person"],
    [{ install: "removed" }, /has not got the app any more.*nothing is tried/, "person"],
    [{ install: "removed", blockedAt: at }, /blocked the bot/, "person"],
    [{ install: "unknown" }, /can be reached.*nothing was heard of the app/, "nothing"],
    [{ install: "unknown", conversationId: null }, /next message shows/, "nothing"],
    [{ name: null }, /^ana@contoso.example can/, "nothing"],
  ];
  for (const [over, pattern, next] of cases)
    it(`says of ${JSON.stringify(over)} what is known, and no more`, () => {
      const told = explainPerson({ ...known, ...over });
      assert.match(told.line, pattern);
      assert.equal(told.next, next);
      assert.doesNotMatch(told.line, /\n|undefined|null/);
    });

  it("is beside the host of their service URL alone, not its path", () => {
    assert.equal(hostOf(known.serviceUrl), "smba.trafficmanager.net");
    assert.equal(hostOf("http://127.0.0.1:3979/t/x?a=b#c"), "127.0.0.1:3979");
    assert.equal(hostOf(null), null);
  });
});

describe("the line about a campaign", () => {
  const count = fc.nat({ max: 1000 });
  const counts = fc
    .record({
      pending: count,
      sending: count,
      accepted: count,
      failed: count,
      skipped: count,
      cancelled: count,
      uncertain: count,
    })
    .map(countsOf);
  const campaign: fc.Arbitrary<CampaignFacts> = fc.record({
    name: fc.constant("Town hall"),
    state: fc.constantFrom(...campaignStates),
    counts,
    reasons: fc.array(
      fc.record({
        state: fc.constantFrom("failed" as const, "skipped" as const, "uncertain" as const),
        code: fc.constantFrom(...codes),
        count: fc.integer({ min: 1, max: 500 }),
      }),
      { maxLength: 4 },
    ),
    attention: fc.option(
      fc.record({
        code: fc.constantFrom(...codes),
        detail: fc.constant("Something is in the way."),
      }),
    ),
    sendAt: fc.option(instant),
    recalledAt: fc.option(instant),
  });

  it("is one line with its name, and says how many were accepted once anybody is meant", () => {
    fc.assert(
      fc.property(campaign, (some) => {
        const { line, next } = explainCampaign(some);
        assert.match(line, /^Town hall .*\.$/, line);
        assert.doesNotMatch(line, /\n|undefined|null/, line);
        assert.ok(nextSteps.includes(next));
        const { state, counts: of, attention } = some;
        const isCounted = !["draft", "scheduled"].includes(state) && of.total > 0;
        if (isCounted && !(state === "paused" && attention !== null))
          assert.ok(line.includes(`${of.accepted} of ${of.total} accepted`), line);
      }),
    );
  });

  it("says of a finished one what most of the failures are, and what to do about them", () => {
    const told = explainCampaign({
      name: "Town hall",
      state: "finished",
      counts: countsOf({ accepted: 940, failed: 40, skipped: 20 }),
      reasons: [
        { state: "failed", code: "TEAMS_APP_NOT_INSTALLED", count: 35 },
        { state: "skipped", code: "TEAMS_APP_REMOVED", count: 20 },
        { state: "failed", code: "TEAMS_REJECTED", count: 5 },
      ],
      attention: null,
      sendAt: null,
      recalledAt: null,
    });
    assert.equal(
      told.line,
      "Town hall is finished: 940 of 1000 accepted, 40 failed, 20 skipped. Most often: The app is not installed for this person. (TEAMS_APP_NOT_INSTALLED, 35) Install it for them, or let them add it.",
    );
    assert.equal(told.next, "install");
  });
});
