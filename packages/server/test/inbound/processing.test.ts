import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Activity } from "../../src/domain/activity.ts";
import { StoreError } from "../../src/domain/errors.ts";
import type { InstallEvent, MessageEvent } from "../../src/inbound/bot-events.ts";
import { hello, inChat, inTeam, mention, personal, tenant } from "./activities.ts";
import { gate, MemoryInbound, post, turns, worldOf } from "./inbound-world.ts";

const said = (text: string, conversation = "a:1"): Activity => ({
  ...hello,
  id: text,
  text,
  conversation: { id: conversation, conversationType: "personal", tenantId: tenant },
});
const storeDown = new StoreError("STORE_FULL", { detail: "the disk is full" });

describe("processing", () => {
  it("runs the code for one conversation in order, and does not keep others waiting", async () => {
    const { opened, open } = gate();
    const seen: string[] = [];
    const onMessage = async ({ text }: MessageEvent) => {
      if (text === "first") await opened;
      seen.push(text);
    };
    const { endpoint } = worldOf({ handlers: { onMessage } });
    await endpoint.start();
    await endpoint.handle(post(said("first")));
    await endpoint.handle(post(said("second")));
    await endpoint.handle(post(said("other", "a:2")));
    await turns();
    assert.deepEqual(seen, ["other"]);
    open();
    await endpoint.drain();
    assert.deepEqual(seen, ["other", "first", "second"]);
    await endpoint.stop();
  });

  it("logs code that throws, and goes on", async () => {
    const seen: string[] = [];
    const onMessage = ({ text }: MessageEvent) => {
      if (text === "bad") throw new Error("cannot");
      seen.push(text);
    };
    const { endpoint, store, logged } = worldOf({ handlers: { onMessage } });
    await endpoint.start();
    for (const text of ["bad", "good"]) await endpoint.handle(post(said(text)));
    await endpoint.drain();
    assert.deepEqual(seen, ["good"]);
    assert.equal(store.processed.size, 2);
    const failures = logged.filter(({ event }) => event === "inbound.failed");
    assert.deepEqual(
      failures.map(({ fields }) => [fields.activityId, fields.error]),
      [["bad", "Error: cannot"]],
    );
    await endpoint.stop();
  });

  it("gives code that hangs a minute, then goes on with the conversation", async () => {
    const seen: string[] = [];
    const onMessage = ({ text }: MessageEvent) => {
      seen.push(text);
      return text === "hangs" ? new Promise<void>(() => {}) : undefined;
    };
    const { endpoint, clock, store } = worldOf({ handlers: { onMessage } });
    await endpoint.start();
    for (const text of ["hangs", "next"]) await endpoint.handle(post(said(text)));
    await clock.runFor(59_999);
    assert.deepEqual(seen, ["hangs"]);
    await clock.runFor(1);
    await endpoint.drain();
    assert.deepEqual(seen, ["hangs", "next"]);
    assert.equal(store.processed.size, 2);
    await endpoint.stop();
  });

  it("takes up what a process that died had stored and not processed", async () => {
    const store = new MemoryInbound();
    const died = worldOf({}, { store });
    for (const text of ["one", "two"]) await died.endpoint.handle(post(said(text)));
    assert.equal(store.processed.size, 0);
    const seen: string[] = [];
    const onMessage = ({ text }: MessageEvent) => void seen.push(text);
    const { endpoint, learnt } = worldOf({ handlers: { onMessage } }, { store });
    await endpoint.start();
    await endpoint.handle(post(said("three")));
    await endpoint.drain();
    assert.deepEqual(seen, ["one", "two", "three"]);
    assert.equal(learnt.length, 6);
    await endpoint.stop();
  });

  it("puts what comes while the store is read behind what is read", async () => {
    const { opened, open } = gate();
    const store = new MemoryInbound();
    const died = worldOf({}, { store });
    for (const text of ["one", "two"]) await died.endpoint.handle(post(said(text)));
    const seen: string[] = [];
    const onMessage = ({ text }: MessageEvent) => void seen.push(text);
    const { endpoint } = worldOf({ handlers: { onMessage } }, { store });
    store.reading = () => opened;
    await endpoint.start();
    await endpoint.handle(post(said("three")));
    open();
    await endpoint.drain();
    assert.deepEqual(seen, ["one", "two", "three"]);
    await endpoint.stop();
  });

  it("works off more than it holds in memory, in order, while the store fails at times", async () => {
    const seen: string[] = [];
    const onMessage = ({ text }: MessageEvent) => void seen.push(text);
    const { endpoint, store, clock, world } = worldOf({ handlers: { onMessage } });
    let calls = 0;
    const sometimes = () => (++calls % 7 === 0 ? storeDown : null);
    store.failing = (call) => (call === "record" ? null : sometimes());
    world.learnFailing = sometimes;
    await endpoint.start();
    const texts = Array.from({ length: 3_000 }, (_, index) => String(index));
    const answers = texts.map((text) => endpoint.handle(post(said(text))));
    await Promise.all(answers);
    for (let second = 0; second < 200 && store.processed.size < texts.length; second += 1) {
      await turns(50);
      await clock.runFor(1_000);
    }
    assert.equal(store.processed.size, texts.length);
    assert.deepEqual(seen, texts);
    await endpoint.stop();
  });

  it("sets aside what cannot be learnt, and learns the rest", async () => {
    const { endpoint, world, learnt, store } = worldOf();
    for (const text of ["one", "two", "three"])
      await endpoint.handle(post(said(text, `a:${text}`)));
    let calls = 0;
    // The whole batch, and of its parts the second.
    world.learnFailing = () => ([1, 3].includes(++calls) ? new TypeError("bug") : null);
    await endpoint.start();
    await endpoint.drain();
    const chats = learnt.map((fact) => ("conversationId" in fact ? fact.conversationId : null));
    assert.deepEqual(
      chats.filter((id) => id !== null),
      ["a:one", "a:three"],
    );
    assert.equal(store.processed.size, 3);
    await endpoint.stop();
  });

  it("waits for a store that says nothing of why it fails, but not for ever", async () => {
    const { endpoint, world, clock, learnt, store } = worldOf();
    await endpoint.handle(post(said("one")));
    let failing = true;
    const unclear = new StoreError("STORE_FAILED", { detail: "who knows" });
    world.learnFailing = () => (failing ? unclear : null);
    await endpoint.start();
    for (let second = 0; second < 20; second += 1) {
      await turns(5);
      await clock.runFor(1_000);
    }
    assert.equal(store.processed.size, 0);
    failing = false;
    await clock.runFor(1_000);
    await endpoint.drain();
    assert.equal(learnt.length, 2);
    failing = true;
    await endpoint.handle(post(said("two")));
    for (let second = 0; second < 40; second += 1) {
      await turns(5);
      await clock.runFor(1_000);
    }
    assert.equal(store.processed.size, 2);
    assert.equal(learnt.length, 2);
    await endpoint.stop();
  });

  it("stops after the code that runs now; the next start does the rest, and nothing twice", async () => {
    const { opened, open } = gate();
    const seen: string[] = [];
    const onMessage = async ({ text }: MessageEvent) => {
      seen.push(text);
      await opened;
    };
    const { endpoint, store } = worldOf({ handlers: { onMessage } });
    await endpoint.start();
    for (const text of ["running", "waiting"]) await endpoint.handle(post(said(text)));
    await turns();
    const stopped = endpoint.stop();
    await turns();
    open();
    await stopped;
    assert.deepEqual(seen, ["running"]);
    assert.equal(store.processed.size, 1);
    await endpoint.start();
    await endpoint.drain();
    assert.deepEqual(seen, ["running", "waiting"]);
    await endpoint.stop();
  });

  it("does not wait for code longer than the grace it is given, and runs that code again later", async () => {
    const seen: boolean[] = [];
    const onMessage = ({ signal }: MessageEvent) =>
      new Promise<void>(() => {
        signal.addEventListener("abort", () => seen.push(true));
      });
    const { endpoint, clock, store } = worldOf({ handlers: { onMessage } });
    await endpoint.start();
    await endpoint.handle(post(hello));
    await turns();
    const stopped = endpoint.stop({ graceMs: 500 });
    await clock.runFor(500);
    await stopped;
    assert.deepEqual(seen, [true]);
    assert.equal(store.processed.size, 0);
    assert.equal(clock.sleeping, 0);
  });

  it("processes everything once, conversation by conversation in order, whatever the pace", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 25 }), async (steps) => {
        const seen = new Map<string, string[]>();
        const sent = new Map<string, string[]>();
        const add = (map: Map<string, string[]>, place: string, text: string) =>
          map.set(place, [...(map.get(place) ?? []), text]);
        const onMessage = async ({ text, conversationId }: MessageEvent) => {
          await turns(text.length % 3);
          add(seen, conversationId, text);
        };
        const { endpoint } = worldOf({ handlers: { onMessage } });
        await endpoint.start();
        for (const [index, step] of steps.entries()) {
          if (step === "turn") await turns(1);
          else if (step === "restart") await endpoint.stop().then(() => endpoint.start());
          else {
            const text = "x".repeat(index + 1);
            add(sent, step, text);
            assert.equal((await endpoint.handle(post(said(text, step)))).status, 200);
          }
        }
        await endpoint.drain();
        assert.deepEqual(Object.fromEntries(seen), Object.fromEntries(sent));
        await endpoint.stop();
      }),
      { numRuns: 60 },
    );
  });
});

