// Carillon as a library, as it is published: a campaign to the people whom the store knows, in one tenant or in each of many, with
// the durable ledger on. Options: {connectorUrl, databaseUrl, ratePerSecond, tenants: how many}.
import { createCarillon } from "../../packages/server/dist/index.js";
import { bot, card, serviceUrlOf, tenantOf } from "../parts/bot.mjs";
import { answerParent, childOptions } from "../parts/child.mjs";
import { measured } from "../parts/loop.mjs";

const { connectorUrl, databaseUrl, ratePerSecond = 0, tenants } = childOptions();
const tenantIds =
  tenants === undefined ? [bot.tenantId] : Array.from({ length: tenants }, (_, n) => tenantOf(n));
const carillon = await createCarillon({
  bot,
  store: databaseUrl,
  endpoints: { loginUrl: `${connectorUrl}/login`, serviceUrl: serviceUrlOf(connectorUrl) },
  trustedHosts: [new URL(connectorUrl).host],
  ratePerSecond,
});
await carillon.start();

answerParent({
  async run() {
    const campaigns = await Promise.all(tenantIds.map(create));
    return measured(async () => {
      await Promise.all(campaigns.map((campaign) => campaign.start()));
      const ends = await Promise.all(campaigns.map((campaign) => campaign.finished()));
      const failed = ends.reduce((sum, { counts }) => sum + counts.total - counts.accepted, 0);
      return { failed };
    });
  },
  /** CPU seconds of the next `seconds`, in which nothing is sent. */
  idle: (seconds) =>
    measured(async () => {
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    }),
  stop: () => carillon.stop(),
});

function create(tenantId) {
  return carillon.campaign({
    name: "Bench",
    message: { card, summary: "Our third quarter" },
    audience: { include: [{ everyone: true }] },
    tenantId,
  });
}
