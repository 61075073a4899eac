import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  type Campaign,
  type CarillonClient,
  createClient,
  type Delivery,
  type Message,
  type NewCampaign,
  type Notification,
  type Target,
} from "@carillon/client";
import {
  type AcceptedMessage,
  createEmulator,
  type Emulator,
  type EmulatorOptions,
  type JsonObject,
  listen,
} from "@carillon/emulator";
import { loadConfig } from "../../server/src/app/config.ts";
import { createLogger } from "../../server/src/app/logger.ts";
import { type ServiceHandle, startService } from "../../server/src/app/service.ts";
import { until } from "./until.ts";

/** An emulator, the whole service over it, and a client of its API: all over real HTTP, in this process. */
export interface ContractWorld {
  readonly emulator: Emulator;
  /** Where the emulator listens. */
  readonly emulatorUrl: string;
  readonly service: ServiceHandle;
  readonly client: CarillonClient;
  readonly apiKey: string;
  /** The service's working directory. */
  readonly directory: string;
  /** Every activity that the emulator posted, as it was. */
  readonly activities: readonly JsonObject[];
  /** What the service logged. */
  logged(): string;
  /** Sends a message and waits until each delivery is final. */
  send(to: Target | readonly Target[], message?: Message): Promise<Notification>;
  /** Creates and starts a campaign, and waits for its end. */
  run(campaign: Omit<NewCampaign, "name" | "message"> & { message?: Message }): Promise<Campaign>;
  /** Every delivery row. */
  rows(campaign: string): Promise<readonly Delivery[]>;
  /** The bot's messages with this text. */
  messages(text: string): readonly AcceptedMessage[];
  /** Ends the emulator's listener and all its connections; what is in flight breaks off. */
  unplug(): Promise<void>;
  /** Lets it listen again, on the same port. */
  plug(): Promise<void>;
  close(): Promise<void>;
}

export interface ContractWorldOptions extends EmulatorOptions {
  /** Default 0: nothing is paced. */
  readonly laneRps?: number;
  /** Default false: most tests count requests, or want people of whom nobody heard. */
  readonly readsRosters?: boolean;
  /** Whether Graph is asked who a user principal name is; default false. */
  readonly graphUsers?: boolean;
  /** Default: a file in the service's working directory. */
  readonly databaseUrl?: string;
  /** The service's working directory, its database in it; default: a new one, which goes with the world. */
  readonly directory?: string;
}

const apiKey = "a-key-for-tests-only";

/** Starts both on free ports. Nothing is installed yet. */
export async function contractWorld(options: ContractWorldOptions = {}): Promise<ContractWorld> {
  const { laneRps = 0, readsRosters = false, graphUsers = false, ...others } = options;
  const { directory: given, databaseUrl, ...emulated } = others;
  const directory = given ?? mkdtempSync(path.join(tmpdir(), "carillon-contract-"));
  const activities: JsonObject[] = [];
  const emulator = createEmulator({
    rps: 0,
    ...emulated,
    post: async (url, init) => {
      activities.push(JSON.parse(init.body));
      return fetch(url, init);
    },
  });
  let listening = await listen(emulator, { port: 0 });
  const lines: string[] = [];
  const { log } = createLogger({ format: "json", write: (line) => lines.push(line) });
  const environment = {
    CARILLON_EMULATOR_URL: listening.url,
    CARILLON_PORT: "0",
    CARILLON_LANE_RPS: String(laneRps),
    CARILLON_API_KEY: apiKey,
    CARILLON_GRAPH_USERS: graphUsers ? "on" : "off",
    ...(databaseUrl !== undefined && { CARILLON_DATABASE_URL: databaseUrl }),
  };
  const config = await loadConfig({ flags: {}, environment, directory });
  const service = await startService(config, { log, directory, readsRosters });
  const client = createClient({ url: service.url, apiKey });
  return {
    emulator,
    emulatorUrl: listening.url,
    service,
    client,
    apiKey,
    directory,
    activities,
    logged: () => lines.join(""),
    ...callsOf(client, emulator, () => lines.slice(-20).join("")),
    unplug: () => listening.close(),
    async plug() {
      listening = await listen(emulator, { port: listening.port });
    },
    async close() {
      await service.stop();
      await listening.close();
      if (given === undefined) rmSync(directory, { recursive: true, force: true });
    },
  };
}

function callsOf(
  client: CarillonClient,
  emulator: Emulator,
  more: () => string,
): Pick<ContractWorld, "send" | "run" | "rows" | "messages"> {
  return {
    async send(to, message = { text: "Hello" }) {
      const { id } = await client.notifications.create({ to, message });
      return until(
        async () => {
          const now = await client.notifications.get(id);
          return now.state === "finished" && now;
        },
        `the end of ${id}`,
        { ms: 20_000, more },
      );
    },
    async run(request) {
      const campaign = { name: "A campaign", message: { text: "Hello" }, ...request };
      const { id } = await client.campaigns.create(campaign);
      await client.campaigns.start(id);
      return until(
        async () => {
          const now = await client.campaigns.get(id);
          return now.state === "finished" && now;
        },
        `the end of ${id}`,
        { ms: 30_000, more },
      );
    },
    async rows(campaign) {
      const rows: Delivery[] = [];
      for await (const row of client.campaigns.deliveriesAll(campaign)) rows.push(row);
      return rows;
    },
    messages: (text) =>
      [...emulator.acceptedMessages()].filter(({ body }) => body.includes(JSON.stringify(text))),
  };
}