/** What happens next: somebody says something in a conversation, nothing, or the process starts again. */
const anyStep = fc.constantFrom("a:1", "a:2", "a:3", "turn", "restart");

describe("the events of a bot's own code", () => {
  it("tell each kind of activity", async () => {
    const seen: string[] = [];
    const { endpoint } = worldOf({
      handlers: {
        onInstall: ({ kind, upgrade, teamId }) => void seen.push(`+${kind} ${upgrade} ${teamId}`),
        onUninstall: ({ kind, upgrade }) => void seen.push(`-${kind} ${upgrade}`),
        onMessage: ({ text, kind }) => void seen.push(`"${text}" ${kind}`),
        onCardAction: ({ verb, data }) => void seen.push(`${verb} ${JSON.stringify(data)}`),
        onReaction: ({ added, removed }) => void seen.push(`${added} ${removed}`),
      },
    });
    await endpoint.start();
    const activities: readonly Activity[] = [
      personal({ type: "installationUpdate", action: "add" }),
      inChat({ type: "installationUpdate", action: "remove-upgrade" }),
      inTeam({ type: "installationUpdate", action: "add-upgrade" }),
      mention,
      personal({ type: "message", value: { choice: 1 }, replyToId: "5" }),
      personal({
        type: "messageReaction",
        reactionsAdded: [{ type: "like" }, {}],
        reactionsRemoved: [{ type: "sad" }],
      }),
      personal({ type: "conversationUpdate", membersAdded: [{ id: "28:x" }] }),
      personal({ type: "typing" }),
    ];
    for (const [index, activity] of activities.entries()) {
      await endpoint.handle(post({ ...activity, id: String(index) }));
    }
    await endpoint.drain();
    assert.deepEqual(seen.sort(), [
      '"tell <at>Grace</at>" channel',
      "+channel true 19:team@thread.tacv2",
      "+personal false null",
      "-groupChat true",
      "like sad",
      'null {"choice":1}',
    ]);
    await endpoint.stop();
  });

  it("reply into the conversation and thread, with keys that are the same when the code runs again", async () => {
    const store = new MemoryInbound();
    const onMessage = async (event: MessageEvent) => {
      await event.reply("one");
      await event.reply({ markdown: "**two**" });
    };
    const first = worldOf({ handlers: { onMessage } }, { store });
    await first.endpoint.start();
    await first.endpoint.handle(post(mention));
    await first.endpoint.drain();
    await first.endpoint.stop();
    store.processed.clear(); // as if the process had died before the mark
    const again = worldOf({ handlers: { onMessage } }, { store });
    await again.endpoint.start();
    await again.endpoint.drain();
    await again.endpoint.stop();
    assert.deepEqual(first.notified, again.notified);
    assert.deepEqual(
      first.notified.map(({ message }) => message),
      [{ text: "one" }, { markdown: "**two**" }],
    );
    const keys = new Set(first.notified.map(({ idempotencyKey }) => idempotencyKey));
    assert.equal(keys.size, 2);
    const [{ to }] = first.notified as [(typeof first.notified)[number]];
    assert.ok("reference" in to);
    assert.equal(to.reference.conversation.id, mention.conversation?.id);
    assert.equal(to.reference.serviceUrl, mention.serviceUrl);
    assert.ok(first.notified.every(({ isReply }) => isReply));
  });

  it("reply before everything else to people who act, but not with a welcome", async () => {
    const onInstall = (event: InstallEvent) => event.reply("welcome");
    const { endpoint, notified } = worldOf({ handlers: { onInstall } });
    await endpoint.start();
    await endpoint.handle(post(personal({ type: "installationUpdate", action: "add" })));
    await endpoint.drain();
    await endpoint.stop();
    assert.deepEqual(
      notified.map(({ isReply }) => isReply),
      [undefined],
    );
  });
});
