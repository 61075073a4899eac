// The Agents SDK: `continueConversation` with a reference that was kept.
import { CloudAdapter, getAuthConfigWithDefaults } from "@microsoft/agents-hosting";
import { activity, bot } from "../parts/bot.mjs";
import { loopSender } from "../parts/loop.mjs";
import { referenceOf } from "../parts/reference.mjs";
import { unsignedToken } from "../parts/tokens.mjs";

await loopSender(({ connectorUrl }) => {
  const adapter = new CloudAdapter(getAuthConfigWithDefaults({ ...bot }));
  const token = unsignedToken();
  // Its MSAL wants https for the login; everything after that is its own.
  adapter.connectionManager.getDefaultConnection().getAccessToken = async () => token;
  return (n) =>
    adapter.continueConversation(bot.clientId, referenceOf(n, connectorUrl), async (context) => {
      await context.sendActivity({ ...activity });
    });
});
