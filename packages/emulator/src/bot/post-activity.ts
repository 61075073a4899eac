import type { DeliveryOptions } from "../emulator.ts";
import { botAnswerMsMax, teamsChannel } from "../facts.ts";
import { asObject, asString, type JsonObject } from "../json.ts";
import type { World } from "../state/world.ts";
import type { BotAnswer } from "../views.ts";
import { channelAuthorization } from "./channel-token.ts";
import { serviceUrlOf } from "./envelope.ts";

const answerCharactersKept = 200_000;

/** Posts an activity to the bot, signed, and waits for its answer at most as long as Teams does. Never rejects. */
export async function postActivity(
  world: World,
  given: JsonObject,
  options: DeliveryOptions = {},
): Promise<BotAnswer> {
  const activity: JsonObject = {
    channelId: teamsChannel,
    serviceUrl: serviceUrlOf(world),
    ...given,
  };
  const ids = {
    activityId: asString(activity.id) ?? "",
    conversationId: asString(asObject(activity.conversation).id) ?? "",
  };
  const failed = (error: string): BotAnswer => ({ ...ids, status: null, body: "", error });
  world.posted.push(activity);
  const url = world.dial.botEndpoint;
  if (url === null) return failed("no bot endpoint is set");
  const authorization = channelAuthorization(
    world,
    asString(activity.serviceUrl) ?? "",
    options.flaw,
  );
  const headers = {
    "content-type": "application/json; charset=utf-8",
    "x-ms-conversation-id": ids.conversationId,
    "x-ms-tenant-id": world.config.tenantId,
    ...(authorization === undefined ? {} : { authorization }),
  };
  return await untilTimeOut(world, failed, async (signal) => {
    const body = JSON.stringify(activity);
    const answer = await world.post(url, { method: "POST", headers, body, signal });
    const text = (await answer.text()).slice(0, answerCharactersKept);
    return { ...ids, status: answer.status, body: text, error: null };
  });
}

/** Whether the bot took it. */
export function isTaken(answer: BotAnswer): boolean {
  return answer.status !== null && answer.status >= 200 && answer.status < 300;
}

/** One sentence about an answer that is no 2xx. */
export function describe(answer: BotAnswer): string {
  return answer.status === null
    ? (answer.error ?? "no answer")
    : `the bot answered ${answer.status} to ${answer.activityId}`;
}

async function untilTimeOut(
  world: World,
  failed: (error: string) => BotAnswer,
  run: (signal: AbortSignal) => Promise<BotAnswer>,
): Promise<BotAnswer> {
  const giveUp = new AbortController();
  const answered = new AbortController();
  const timeOut = world.clock.sleep(botAnswerMsMax, answered.signal).then(() => {
    if (!answered.signal.aborted) giveUp.abort();
    return failed(`the bot did not answer within ${botAnswerMsMax / 1_000} s`);
  });
  const answer = run(giveUp.signal).catch((error: unknown) =>
    failed(error instanceof Error ? messageOf(error) : String(error)),
  );
  const first = await Promise.race([answer, timeOut]);
  answered.abort();
  return first;
}

/** `fetch` hides what happened in the cause. */
function messageOf(error: Error): string {
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
