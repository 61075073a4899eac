import { once } from "node:events";
import { createServer } from "node:http";
import type { TestContext } from "node:test";
import { createEmulator, type EmulatorOptions, listen } from "@carillon/emulator";
import { botId, tenantId } from "../../src/domain/ids.ts";
import type { Clock } from "../../src/engine/ports/runtime.ts";
import { cloudSettings } from "../../src/teams/clouds.ts";
import { createConnector } from "../../src/teams/connector.ts";
import { createInboundVerifier } from "../../src/teams/inbound-token.ts";
import { parseActivity } from "../../src/teams/parse-activity.ts";
import { createSecretTokenSource } from "../../src/teams/secret-token-source.ts";
import { createTrustedHosts } from "../../src/teams/trusted-hosts.ts";
import { createUndiciTransport } from "../../src/teams/undici-transport.ts";
import { keptLog } from "./scripted-transport.ts";

const clock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** Our whole Teams layer against an emulator, over real HTTP. Everything is closed when the test ends. */
export async function startEmulated(
  t: TestContext,
  options: EmulatorOptions = {},
  {
    timeoutMs = 20_000,
    clientSecret,
  }: { readonly timeoutMs?: number; readonly clientSecret?: string } = {},
) {
  const emulator = createEmulator({ people: 120, teams: 2, seed: 11, rps: 0, ...options });
  const listening = await listen(emulator, { port: 0 });
  const transport = createUndiciTransport();
  t.after(async () => {
    await transport.close();
    await listening.close();
  });
  const bot = emulator.bot();
  const log = keptLog();
  const cloud = cloudSettings("Public", {
    loginUrl: bot.loginUrl,
    openIdMetadataUrl: bot.openIdMetadataUrl,
    serviceUrl: bot.globalServiceUrl,
    graphUrl: bot.graphUrl,
  });
  const deps = { transport, clock, log };
  const tokens = createSecretTokenSource(deps, {
    cloud,
    clientId: bot.clientId,
    clientSecret: clientSecret ?? bot.clientSecret,
    tenantId: bot.tenantId,
  });
  const trusted = createTrustedHosts([], [new URL(listening.url).host]);
  const connector = createConnector({ transport, tokens, clock }, { cloud, trusted, timeoutMs });
  const verifier = createInboundVerifier(deps, {
    appId: bot.clientId,
    issuer: cloud.issuer,
    openIdMetadataUrl: cloud.openIdMetadataUrl,
  });
  const address = {
    botId: botId(bot.clientId),
    tenantId: tenantId(bot.tenantId),
    serviceUrl: bot.serviceUrl,
  };
  return { emulator, connector, tokens, verifier, address, log };
}

/** A bot endpoint that checks each activity, and answers the check that failed. */
export async function listenForActivities(
  t: TestContext,
  { emulator, verifier }: Pick<Awaited<ReturnType<typeof startEmulated>>, "emulator" | "verifier">,
): Promise<void> {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const parsed = parseActivity(body);
    if (!parsed.ok) {
      response.writeHead(400).end(parsed.reason);
      return;
    }
    const result = await verifier.verify(request.headers.authorization ?? null, parsed.activity);
    response.writeHead(result.ok ? 200 : result.status).end(result.ok ? "" : result.check);
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  emulator.setBotEndpoint(`http://127.0.0.1:${address.port}/api/messages`);
}
