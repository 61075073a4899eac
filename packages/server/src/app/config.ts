import { z } from "zod";
import { ConfigError } from "../domain/errors.ts";
import { shownUrl } from "../store/database-url.ts";
import { confidentialUrl, isLoopback } from "../teams/loopback.ts";
import type { BotCredentials, EndpointOverrides, KeepDays } from "./carillon.ts";
import { discoverEmulator } from "./config-emulator.ts";
import { type ConfigSources, type RawSettings, readSettings } from "./config-sources.ts";
import { keepsLongEnough, keptTooShort } from "./keeping.ts";
import { type SettingName, settingFacts } from "./setting-facts.ts";

/** Everything the service is told from outside, checked. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Null: made of host and port once the service listens. */
  readonly baseUrl: string | null;
  readonly databaseUrl: string;
  /** Null: the first start makes one. */
  readonly apiKey: string | null;
  readonly bot: BotCredentials;
  readonly endpoints: EndpointOverrides;
  readonly trustedHosts: readonly string[];
  readonly inboundAuth: "required" | "off";
  /** Requests per second and lane; 0 = no pacing. */
  readonly laneRps: number;
  /** Whether Graph is asked who a user principal name is. */
  readonly graphUsers: boolean;
  /** Whether the service also sends, or leaves it to workers. */
  readonly worker: boolean;
  /** Where a worker tells how it is; null: nowhere. */
  readonly workerPort: number | null;
  /** For how many days what is kept; 0 = for good. */
  readonly keepDays: Required<KeepDays>;
  /** The emulator that set the bot and the addresses; null for the real platform. */
  readonly emulatorUrl: string | null;
  /** What is allowed and still worth a warning at each start; without secrets. */
  readonly warnings: readonly string[];
}

const tokenText = z.string().regex(/^[^\s\p{Cc}]+$/u);
const secureUrl = z.string().refine((text) => confidentialUrl(text) !== null);
const hostName = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]*:[0-9a-f:.]*)$/i;
const exactHost = /^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/i;

/** The form of every setting. Text is taken for numbers and lists, because flags and variables are text. */
export const configSchema = z.strictObject({
  host: z.string().regex(hostName).default("127.0.0.1"),
  port: wholeNumber(65_535).default(3978),
  baseUrl: z.string().refine(isWebUrl).optional(),
  databaseUrl: z
    .string()
    .regex(/^(?:sqlite:.|postgres(?:ql)?:\/\/.)/i)
    .default("sqlite:data/carillon.db"),
  apiKey: tokenText.optional(),
  clientId: z.guid().optional(),
  clientSecret: tokenText.optional(),
  tenantId: z.union([z.guid(), z.string().regex(/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i)]).optional(),
  cloud: z.enum(["Public", "USGov", "USGovDoD", "China"]).default("Public"),
  loginUrl: secureUrl.optional(),
  openIdMetadataUrl: secureUrl.optional(),
  graphUrl: secureUrl.optional(),
  serviceUrl: secureUrl.optional(),
  emulatorUrl: secureUrl.optional(),
  trustedHosts: listOf(z.string().regex(exactHost)).default([]),
  inboundAuth: z.enum(["required", "off"]).default("required"),
  laneRps: wholeNumber(1_000_000).default(50),
  graphUsers: z.enum(["on", "off"]).default("off"),
  worker: z.enum(["on", "off"]).default("on"),
  workerPort: wholeNumber(65_535).optional(),
  keepRecipientsDays: wholeNumber(36_500).default(0),
  keepAttemptsDays: wholeNumber(36_500).default(0),
  keepIdempotencyKeysDays: wholeNumber(36_500).default(30),
  keepInboundDays: wholeNumber(36_500).default(3),
} satisfies Readonly<Record<SettingName, z.ZodType>>);

/** Settings in their form, before an emulator has its say. */
export type Settings = z.output<typeof configSchema>;

/**
 * Reads and checks the configuration; asks the emulator for its bot where one is named. Throws `ConfigError` that names each
 * wrong setting, its value (never a secret) and what to write: CONFIG_UNKNOWN_KEY, CONFIG_INVALID, EMULATOR_UNREACHABLE.
 */
