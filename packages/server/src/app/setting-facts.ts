/** One setting, as flags, environment, file and reference page name it. */
export interface SettingFacts {
  readonly variable: string;
  /** Null for secrets: a command line can be read by every process of the machine. */
  readonly flag: string | null;
  /** The flag is a switch: it takes no value, and gives this one. `about` is what the help says of it. */
  readonly switch?: { readonly value: string; readonly about: string };
  readonly meaning: string;
  /** What a value must be: completes the sentence "it must be …". */
  readonly expects: string;
  /** The default in words, for people. */
  readonly default: string;
  /** Never shown: neither in errors nor in logs. */
  readonly secret: boolean;
}

/** Every setting, by its name in the configuration file. The order is that of the reference page. */
export const settingFacts = {
  host: {
    variable: "CARILLON_HOST",
    flag: "host",
    meaning: "Address to listen on.",
    expects: "a host name or an IP address",
    default: "127.0.0.1",
    secret: false,
  },
  port: {
    variable: "CARILLON_PORT",
    flag: "port",
    meaning: "Port to listen on; 0 takes any free one.",
    expects: "a whole number from 0 to 65535",
    default: "3978",
    secret: false,
  },
  baseUrl: {
    variable: "CARILLON_BASE_URL",
    flag: "base-url",
    meaning: "The public URL of the service, as others see it.",
    expects: "an http or https URL",
    default: "made of host and port",
    secret: false,
  },
  databaseUrl: {
    variable: "CARILLON_DATABASE_URL",
    flag: "database-url",
    meaning:
      "Where everything is stored. A relative path starts at the working directory. A PostgreSQL database may be shared by several processes, and needs the package `pg` beside carillon; `pool_max=N` in its URL sets how many connections a process opens (default 10), besides three for listening and for jobs.",
    expects: "sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE",
    default: "sqlite:data/carillon.db",
    secret: false,
  },
  apiKey: {
    variable: "CARILLON_API_KEY",
    flag: null,
    meaning:
      "The first admin key of the API. Without it the first start makes one, prints it once, and leaves it for the command line in a file beside the database.",
    expects: "text without spaces",
    default: "made at the first start",
    secret: true,
  },
  clientId: {
    variable: "CLIENT_ID",
    flag: "client-id",
    meaning: "The bot's app (client) id.",
    expects: "the bot's app id, a guid without the 28: prefix",
    default: "none: required, unless an emulator gives it",
    secret: false,
  },
  clientSecret: {
    variable: "CLIENT_SECRET",
    flag: null,
    meaning: "The bot's client secret.",
    expects: "the bot's client secret, without spaces",
    default: "none: required, unless an emulator gives it",
    secret: true,
  },
  tenantId: {
    variable: "TENANT_ID",
    flag: "tenant-id",
    meaning: "The bot's own tenant, for single-tenant registrations.",
    expects: "an Entra tenant id (a guid) or a domain name",
    default: "none: the cloud's shared one",
    secret: false,
  },
  cloud: {
    variable: "CLOUD",
    flag: "cloud",
    meaning: "The cloud that the bot lives in.",
    expects: "Public, USGov, USGovDoD or China",
    default: "Public",
    secret: false,
  },
  loginUrl: {
    variable: "CARILLON_LOGIN_URL",
    flag: "login-url",
    meaning: "Where tokens come from, instead of the cloud's own address.",
    expects: "an https URL (http only on a loopback host)",
    default: "by cloud",
    secret: false,
  },
  openIdMetadataUrl: {
    variable: "CARILLON_OPENID_METADATA_URL",
    flag: "openid-metadata-url",
    meaning: "Where the keys of inbound tokens are described, instead of the cloud's own address.",
    expects: "an https URL (http only on a loopback host)",
    default: "by cloud",
    secret: false,
  },
  graphUrl: {
    variable: "CARILLON_GRAPH_URL",
    flag: "graph-url",
    meaning: "Microsoft Graph, instead of the cloud's own address.",
    expects: "an https URL (http only on a loopback host)",
    default: "by cloud",
    secret: false,
  },
  serviceUrl: {
    variable: "CARILLON_SERVICE_URL",
    flag: "service-url",
    meaning: "Where to post while no service URL is known, instead of the cloud's own address.",
    expects: "an https URL (http only on a loopback host)",
    default: "by cloud",
    secret: false,
  },
  emulatorUrl: {
    variable: "CARILLON_EMULATOR_URL",
    flag: "emulator",
    meaning: "A running emulator: it sets the bot and every address, in place of those set here.",
    expects: "an https URL (http only on a loopback host), as the emulator prints it",
    default: "none",
    secret: false,
  },
  trustedHosts: {
    variable: "CARILLON_TRUSTED_HOSTS",
    flag: "trusted-hosts",
    meaning:
      "Further exact hosts that tokens may go to, host or host:port, comma separated (in the file: a list). http only for loopback hosts named here.",
    expects: "exact hosts (host or host:port), comma separated, without scheme, path or wildcard",
    default: "none",
    secret: false,
  },
  inboundAuth: {
    variable: "CARILLON_INBOUND_AUTH",
    flag: "inbound-auth",
    meaning:
      "Whether activities must be signed. off believes everyone: taken only when listening on loopback, and warned about at each start.",
    expects: "required or off",
    default: "required",
    secret: false,
  },
  laneRps: {
    variable: "CARILLON_LANE_RPS",
    flag: "lane-rps",
    meaning:
      "Ceiling per bot and tenant, requests a second. 0 = no pacing: for benchmarks against a local emulator only.",
    expects: "a whole number from 0 to 1000000",
    default: "50",
    secret: false,
  },
  graphUsers: {
    variable: "CARILLON_GRAPH_USERS",
    flag: "graph-users",
    switch: {
      value: "on",
      about: "Ask Microsoft Graph who a user principal name is that the bot has not met.",
    },
    meaning:
      "Whether Microsoft Graph is asked who a user principal name is that the bot has not met. Takes the application permission User.Read.All, which an admin of each tenant has to consent to.",
    expects: "on or off",
    default: "off",
    secret: false,
  },
  worker: {
    variable: "CARILLON_WORKER",
    flag: "no-worker",
    switch: {
      value: "off",
      about: "Send nothing: leave that to `carillon worker` processes on the same database.",
    },
    meaning:
      "Whether `carillon serve` also sends. off leaves that to `carillon worker` processes on the same database.",
    expects: "on or off",
    default: "on",
    secret: false,
  },
  workerPort: {
    variable: "CARILLON_WORKER_PORT",
    flag: "worker-port",
    meaning:
      "Where `carillon worker` answers /healthz, /readyz and (with a key) /metrics; 0 takes any free port.",
    expects: "a whole number from 0 to 65535",
    default: "none: a worker does not listen",
    secret: false,
  },
  keepRecipientsDays: {
    variable: "CARILLON_KEEP_RECIPIENTS_DAYS",
    flag: "keep-recipients-days",
    meaning:
      "For how many days after its end the single recipients of a campaign are kept, with what became of each; a notification goes as a whole. Counters, reasons and the message of a campaign stay. 0 = for good.",
    expects: "a whole number of days from 0 to 36500",
    default: "0",
    secret: false,
  },
  keepAttemptsDays: {
    variable: "CARILLON_KEEP_ATTEMPTS_DAYS",
    flag: "keep-attempts-days",
    meaning:
      "For how many days after a campaign's end the single requests are kept; each recipient's row, which tells the last one, stays. 0 = for good.",
    expects: "a whole number of days from 0 to 36500",
    default: "0",
    secret: false,
  },
  keepIdempotencyKeysDays: {
    variable: "CARILLON_KEEP_IDEMPOTENCY_KEYS_DAYS",
    flag: "keep-idempotency-keys-days",
    meaning:
      "For how many days a request repeated with its Idempotency-Key is recognised. 0 = for good.",
    expects: "a whole number of days from 0 to 36500",
    default: "30",
    secret: false,
  },
  keepInboundDays: {
    variable: "CARILLON_KEEP_INBOUND_DAYS",
    flag: "keep-inbound-days",
    meaning:
      "For how many days activities are kept as they came, after they were processed. Teams may deliver one again within that time. 0 = for good.",
    expects: "a whole number of days from 0 to 36500",
    default: "3",
    secret: false,
  },
} as const satisfies Readonly<Record<string, SettingFacts>>;

/** The name of a setting, as the configuration file spells it. */
export type SettingName = keyof typeof settingFacts;

/** Every setting's name, in the order of the reference page. */
export const settingNames: readonly SettingName[] =
  // The keys of the object just above are exactly these names.
  Object.keys(settingFacts) as SettingName[];

/** Variables that the command line reads and the service does not. */
export const clientVariables: readonly string[] = ["CARILLON_URL"];

/** The file that is read in the working directory. */
export const configFileName = "carillon.config.json";
