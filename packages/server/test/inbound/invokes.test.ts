import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Activity } from "../../src/domain/activity.ts";
import { StoreError } from "../../src/domain/errors.ts";
import type { BotEventHandlers, CardActionEvent } from "../../src/inbound/bot-events.ts";
import { ada, personal, tenant } from "./activities.ts";
import { gate, MemoryInbound, post, turns, worldOf } from "./inbound-world.ts";

const vote: Activity = personal({
  type: "invoke",
  id: "f:vote",
  name: "adaptiveCard/action",
  replyToId: "1776390257332",
  value: {
    action: { type: "Action.Execute", id: "b1", verb: "vote", data: { choice: "yes" } },
    trigger: "manual",
  },
});
const inner = (statusCode: number, type: string, value: unknown) => ({ statusCode, type, value });
const messageType = "application/vnd.microsoft.activity.message";
const errorType = "application/vnd.microsoft.error";

/** The status and body that an invoke is answered with by a bot with this code. */
async function answerBy(onCardAction: BotEventHandlers["onCardAction"], activity = vote) {
  const { endpoint } = worldOf(onCardAction ? { handlers: { onCardAction } } : {});
  const response = await endpoint.handle(post(activity));
  // Each answer to a card is of this form; where it is none, a test compares the whole.
  const body = (await response.json()) as { readonly statusCode?: number; readonly type?: string };
  return [response.status, body] as const;
}

describe("the answer to a pressed Action.Execute", () => {
  it("is a card for the person who pressed", async () => {
    const card = { type: "AdaptiveCard", version: "1.5" };
    assert.deepEqual(await answerBy(() => ({ card })), [
      200,
      inner(200, "application/vnd.microsoft.card.adaptive", card),
    ]);
  });

  it("is a short text", async () => {
    assert.deepEqual(await answerBy(async () => ({ text: "Noted." })), [
      200,
      inner(200, messageType, "Noted."),
    ]);
  });

  it("is an error text of the bot's choice", async () => {
    const error = { code: "Closed", message: "The poll is closed." };
    assert.deepEqual(await answerBy(() => ({ error })), [200, inner(400, errorType, error)]);
  });

  it("is OK when the bot's code has nothing to say", async () => {
    assert.deepEqual(await answerBy(() => undefined), [200, inner(200, messageType, "OK")]);
  });

  it("is an error without the reason when the bot's code throws", async () => {
    const [status, body] = await answerBy(() => {
      throw new Error("secret");
    });
    assert.equal(status, 200);
    assert.equal(body.statusCode, 500);
    assert.doesNotMatch(JSON.stringify(body), /secret/);
  });

  it("is an error when the action is missing", async () => {
    const [status, body] = await answerBy(() => undefined, { ...vote, value: "vote" });
    assert.deepEqual([status, body.statusCode, body.type], [200, 400, errorType]);
  });

  it("is 501 when the bot has no code for it, or the invoke is none that we know", async () => {
    assert.equal((await answerBy(undefined))[0], 501);
    assert.equal((await answerBy(() => undefined, { ...vote, name: "task/fetch" }))[0], 501);
  });

  it("is an error after 10 seconds, while Teams still waits, and the bot's code is told", async () => {
    const seen: CardActionEvent[] = [];
    const onCardAction = (event: CardActionEvent) => {
      seen.push(event);
      return new Promise<undefined>(() => {});
    };
    const { endpoint, clock, reasons } = worldOf({ handlers: { onCardAction } });
    const answer = endpoint.handle(post(vote));
    await turns();
    await clock.runFor(9_999);
    assert.equal(seen[0]?.signal.aborted, false);
    await clock.runFor(1);
    const body = (await (await answer).json()) as { statusCode: number; value: { code: string } };
    assert.deepEqual([body.statusCode, body.value.code], [500, "Timeout"]);
    assert.equal(seen[0]?.signal.aborted, true);
    assert.deepEqual(reasons("inbound.failed"), ["the bot's own code: late"]);
  });

  it("leaves no timer behind when it came in time", async () => {
    const { endpoint, clock } = worldOf({ handlers: { onCardAction: () => undefined } });
    await endpoint.handle(post(vote));
    await turns();
    assert.equal(clock.sleeping, 0);
  });

  it("leaves nothing behind when the bot was never started, and the store is closed", async () => {
    const handlers = { onCardAction: () => undefined };
    const { endpoint, clock, store } = worldOf({ handlers });
    await endpoint.handle(post(vote));
    await endpoint.stop();
    assert.equal(store.processed.size, 1);
    store.failing = () => new StoreError("STORE_FAILED", { detail: "closed" });
    await turns();
    assert.equal(clock.sleeping, 0);
  });

  it("does not wait behind another activity of the conversation", async () => {
    const { opened, open } = gate();
    const handlers = { onMessage: () => opened, onCardAction: () => ({ text: "at once" }) };
    const { endpoint } = worldOf({ handlers });
    await endpoint.start();
    await endpoint.handle(post(personal({ type: "message", text: "slow" })));
    await turns();
    assert.equal((await endpoint.handle(post(vote))).status, 200);
    open();
    await endpoint.drain();
    await endpoint.stop();
  });
});