export async function loadConfig(
  sources: ConfigSources,
  options: { readonly fetch?: typeof fetch; readonly emulatorWaitMs?: number } = {},
): Promise<Config> {
  const raw = readSettings(sources);
  const settings = parseSettings(raw);
  checkInboundAuth(settings, raw);
  const { bot, endpoints, trustedHosts, ignored } =
    settings.emulatorUrl === undefined
      ? { ...ownBot(settings), trustedHosts: settings.trustedHosts, ignored: [] }
      : await emulatorBot(settings.emulatorUrl, settings, raw, options);
  checkPacing(settings, raw, endpoints);
  checkKeeping(settings, raw);
  return {
    host: settings.host,
    port: settings.port,
    baseUrl: settings.baseUrl?.replace(/\/+$/, "") ?? null,
    databaseUrl: settings.databaseUrl,
    apiKey: settings.apiKey ?? null,
    bot,
    endpoints,
    trustedHosts,
    inboundAuth: settings.inboundAuth,
    laneRps: settings.laneRps,
    graphUsers: settings.graphUsers === "on",
    worker: settings.worker === "on",
    workerPort: settings.workerPort ?? null,
    keepDays: {
      recipients: settings.keepRecipientsDays,
      attempts: settings.keepAttemptsDays,
      idempotencyKeys: settings.keepIdempotencyKeysDays,
      inbound: settings.keepInboundDays,
    },
    emulatorUrl: settings.emulatorUrl ?? null,
    warnings: [...ignored, ...warningsOf(settings)],
  };
}

/** Parses what was written. Throws `ConfigError` CONFIG_INVALID with one line for each setting that is wrong. */
export function parseSettings(raw: RawSettings): Settings {
  const values = Object.fromEntries([...raw].map(([name, { value }]) => [name, value]));
  const parsed = configSchema.safeParse(values);
  if (parsed.success) return parsed.data;
  const wrong = new Set(parsed.error.issues.map((issue) => issue.path[0]));
  const lines = [...raw].filter(([name]) => wrong.has(name)).map(([name]) => isWrong(name, raw));
  throw new ConfigError("CONFIG_INVALID", { detail: lines.join("\n") });
}

/** The database's URL alone, whatever the other settings are. Throws `ConfigError` CONFIG_INVALID. */
export function databaseSetting(raw: RawSettings): string {
  const given = raw.get("databaseUrl");
  return parseSettings(new Map(given === undefined ? [] : [["databaseUrl", given]])).databaseUrl;
}

/** The line that says that a setting is wrong; `why` replaces the sentence about its form. */
function isWrong(name: SettingName, raw: RawSettings, why?: string): string {
  const facts = settingFacts[name];
  const { place, value } = raw.get(name) ?? { place: facts.variable, value: undefined };
  const shown = facts.secret ? "is not usable" : `is ${shownValue(value)}`;
  return `${place} ${shown}: ${why ?? `it must be ${facts.expects}`}.`;
}

