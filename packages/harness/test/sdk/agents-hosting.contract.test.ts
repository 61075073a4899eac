// Goal: the emulator is a Teams that the Agents SDK accepts. Method: an unchanged agents-hosting bot receives its signed
// activities and sends proactively through its connector.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, describe, it } from "node:test";
import type { Activity } from "@microsoft/agents-activity";
import {
  CloudAdapter,
  getAuthConfigWithDefaults,
  type TurnContext,
} from "@microsoft/agents-hosting";
import express from "express";
import { type SdkWorld, sdkWorld } from "../../src/sdk-world.ts";

const require = createRequire(import.meta.url);
let world: SdkWorld;
let adapter: CloudAdapter;
const references = new Map<string, ReturnType<Activity["getConversationReference"]>>();
const texts: string[] = [];

/** It takes the connector's keys from an address that cannot be set; its own key client is pointed at the emulator's set. */
async function useKeysOf(openIdMetadataUrl: string): Promise<void> {
  const json = async (url: string) => (await fetch(url)).json();
  const metadata = (await json(openIdMetadataUrl)) as { readonly jwks_uri: string }; // its documented form
  const main = require.resolve("@microsoft/agents-hosting");
  const { getJwksClient } = require(main.replace(/index\.js$/, "auth/jwt-middleware.js"));
  const client = getJwksClient("https://login.botframework.com/v1/.well-known/keys");
  client.getKeys = async () => {
    const set = (await json(metadata.jwks_uri)) as { readonly keys: readonly unknown[] }; // likewise
    return set.keys;
  };
}

async function onTurn(context: TurnContext): Promise<void> {
  const { activity } = context;
  const person = activity.from?.aadObjectId;
  if (person !== undefined) references.set(person, activity.getConversationReference());
  if (activity.type === "message") {
    texts.push(activity.text ?? "");
    await context.sendActivity(`you said ${activity.text}`);
  }
}

before(async () => {
  world = await sdkWorld();
  const bot = world.emulator.bot();
  adapter = new CloudAdapter(
    getAuthConfigWithDefaults({
      clientId: bot.clientId,
      clientSecret: bot.clientSecret,
      tenantId: bot.tenantId,
    }),
  );
  // Its MSAL wants https, so the token comes from the emulator's endpoint directly.
  const provider = adapter.connectionManager.getDefaultConnection();
  provider.getAccessToken = () => world.token();
  await useKeysOf(bot.openIdMetadataUrl);
  const app = express();
  app.use(express.json());
  app.post("/api/messages", (req, res, next) => {
    void adapter.authorizeRequest(req, res, () => {
      adapter.process(req, res, onTurn).catch(next);
    });
  });
  await world.serve(app);
});
after(() => world.close());

describe("agents-hosting", () => {
  it("believes the emulator's installs", async () => {
    const report = await world.emulator.install([0, 1, 2]);
    assert.equal(report.failed, 0, report.failures.join("\n"));
    assert.ok(references.has(world.emulator.person(0).aadObjectId));
  });

  it("receives a message and answers it", async () => {
    const answer = await world.emulator.say(0, "hello");
    assert.ok(answer.status !== null && answer.status < 300, `${answer.status} ${answer.body}`);
    assert.deepEqual(texts, ["hello"]);
    assert.match(JSON.stringify(world.emulator.inbox(0).at(-1)?.activity), /you said hello/);
  });

  it("sends proactively, with an id in the path that is not percent-encoded", async () => {
    const person = world.emulator.person(1);
    const reference = references.get(person.aadObjectId);
    assert.ok(reference);
    let id: string | undefined;
    await adapter.continueConversation(
      world.emulator.bot().clientId,
      reference,
      async (context) => {
        const sent = await context.sendActivity("news");
        id = sent?.id;
      },
    );
    const [message] = world.emulator.inbox(1);
    assert.equal(message?.activityId, id);
  });

  for (const flaw of ["wrong-audience", "bad-signature", "expired"] as const)
    it(`refuses an activity with the flaw ${flaw}`, async () => {
      const before = texts.length;
      const answer = await world.emulator.say(2, "believe me", { flaw });
      assert.ok(answer.status === null || answer.status >= 400, `${answer.status}`);
      assert.equal(texts.length, before);
    });
});
