// Goal: the emulator is a Teams that the Bot Framework SDK accepts. Method: an unchanged botbuilder bot receives its signed
// activities (and checks them by its own rules) and sends proactively through its connector.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  CloudAdapter,
  ConfigurationBotFrameworkAuthentication,
  type ConversationReference,
  type TurnContext,
  TurnContext as Turns,
} from "botbuilder";
import { AppCredentials, ServiceClientCredentialsFactory } from "botframework-connector";
import express from "express";
import { type SdkWorld, sdkWorld } from "../../src/sdk-world.ts";

let world: SdkWorld;
let adapter: CloudAdapter;
const references = new Map<string, Partial<ConversationReference>>();
const texts: string[] = [];

/** The SDK's own credentials class; only the login, which it wants over https, is pointed at the emulator. */
class EmulatorCredentials extends AppCredentials {
  protected async refreshToken() {
    const accessToken = await world.token();
    return { accessToken, expiresOn: new Date(Date.now() + 3_600_000) } as never; // it reads these two only
  }
}

class EmulatorCredentialsFactory extends ServiceClientCredentialsFactory {
  async isValidAppId(appId: string) {
    return appId === world.emulator.bot().clientId;
  }
  async isAuthenticationDisabled() {
    return false;
  }
  async createCredentials(appId: string, audience: string | undefined) {
    return new EmulatorCredentials(appId, world.emulator.bot().tenantId, audience);
  }
}

async function onTurn(context: TurnContext): Promise<void> {
  const { activity } = context;
  if (activity.from.aadObjectId !== undefined)
    references.set(activity.from.aadObjectId, Turns.getConversationReference(activity));
  if (activity.type === "message") {
    texts.push(activity.text);
    await context.sendActivity(`you said ${activity.text}`);
  }
}

before(async () => {
  world = await sdkWorld();
  const bot = world.emulator.bot();
  adapter = new CloudAdapter(
    new ConfigurationBotFrameworkAuthentication(
      {
        ToBotFromChannelOpenIdMetadataUrl: bot.openIdMetadataUrl,
        ToBotFromChannelTokenIssuer: bot.issuer,
        ToChannelFromBotLoginUrl: `${bot.loginUrl}/${bot.tenantId}`,
        ToChannelFromBotOAuthScope: "https://api.botframework.com",
        OAuthUrl: world.url,
        ValidateAuthority: "false",
        CallerId: "",
        ToBotFromEmulatorOpenIdMetadataUrl: bot.openIdMetadataUrl,
      },
      new EmulatorCredentialsFactory(),
    ),
  );
  adapter.onTurnError = async (_context, error) => {
    throw error;
  };
  const app = express();
  app.use(express.json());
  app.post("/api/messages", (req, res) => void adapter.process(req, res, onTurn));
  await world.serve(app);
});
after(() => world.close());

describe("botbuilder", () => {
  it("believes the emulator's installs", async () => {
    const report = await world.emulator.install([0, 1, 2]);
    assert.equal(report.failed, 0, report.failures.join("\n"));
    assert.ok(references.has(world.emulator.person(0).aadObjectId));
  });

  it("receives a message and answers it", async () => {
    const answer = await world.emulator.say(0, "hello");
    assert.equal(answer.status, 200);
    assert.deepEqual(texts, ["hello"]);
    assert.match(JSON.stringify(world.emulator.inbox(0).at(-1)?.activity), /you said hello/);
  });

  it("sends a card proactively, in its reply form", async () => {
    const person = world.emulator.person(1);
    const reference = references.get(person.aadObjectId);
    assert.ok(reference);
    let id: string | undefined;
    await adapter.continueConversationAsync(
      world.emulator.bot().clientId,
      reference,
      async (context) => {
        const content = {
          type: "AdaptiveCard",
          version: "1.5",
          body: [{ type: "TextBlock", text: "news" }],
        };
        const sent = await context.sendActivity({
          type: "message",
          attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", content }],
        });
        id = sent?.id;
      },
    );
    const [message] = world.emulator.inbox(1);
    assert.equal(message?.activityId, id);
    assert.match(JSON.stringify(message?.activity), /news/);
  });

  for (const flaw of ["wrong-audience", "bad-signature", "wrong-endorsement", "expired"] as const)
    it(`refuses an activity with the flaw ${flaw}`, async () => {
      const before = texts.length;
      const answer = await world.emulator.say(2, "believe me", { flaw });
      assert.notEqual(answer.status, 200);
      assert.equal(texts.length, before);
    });
});
