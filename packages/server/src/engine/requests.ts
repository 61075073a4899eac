import { never } from "../domain/assert.ts";
import type { ActivityId, ConversationId } from "../domain/ids.ts";
import { noAnswer } from "../domain/outcome.ts";
import type { Signal } from "../domain/signal.ts";
import type { DeliveryRun } from "./delivery-run.ts";
import type { Answer, Connector, ConnectorAddress } from "./ports/connector.ts";
import type { Operation, PostedMessage } from "./ports/store.ts";

/** What an accepted request of a delivery answers: a create has no activity, a send no new conversation. */
export interface DeliveryAnswer {
  readonly conversationId: ConversationId | null;
  readonly activityId: ActivityId | null;
}

/**
 * Makes one request of a delivery. Never rejects: should the connector throw against its promise, a repeatable request is
 * `transient` and any other is `uncertain`, because nobody knows how far it went.
 */
export async function makeRequest(
  connector: Connector,
  run: DeliveryRun,
  request: { readonly operation: Operation; readonly body: string; readonly signal: Signal },
): Promise<Answer<DeliveryAnswer>> {
  try {
    return await ask(connector, run, request);
  } catch (error) {
    return {
      outcome:
        request.operation === "create-conversation"
          ? { kind: "transient", reason: "server-error", retryAfterMs: null }
          : { kind: "uncertain", reason: "unreadable-answer" },
      evidence: noAnswer(`The connector failed: ${String(error).slice(0, 400)}`, 0),
    };
  }
}

async function ask(
  connector: Connector,
  run: DeliveryRun,
  { operation, body, signal }: Parameters<typeof makeRequest>[2],
): Promise<Answer<DeliveryAnswer>> {
  const { recipient } = run.claim;
  const { botId, tenantId } = run.campaign.row;
  const address: ConnectorAddress = { botId, tenantId, serviceUrl: run.serviceUrl };
  switch (operation) {
    case "create-conversation": {
      const memberId = recipient.kind === "person" ? recipient.memberId : "";
      const answer = await connector.createPersonalConversation(address, { memberId }, signal);
      return withValue(answer, (value) => ({ ...value, activityId: null }));
    }
    case "create-thread": {
      const channelId = recipient.kind === "channel" ? recipient.channelId : run.conversationId;
      if (channelId === null) throw new Error("a thread needs a channel");
      return connector.createChannelThread(address, { channelId, body }, signal);
    }
    case "send": {
      const { conversationId } = run;
      if (conversationId === null) throw new Error("a send needs a conversation");
      const answer = await connector.sendActivity(address, { conversationId, body }, signal);
      return withValue(answer, (value) => ({ conversationId, activityId: value.activityId }));
    }
    case "update": {
      const posted = postedOf(run);
      const answer = await connector.updateActivity(address, { ...posted, body }, signal);
      return withValue(answer, () => posted);
    }
    case "delete": {
      const posted = postedOf(run);
      return withValue(await connector.deleteActivity(address, posted, signal), () => posted);
    }
    default:
      return never(operation, "operation");
  }
}

function postedOf({ claim: { posted } }: DeliveryRun): PostedMessage {
  if (posted === null) throw new Error("a change needs the message that it changes");
  return posted;
}

function withValue<T>(
  { outcome, evidence, value }: Answer<T>,
  map: (value: T) => DeliveryAnswer,
): Answer<DeliveryAnswer> {
  return value === undefined ? { outcome, evidence } : { outcome, evidence, value: map(value) };
}
