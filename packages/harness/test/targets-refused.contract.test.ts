// Goal: what Teams cannot do is refused before anything is sent, with the platform's reason. Method: every such target through
// the API; the emulator must not have seen a single request.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { CarillonError, type Target } from "@carillon/client";
import { runCarillon } from "../src/command-line.ts";
import { type ContractWorld, contractWorld } from "../src/contract-world.ts";

let world: ContractWorld;
before(async () => {
  world = await contractWorld({ people: 10, teams: 1, chats: 1, seed: 2 });
  await world.emulator.install([0, 1]);
  await world.emulator.install({ team: 0 });
  await world.service.carillon.inbound.drain();
});
after(() => world.close());

const object = "0d1f8a52-3f2b-4a57-9a0e-6a1c2f9b7e11";
const chat = "19:0123456789abcdef0123456789abcdef@thread.v2";
const channel = "19:0123456789abcdef0123456789abcdef@thread.tacv2";
const reference = (change: object) => ({
  reference: {
    serviceUrl: world.emulator.bot().serviceUrl,
    channelId: "msteams",
    conversation: { id: "a:1abc", conversationType: "personal" },
    ...change,
  },
});

/** What the target is, the target, and the words of its refusal that give the platform's reason. */
const impossible: readonly (readonly [what: string, target: () => unknown, reason: RegExp])[] = [
  [
    "a new group chat of some people",
    () => ({ users: [object] }),
    /A bot cannot create a group chat/,
  ],
  ["a new group chat, as `chat`", () => ({ chat: { members: [object] } }), /create a group chat/],
  ["a mail address", () => ({ email: "all@contoso.example" }), /mail address that is not a person/],
  ["a distribution list", () => ({ distributionList: "all" }), /distribution list/],
  ["a shared mailbox", () => ({ mailbox: "info@contoso.example" }), /shared mailbox/],
  ["a phone number", () => ({ phone: "+49 30 1234" }), /no chat by phone number/],
  ["a tag", () => ({ tag: "on-call" }), /cannot address a tag/],
  ["another bot", () => ({ user: `28:${object}` }), /cannot write to a bot/],
  ["an id of Teams' inside", () => ({ user: `8:orgid:${object}` }), /that Teams uses inside/],
  ["an object id with a prefix", () => ({ user: `29:${object}` }), /without a prefix/],
  [
    "a thread in a group chat",
    () => ({ thread: { channel: chat, rootId: "1776390257332" } }),
    /Threads exist only in channels/,
  ],
  ["a new thread in a group chat", () => ({ channel: chat }), /neither threads nor a team/],
  [
    "the members of a group chat as of a team",
    () => ({ team: chat, as: "members" }),
    /neither threads nor a team/,
  ],
  [
    "a reference of another channel than Teams",
    () => reference({ channelId: "directline" }),
    /"directline".*Microsoft Teams/,
  ],
];

