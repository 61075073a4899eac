import path from "node:path";
import { type CarillonClient, createClient } from "@carillon/client";
import type { Config } from "../../app/config.ts";
import { discoverEmulator, type EmulatorSettings } from "../../app/config-emulator.ts";
import { readKeyFile } from "../../app/key-file.ts";
import { createLogger } from "../../app/logger.ts";
import { type ServiceHandle, startService } from "../../app/service.ts";
import type { Io } from "../io.ts";
import type { Screen } from "../terminal/screen.ts";
import { nounWords } from "../terminal/words.ts";
import { type DemoFolder, type DemoTenant, prepareFolder } from "./demo-folder.ts";
import type { DemoStory } from "./demo-story.ts";
import { type EmulatorControls, emulatorControls } from "./emulator-controls.ts";
import type { EmulatorProcess } from "./emulator-process.ts";

/** What the demo was asked for. */
export interface DemoRequest {
  readonly people: number;
  readonly teams: number;
  readonly port: number;
  readonly emulatorPort: number;
  /** The demo's own folder. */
  readonly data: string;
  readonly fresh: boolean;
  readonly rps: number;
  /** Ends after the table. */
  readonly exit: boolean;
}

/** Emulator and service side by side, and what drives them. */
export interface Stage {
  readonly io: Io;
  readonly screen: Screen;
  readonly story: DemoStory;
  readonly emulator: EmulatorProcess;
  readonly controls: EmulatorControls;
  readonly folder: DemoFolder;
  readonly service: ServiceHandle;
  readonly client: CarillonClient;
  readonly flushLog: () => void;
  /** Whether the installs are told, so that the next demo may go on from here. */
  readonly progress: { installed: boolean };
}

/** Starts the service beside the emulator, and tells of both. Throws what the service's start throws. */
export async function setStage(
  request: DemoRequest,
  emulator: EmulatorProcess,
  tools: Pick<Stage, "io" | "screen" | "story">,
): Promise<Stage> {
  const { io, screen, story } = tools;
  const { people, teams } = request;
  story.step(
    `The emulator plays Microsoft Teams: a tenant of ${nounWords(people, "person", "people")} in ${nounWords(teams, "team")}.`,
    screen.style.cyan(emulator.url),
  );
  if (emulator.moved)
    story.note(`Port ${request.emulatorPort} was taken, so the next free one is used.`);
  const found = await discoverEmulator(emulator.url);
  const { clientId, tenantId = "" } = found.bot;
  const tenant = { tenantId, clientId, people, teams, emulatorUrl: emulator.url };
  const controls = emulatorControls(emulator.url, (ms) => io.sleep(ms));
  const folder = await openFolder(controls, request, tenant);
  const logger = createLogger({
    // What goes wrong with single recipients is in the table; only the service's own trouble belongs between the lines.
    level: "error",
    format: "pretty",
    color: io.err.color,
    write: (line) => screen.print(line.trimEnd()),
  });
  const service = await startService(configOf(request, found, folder), {
    log: logger.log,
    directory: io.directory,
    orNextPort: true,
  });
  const shownFolder = path.relative(io.directory, request.data) || ".";
  story.step(
    `The service runs. ${folderWords[folder.state]} (${path.join(shownFolder, "carillon.db")})`,
    screen.style.cyan(service.url),
  );
  if (service.moved) story.note(`Port ${request.port} was taken, so the next free one is used.`);
  const key = service.adminKey.made ?? readKeyFile(service.adminKey.file ?? "") ?? "";
  return {
    ...tools,
    emulator,
    controls,
    folder,
    service,
    client: createClient({ url: service.url, apiKey: key }),
    flushLog: logger.flush,
    progress: { installed: folder.state === "continued" },
  };
}

/** The demo's folder; where the emulator does not take over what the last one knew, an empty one. */
async function openFolder(
  controls: EmulatorControls,
  request: DemoRequest,
  tenant: DemoTenant,
): Promise<DemoFolder> {
  const folder = prepareFolder(request.data, tenant, { fresh: request.fresh });
  if (folder.emulatorState === null) return folder;
  try {
    await controls.importState(folder.emulatorState);
    return folder;
  } catch {
    // A state of another version, or too big: as good as none.
    return { ...prepareFolder(request.data, tenant, { fresh: true }), state: "reset" };
  }
}

const folderWords: Readonly<Record<DemoFolder["state"], string>> = {
  new: "Its database is new.",
  continued: "It goes on where the last demo ended; --fresh starts anew.",
  fresh: "Its database is new, as --fresh asks.",
  reset:
    "Its database is new: the last demo's does not fit this tenant, or was left in the middle.",
};

function configOf(request: DemoRequest, found: EmulatorSettings, folder: DemoFolder): Config {
  return {
    host: "127.0.0.1",
    port: request.port,
    baseUrl: null,
    databaseUrl: folder.databaseUrl,
    apiKey: null,
    bot: found.bot,
    endpoints: found.endpoints,
    trustedHosts: found.hosts,
    inboundAuth: "required",
    laneRps: request.rps,
    graphUsers: false,
    worker: true,
    workerPort: null,
    keepDays: { recipients: 0, attempts: 0, idempotencyKeys: 30, inbound: 3 },
    // The demo tells the emulator itself.
    emulatorUrl: null,
    warnings: [],
  };
}

/** Ends the service, and keeps what the emulator knows for the next demo. */
export async function strike({
  controls,
  service,
  folder,
  flushLog,
  progress,
}: Stage): Promise<void> {
  await service.stop();
  flushLog();
  if (!progress.installed) return;
  try {
    folder.keep(await controls.exportState());
  } catch {
    // The emulator is gone: the next demo starts anew, and says so.
  }
}
