import { bot, conversationIdOf, idsOf, serviceUrlOf } from "./bot.mjs";

/** The conversation reference of person `n`, as an SDK keeps it from an earlier turn. */
export function referenceOf(n, connectorUrl) {
  const { object, long } = idsOf(n);
  const self = { id: `28:${bot.clientId}`, name: "Bench" };
  return {
    // The same under the names of both SDKs.
    bot: self,
    agent: self,
    user: { id: `29:${long.slice(0, 86)}`, name: `Given${n}`, aadObjectId: object },
    conversation: {
      id: conversationIdOf(n),
      conversationType: "personal",
      tenantId: bot.tenantId,
      isGroup: false,
    },
    channelId: "msteams",
    locale: "en-US",
    serviceUrl: serviceUrlOf(connectorUrl),
  };
}