/** A value as an error may show it: short, and without a password where it is a URL. */
function shownValue(value: unknown): string {
  const text = JSON.stringify(typeof value === "string" ? shownUrl(value) : value) ?? "not set";
  const shown = text.replace(/\/\/[^/@\s"]*@/g, "//…@");
  return shown.length > 120 ? `${shown.slice(0, 119)}…` : shown;
}

function checkInboundAuth(settings: Settings, raw: RawSettings): void {
  if (settings.inboundAuth === "required" || isLoopbackHost(settings.host)) return;
  throw new ConfigError("CONFIG_INVALID", {
    detail: isWrong(
      "inboundAuth",
      raw,
      `unsigned activities are taken only on a loopback address, and the service would listen on ${settings.host}. ` +
        "Leave it at required, or set CARILLON_HOST to 127.0.0.1",
    ),
  });
}

function checkPacing(settings: Settings, raw: RawSettings, endpoints: EndpointOverrides): void {
  if (settings.laneRps > 0) return;
  const login = endpoints.loginUrl;
  if (login !== undefined && isLoopback(new URL(login).hostname)) return;
  throw new ConfigError("CONFIG_INVALID", {
    detail: isWrong(
      "laneRps",
      raw,
      "no pacing is for a local emulator only, and this bot gets its tokens elsewhere. Set it to 50, Teams' own budget",
    ),
  });
}

function checkKeeping(settings: Settings, raw: RawSettings): void {
  const { keepRecipientsDays: recipients, keepIdempotencyKeysDays: keys } = settings;
  if (keepsLongEnough({ recipients, idempotencyKeys: keys })) return;
  throw new ConfigError("CONFIG_INVALID", {
    detail: isWrong("keepRecipientsDays", raw, keptTooShort),
  });
}

function ownBot(settings: Settings): {
  readonly bot: BotCredentials;
  readonly endpoints: EndpointOverrides;
} {
  const { clientId, clientSecret, tenantId, cloud } = settings;
  if (clientId === undefined || clientSecret === undefined) {
    const missing = [
      ...(clientId === undefined ? ["CLIENT_ID"] : []),
      ...(clientSecret === undefined ? ["CLIENT_SECRET"] : []),
    ];
    throw new ConfigError("CONFIG_INVALID", {
      detail:
        `${missing.join(" and ")} ${missing.length > 1 ? "are" : "is"} not set, so there is no bot to speak as. ` +
        "Set what the bot's registration in Entra gave you, or try it without one: " +
        "`npx carillon emulator` in another terminal, then `npx carillon serve --emulator http://127.0.0.1:3979`.",
    });
  }
  return {
    bot: { clientId, clientSecret, cloud, ...(tenantId === undefined ? {} : { tenantId }) },
    endpoints: definedOnly({
      loginUrl: settings.loginUrl,
      openIdMetadataUrl: settings.openIdMetadataUrl,
      serviceUrl: settings.serviceUrl,
      graphUrl: settings.graphUrl,
    }),
  };
}

const setByEmulator: readonly SettingName[] = [
  "clientId",
  "clientSecret",
  "tenantId",
  "cloud",
  "loginUrl",
  "openIdMetadataUrl",
  "graphUrl",
  "serviceUrl",
];

async function emulatorBot(
  url: string,
  settings: Settings,
  raw: RawSettings,
  options: { readonly fetch?: typeof fetch; readonly emulatorWaitMs?: number },
) {
  const found = await discoverEmulator(url, options);
  const ignored = setByEmulator.filter((name) => raw.has(name));
  return {
    bot: found.bot,
    endpoints: found.endpoints,
    trustedHosts: [...new Set([...settings.trustedHosts, ...found.hosts])],
    ignored: ignored.map(
      (name) => `${raw.get(name)?.place ?? name} is not used: the emulator sets it.`,
    ),
  };
}

function warningsOf(settings: Settings): readonly string[] {
  const warnings: string[] = [];
  if (settings.inboundAuth === "off")
    warnings.push("CARILLON_INBOUND_AUTH is off: activities are believed without a signature.");
  if (settings.apiKey !== undefined && settings.apiKey.length < 20)
    warnings.push("CARILLON_API_KEY is shorter than 20 characters, and can be guessed.");
  if (settings.laneRps === 0)
    warnings.push("CARILLON_LANE_RPS is 0: nothing is paced. Only for a local emulator.");
  return warnings;
}

function isLoopbackHost(host: string): boolean {
  return isLoopback(host.includes(":") ? `[${host}]` : host.toLowerCase());
}

function isWebUrl(text: string): boolean {
  return /^https?:\/\/[^/@]+(?:\/|$)/i.test(text) && URL.canParse(text);
}

function wholeNumber(max: number) {
  const fromText = z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number);
  return z.union([z.number(), fromText]).pipe(z.number().int().min(0).max(max));
}

function listOf<T extends z.ZodType<unknown, string>>(item: T) {
  const fromText = z.string().transform((text) =>
    text
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== ""),
  );
  return z.union([z.array(z.string()), fromText]).pipe(z.array(item));
}

function definedOnly(urls: Readonly<Record<keyof EndpointOverrides, string | undefined>>) {
  const defined = Object.entries(urls).filter(([, url]) => url !== undefined);
  // The keys are those of EndpointOverrides, and what is undefined was left out.
  return Object.fromEntries(defined) as EndpointOverrides;
}
