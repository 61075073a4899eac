// The Teams SDK: `app.send` to a conversation that was kept.
import { App, ExpressAdapter } from "@microsoft/teams.apps";
import express from "express";
import { activity, bot, conversationIdOf, serviceUrlOf } from "../parts/bot.mjs";
import { loopSender } from "../parts/loop.mjs";
import { unsignedToken } from "../parts/tokens.mjs";

await loopSender(async ({ connectorUrl }) => {
  const token = unsignedToken();
  const app = new App({
    clientId: bot.clientId,
    tenantId: bot.tenantId,
    token: async () => token,
    serviceUrl: serviceUrlOf(connectorUrl),
    httpServerAdapter: new ExpressAdapter(express()),
    logger: {
      error() {},
      warn() {},
      info() {},
      debug() {},
      trace() {},
      log() {},
      child() {
        return this;
      },
    },
  });
  await app.initialize();
  return (n) => app.send(conversationIdOf(n), activity);
});
