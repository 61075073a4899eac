// Carillon as a library, as it is published: a campaign to people whom the store knows, with the durable ledger on disk.
// Options: {connectorUrl, databaseFile, ratePerSecond}.
import { createCarillon } from "../../packages/server/dist/index.js";
import { bot, card, serviceUrlOf } from "../parts/bot.mjs";
import { answerParent, childOptions } from "../parts/child.mjs";
import { measured } from "../parts/loop.mjs";

const { connectorUrl, databaseFile, ratePerSecond = 0 } = childOptions();
const carillon = await createCarillon({
  bot,
  store: `sqlite:${databaseFile}`,
  endpoints: { loginUrl: `${connectorUrl}/login`, serviceUrl: serviceUrlOf(connectorUrl) },
  trustedHosts: [new URL(connectorUrl).host],
  ratePerSecond,
});
await carillon.start();

answerParent({
  run: () =>
    measured(async () => {
      const campaign = await carillon.campaign({
        name: "Bench",
        message: { card, summary: "Our third quarter" },
        audience: { include: [{ everyone: true }] },
      });
      await campaign.start();
      const { counts } = await campaign.finished();
      return { failed: counts.total - counts.accepted };
    }),
  stop: () => carillon.stop(),
});
