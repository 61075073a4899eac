// The Bot Framework SDK: `continueConversationAsync` with a reference that was kept.
import { CloudAdapter, ConfigurationBotFrameworkAuthentication } from "botbuilder";
import { AppCredentials, ServiceClientCredentialsFactory } from "botframework-connector";
import { activity, bot } from "../parts/bot.mjs";
import { loopSender } from "../parts/loop.mjs";
import { referenceOf } from "../parts/reference.mjs";
import { unsignedToken } from "../parts/tokens.mjs";

/** The SDK's own credentials; only the login, which it wants over https, is left out. */
class KeptToken extends AppCredentials {
  async refreshToken() {
    return { accessToken: unsignedToken(), expiresOn: new Date(Date.now() + 86_400_000) };
  }
}

class KeptTokens extends ServiceClientCredentialsFactory {
  async isValidAppId(appId) {
    return appId === bot.clientId;
  }
  async isAuthenticationDisabled() {
    return false;
  }
  async createCredentials(appId, audience) {
    return new KeptToken(appId, bot.tenantId, audience);
  }
}

await loopSender(({ connectorUrl }) => {
  const settings = {
    ToChannelFromBotLoginUrl: `${connectorUrl}/login/${bot.tenantId}`,
    ToChannelFromBotOAuthScope: "https://api.botframework.com",
    OAuthUrl: connectorUrl,
    ToBotFromChannelTokenIssuer: "https://api.botframework.com",
    ToBotFromChannelOpenIdMetadataUrl: `${connectorUrl}/openid`,
    ToBotFromEmulatorOpenIdMetadataUrl: `${connectorUrl}/openid`,
    ValidateAuthority: "false",
    CallerId: "",
  };
  const auth = new ConfigurationBotFrameworkAuthentication(settings, new KeptTokens());
  const adapter = new CloudAdapter(auth);
  adapter.onTurnError = async (_context, error) => {
    throw error;
  };
  return (n) =>
    adapter.continueConversationAsync(
      bot.clientId,
      referenceOf(n, connectorUrl),
      async (context) => {
        await context.sendActivity({ ...activity });
      },
    );
});
