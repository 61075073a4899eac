// Goal: the emulator is a Teams that the Teams SDK accepts. Method: an unchanged teams.apps bot receives its signed activities
// and sends proactively through its API client.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { PUBLIC, withOverrides } from "@microsoft/teams.api";
import { App, ExpressAdapter } from "@microsoft/teams.apps";
import express from "express";
import { type SdkWorld, sdkWorld } from "../../src/sdk-world.ts";

let world: SdkWorld;
let app: App;
const texts: string[] = [];
const installs: string[] = [];

before(async () => {
  world = await sdkWorld();
  const bot = world.emulator.bot();
  const server = express();
  app = new App({
    clientId: bot.clientId,
    tenantId: bot.tenantId,
    // Its MSAL wants https, so the token comes from the emulator's endpoint directly.
    token: () => world.token(),
    serviceUrl: bot.serviceUrl,
    cloud: withOverrides(PUBLIC, {
      loginEndpoint: bot.loginUrl,
      openIdMetadataUrl: bot.openIdMetadataUrl,
      tokenIssuer: bot.issuer,
    }),
    httpServerAdapter: new ExpressAdapter(server),
  });
  app.on("install.add", async ({ activity }) => {
    installs.push(activity.conversation.id);
  });
  app.on("message", async ({ activity, send }) => {
    texts.push(activity.text ?? "");
    await send(`you said ${activity.text}`);
  });
  await app.initialize();
  await world.serve(server);
});
after(() => world.close());

describe("teams.apps", () => {
  it("believes the emulator's installs", async () => {
    const report = await world.emulator.install([0, 1, 2]);
    assert.equal(report.failed, 0, report.failures.join("\n"));
    assert.deepEqual(
      installs.toSorted(),
      [0, 1, 2].map((index) => world.emulator.person(index).conversationId).toSorted(),
    );
  });

  it("receives a message and answers it", async () => {
    const answer = await world.emulator.say(0, "hello");
    assert.equal(answer.status, 200);
    assert.deepEqual(texts, ["hello"]);
    assert.match(JSON.stringify(world.emulator.inbox(0).at(-1)?.activity), /you said hello/);
  });

  it("sends proactively to a conversation that it kept", async () => {
    const person = world.emulator.person(1);
    const sent = await app.send(person.conversationId, "news");
    const [message] = world.emulator.inbox(1);
    assert.equal(message?.activityId, sent.id);
  });

  it("replies in a channel's thread", async () => {
    const team = world.emulator.team(0);
    await world.emulator.install({ team: 0 });
    const root = await app.send(team.id, "root");
    await app.reply(team.id, root.id, "reply");
    const [first, second] = world.emulator.inbox(team.id);
    assert.equal(first?.activityId, root.id);
    assert.equal(second?.thread, root.id);
  });

  for (const flaw of [
    "wrong-audience",
    "bad-signature",
    "wrong-issuer",
    "expired",
    "other-service-url",
  ] as const)
    it(`refuses an activity with the flaw ${flaw}`, async () => {
      const before = texts.length;
      const answer = await world.emulator.say(2, "believe me", { flaw });
      assert.notEqual(answer.status, 200);
      assert.equal(texts.length, before);
    });
});
