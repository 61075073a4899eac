import { z } from "zod";
import { ConfigError } from "../domain/errors.ts";
import type { BotCredentials, EndpointOverrides } from "./carillon.ts";

/** What a running emulator says of its bot and of itself. */
export interface EmulatorSettings {
  readonly bot: BotCredentials;
  readonly endpoints: EndpointOverrides;
  /** Hosts that tokens must be able to go to. */
  readonly hosts: readonly string[];
}

const discoveryPath = "/_emulator/bot";
const attemptMs = 2000;
const pauseMs = 250;

const discovery = z.object({
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  tenantId: z.string().min(1),
  loginUrl: z.url(),
  openIdMetadataUrl: z.url(),
  serviceUrl: z.url(),
  globalServiceUrl: z.url(),
  graphUrl: z.url(),
});

/**
 * Asks the emulator at `url` for its bot, for up to `emulatorWaitMs` (default 5,000) while none answers, because both are often
 * started at once. Throws `ConfigError`: EMULATOR_UNREACHABLE, or CONFIG_INVALID where something else answers.
 */
export async function discoverEmulator(
  url: string,
  options: { readonly fetch?: typeof fetch; readonly emulatorWaitMs?: number } = {},
): Promise<EmulatorSettings> {
  const ask = options.fetch ?? fetch;
  const address = new URL(discoveryPath, url);
  const response = await firstAnswer(
    () => ask(address, { signal: AbortSignal.timeout(attemptMs) }),
    performance.now() + (options.emulatorWaitMs ?? 5000),
  );
  if (response.answer === null) throw unreachable(url, response.cause);
  const parsed = discovery.safeParse(await response.answer.json().catch(() => null));
  if (!response.answer.ok || !parsed.success)
    throw new ConfigError("CONFIG_INVALID", {
      detail:
        `What answers at ${url} is not a Carillon emulator: ${address.pathname} gave ${response.answer.status}. ` +
        "Set CARILLON_EMULATOR_URL to the address that `npx carillon emulator` prints.",
    });
  const { clientId, clientSecret, tenantId, ...found } = parsed.data;
  const hosts = [found.serviceUrl, found.globalServiceUrl].map((one) => new URL(one).host);
  return {
    bot: { clientId, clientSecret, tenantId },
    endpoints: {
      loginUrl: found.loginUrl,
      openIdMetadataUrl: found.openIdMetadataUrl,
      serviceUrl: found.globalServiceUrl,
      graphUrl: found.graphUrl,
    },
    hosts: [...new Set(hosts)],
  };
}

/**
 * Tells the emulator where the service's bot endpoint is, unless it was told another one. Answers what is worth a warning, or null.
 * Never throws: the service works without it, and only hears nothing.
 */
export async function introduce(
  emulatorUrl: string,
  endpoint: string,
  ask: typeof fetch = fetch,
): Promise<string | null> {
  const hint = `Start the emulator with --bot-endpoint ${endpoint}, or nothing that happens there is heard of.`;
  try {
    const signal = AbortSignal.timeout(attemptMs);
    const identity = await ask(new URL(discoveryPath, emulatorUrl), { signal });
    const told = discoveredEndpoint.parse(await identity.json()).botEndpoint;
    if (told === endpoint) return null;
    if (told !== null)
      return `The emulator posts activities to ${told}, not to this service. ${hint}`;
    const answer = await ask(new URL("/_emulator/bot-endpoint", emulatorUrl), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ url: endpoint }),
      signal,
    });
    return answer.ok ? null : `The emulator did not take this service's address. ${hint}`;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `The emulator could not be told this service's address (${why}). ${hint}`;
  }
}

const discoveredEndpoint = z.object({ botEndpoint: z.string().nullable() });

/** The first answer, asked for until `deadline` (as `performance.now()` counts) and at least once. */
async function firstAnswer(
  ask: () => Promise<Response>,
  deadline: number,
): Promise<{ readonly answer: Response | null; readonly cause: unknown }> {
  for (;;) {
    try {
      return { answer: await ask(), cause: null };
    } catch (cause) {
      // Nobody listens there yet, or not in time: the last cause is told when the time is used up.
      if (performance.now() + pauseMs > deadline) return { answer: null, cause };
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

function unreachable(url: string, cause: unknown): ConfigError {
  return new ConfigError("EMULATOR_UNREACHABLE", {
    detail: `No emulator answers at ${url}. Start one with \`npx carillon emulator\`, or correct CARILLON_EMULATOR_URL (or --emulator).`,
    cause,
  });
}