/** Asks for something that has to be refused, and answers the refusal; fails where the emulator heard of it. */
async function refusalOf(ask: () => Promise<unknown>): Promise<CarillonError> {
  const { requests, tokens } = world.emulator.counts();
  const error = await ask().then(
    () => assert.fail("it was taken"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof CarillonError, String(error));
  assert.equal(world.emulator.counts().requests, requests, "a request left");
  assert.equal(world.emulator.counts().tokens, tokens, "a token was asked for");
  return error;
}
// The client's types do not let it be written; others' programs do.
const asTarget = (value: unknown): Target => value as Target;
const message = { text: "Hello" };

describe("a target that Teams cannot do", () => {
  for (const [what, target, reason] of impossible)
    it(`is refused with the platform's reason: ${what}`, async () => {
      const error = await refusalOf(() =>
        world.client.notifications.create({ to: asTarget(target()), message }),
      );
      assert.equal(error.status, 422);
      assert.equal(error.code, "TARGET_UNSUPPORTED");
      assert.match(error.detail, reason);
    });

  it("is refused in an audience too, with its place there, when the campaign is made", async () => {
    const error = await refusalOf(() =>
      world.client.campaigns.create({
        name: "Impossible",
        message,
        audience: {
          include: [{ user: object }],
          exclude: [{ user: object }, asTarget({ tag: "on-call" })],
        },
      }),
    );
    assert.equal(error.status, 422);
    assert.equal(error.code, "TARGET_UNSUPPORTED");
    assert.match(error.detail, /exclude\[1\].*cannot address a tag/);
    assert.equal((await world.client.campaigns.list()).items.length, 0);
  });

  it("keeps the others of a list from being sent to, because nothing of it is taken", async () => {
    const { aadObjectId } = world.emulator.person(0);
    const to = [{ user: aadObjectId }, asTarget({ phone: "112" })];
    const error = await refusalOf(() => world.client.notifications.create({ to, message }));
    assert.equal(error.code, "TARGET_UNSUPPORTED");
    assert.match(error.detail, /to\[1\]/);
    assert.equal(world.emulator.messageCount(aadObjectId), 0);
  });

  it("makes the command line end with 1, and give the reason", async () => {
    const environment = { CARILLON_URL: world.service.url, CARILLON_API_KEY: world.apiKey };
    const words = ["send", "--to", `28:${object}`, "--text", "Hello"];
    const { code, out, err } = await runCarillon(words, { environment });
    assert.equal(code, 1);
    assert.equal(out, "");
    assert.match(err, /a bot cannot write to a bot.*TARGET_UNSUPPORTED/s);
  });
});

describe("a conversation reference that is not for us", () => {
  it("is refused where it is of another tenant than this is sent in", async () => {
    const conversation = { id: "a:1abc", conversationType: "personal", tenantId: object };
    const error = await refusalOf(() =>
      world.client.notifications.create({ to: asTarget(reference({ conversation })), message }),
    );
    assert.equal(error.code, "TARGET_UNSUPPORTED");
    assert.match(error.detail, new RegExp(object));
  });

  for (const serviceUrl of [
    "https://smba.trafficmanager.net.attacker.example/",
    "https://attacker.trafficmanager.net/",
    "https://user@attacker.example/emea/",
    "http://smba.trafficmanager.net/emea/",
    "http://127.0.0.1:9/",
  ])
    it(`is refused where no token may go: ${serviceUrl}`, async () => {
      const error = await refusalOf(() =>
        world.client.notifications.create({ to: asTarget(reference({ serviceUrl })), message }),
      );
      assert.equal(error.code, "TARGET_UNSUPPORTED");
      assert.match(error.detail, /No token may go to/);
    });

  it("becomes a failed row of a campaign, and the others get theirs", async () => {
    const { aadObjectId, conversationId } = world.emulator.person(1);
    const { id, counts } = await world.run({
      audience: {
        include: [
          asTarget(reference({ serviceUrl: "https://attacker.example/" })),
          { user: aadObjectId },
        ],
      },
      message: { text: "To one of two." },
    });
    assert.deepEqual([counts.accepted, counts.failed], [1, 1]);
    const [failed] = (await world.rows(id)).filter(({ state }) => state === "failed");
    assert.equal(failed?.code, "TARGET_UNSUPPORTED");
    assert.match(failed.detail ?? "", /attacker\.example/);
    assert.deepEqual(
      world.messages("To one of two.").map((one) => one.conversationId),
      [conversationId],
    );
  });
});

describe("a target of no form that we take", () => {
  const wrong: readonly (readonly [target: unknown, words: RegExp])[] = [
    [{}, /no kind of target/],
    [{ usr: object }, /no kind of target/],
    [{ user: object, chat }, /one kind/],
    [{ user: "Ana Example" }, /space/],
    [{ user: chat }, /group chat/],
    [{ channel: object }, /names a person/],
    [{ team: channel }, /"as"/],
    [{ team: object, as: "members" }, /not the guid of its group/],
    [{ thread: { channel, rootId: "first" } }, /number/],
    [{ everyone: "yes" }, /everyone/],
    [{ group: object }, /later version/],
    ["everyone", /object/],
  ];
  for (const [target, words] of wrong)
    it(`is refused with what to write instead: ${JSON.stringify(target)}`, async () => {
      const error = await refusalOf(() =>
        world.client.notifications.create({ to: asTarget(target), message }),
      );
      assert.ok(["REQUEST_INVALID", "TARGET_UNSUPPORTED"].includes(error.code), error.code);
      assert.match(error.detail, words);
    });

  it("is everyone, or a team's members, in a notification: that takes a campaign", async () => {
    for (const to of [
      { everyone: true },
      { team: world.emulator.team(0).id, as: "members" },
    ] as const) {
      const error = await refusalOf(() => world.client.notifications.create({ to, message }));
      assert.equal(error.code, "REQUEST_INVALID");
      assert.match(error.detail, /campaign/);
    }
  });
});
