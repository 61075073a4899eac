import { createServer, type RequestListener } from "node:http";
import { createEmulator, type Emulator, type EmulatorOptions, listen } from "@carillon/emulator";

/** An emulator behind a real socket, with an access token as its token endpoint gives it. */
export interface SdkWorld {
  readonly emulator: Emulator;
  readonly url: string;
  /** Gets a connector token by client secret, as a bot's login would. */
  token(): Promise<string>;
  /** Lets a bot listen, and the emulator post its activities there. */
  serve(listener: RequestListener): Promise<void>;
  close(): Promise<void>;
}

/** Starts an emulator for the tests in which somebody else's code is the client. */
export async function sdkWorld(options: EmulatorOptions = {}): Promise<SdkWorld> {
  const emulator = createEmulator({ people: 20, teams: 1, seed: 7, rps: 0, ...options });
  const listening = await listen(emulator, { port: 0 });
  const closers: (() => Promise<void>)[] = [() => listening.close()];
  return {
    emulator,
    url: listening.url,
    async token() {
      const bot = emulator.bot();
      const response = await fetch(`${bot.loginUrl}/${bot.tenantId}/oauth2/v2.0/token`, {
        method: "POST",
        body: new URLSearchParams({
          grant_type: "client_credentials",
          client_id: bot.clientId,
          client_secret: bot.clientSecret,
          scope: bot.scope,
        }),
      });
      const body: unknown = await response.json();
      // The token endpoint's documented answer; anything else shows as a refused token.
      return (body as { readonly access_token: string }).access_token;
    },
    async serve(listener) {
      const server = createServer(listener);
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("no port");
      emulator.setBotEndpoint(`http://127.0.0.1:${address.port}/api/messages`);
      closers.unshift(async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      });
    },
    async close() {
      for (const close of closers) await close();
    },
  };
}