describe("the event of a pressed Action.Execute", () => {
  it("has the verb, the data, the card's message and who pressed", async () => {
    const seen: CardActionEvent[] = [];
    await answerBy((event) => void seen.push(event));
    const [event] = seen;
    assert.ok(event);
    const { verb, data, replyToId, trigger, actor, conversationId, kind, tenantId } = event;
    assert.deepEqual(
      { verb, data, replyToId, trigger, actor, conversationId, kind, tenantId },
      {
        verb: "vote",
        data: { choice: "yes" },
        replyToId: "1776390257332",
        trigger: "manual",
        actor: { aadObjectId: ada.aadObjectId, teamsId: ada.id, name: "Ada" },
        conversationId: "a:1xyz",
        kind: "personal",
        tenantId: tenant,
      },
    );
  });

  it("tells a refresh by a client from a press by a person", async () => {
    const seen: string[] = [];
    const action = { type: "Action.Execute", verb: "fresh" };
    await answerBy((event) => void seen.push(event.trigger), {
      ...vote,
      value: { action, trigger: "automatic" },
    });
    assert.deepEqual(seen, ["automatic"]);
  });
});

describe("an invoke that is delivered again", () => {
  const counting = () => {
    let count = 0;
    const onCardAction = () => {
      count += 1;
      return { text: `vote ${count}` };
    };
    return { handlers: { onCardAction }, count: () => count };
  };
  const textOf = async (response: Response) => ((await response.json()) as { value: string }).value;

  it("gets the same answer, and the bot's code runs once", async () => {
    const { handlers, count } = counting();
    const { endpoint } = worldOf({ handlers });
    await endpoint.start();
    const together = [endpoint.handle(post(vote)), endpoint.handle(post(vote))];
    const first = await Promise.all((await Promise.all(together)).map(textOf));
    assert.equal(await textOf(await endpoint.handle(post(vote))), "vote 1");
    await endpoint.drain();
    assert.equal(await textOf(await endpoint.handle(post(vote))), "vote 1");
    assert.deepEqual(first, ["vote 1", "vote 1"]);
    assert.equal(count(), 1);
    await endpoint.stop();
  });

  it("is not carried out again when its answer is no longer kept", async () => {
    const { handlers, count } = counting();
    const before = worldOf({ handlers });
    await before.endpoint.handle(post(vote));
    await turns();
    const { endpoint } = worldOf({ handlers }, before);
    assert.equal(await textOf(await endpoint.handle(post(vote))), "OK");
    assert.equal(count(), 1);
  });

  it("gets the answer of the run that was made up for after a crash", async () => {
    const { handlers, count } = counting();
    const store = new MemoryInbound();
    const crashed = worldOf({ handlers: { onCardAction: () => new Promise(() => {}) } }, { store });
    void crashed.endpoint.handle(post(vote));
    await turns();
    assert.equal(store.rows.length, 1);
    const { endpoint } = worldOf({ handlers }, { store });
    await endpoint.start();
    await endpoint.drain();
    assert.equal(await textOf(await endpoint.handle(post(vote))), "vote 1");
    assert.equal(count(), 1);
    await endpoint.stop();
  });
});

describe("other invokes", () => {
  it("thumbs under a message are taken with 200 and an empty object", async () => {
    const feedback = { ...vote, name: "message/submitAction", value: { actionName: "feedback" } };
    assert.deepEqual(await answerBy(undefined, feedback), [200, {}]);
  });

  it("an invoke is answered though nothing can be learnt from it now, and is learnt from later", async () => {
    const { endpoint, world, learnt, store } = worldOf({
      handlers: { onCardAction: () => ({ text: "fine" }) },
    });
    await endpoint.start();
    world.learnFailing = () => new StoreError("STORE_FULL", { detail: "full" });
    assert.equal((await endpoint.handle(post(vote))).status, 200);
    await turns();
    assert.equal(store.processed.size, 0);
    world.learnFailing = () => null;
    await world.clock.runFor(2_000);
    await endpoint.drain();
    assert.equal(learnt.length, 2);
    assert.equal(store.processed.size, 1);
    await endpoint.stop();
  });
});
