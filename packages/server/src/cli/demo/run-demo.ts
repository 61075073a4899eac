import path from "node:path";
import { type CampaignSummary, type CarillonClient, createClient } from "@carillon/client";
import type { Config } from "../../app/config.ts";
import { discoverEmulator, type EmulatorSettings } from "../../app/config-emulator.ts";
import { readKeyFile } from "../../app/key-file.ts";
import { createLogger } from "../../app/logger.ts";
import { type ServiceHandle, startService } from "../../app/service.ts";
import { resultLines } from "../campaign-report.ts";
import { followCampaign } from "../follow.ts";
import { type Interruption, interrupted } from "../interrupt.ts";
import type { Io } from "../io.ts";
import { createScreen, type Screen } from "../terminal/screen.ts";
import { countWords, nounWords } from "../terminal/words.ts";
import { demoCampaign } from "./demo-campaign.ts";
import { type DemoFolder, type DemoTenant, prepareFolder } from "./demo-folder.ts";
import { createStory, type DemoStory } from "./demo-story.ts";
import { type EmulatorControls, emulatorControls } from "./emulator-controls.ts";
import { type EmulatorProcess, startEmulator } from "./emulator-process.ts";
import { claimFolder, processLives } from "./folder-claim.ts";

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

/** Runs the demo and stays up until Ctrl+C. Answers the exit code. Whatever it started has ended then. */
export async function runDemo(request: DemoRequest, io: Io): Promise<number> {
  const screen = createScreen(io.out, io.now);
  const story = createStory(screen);
  const stop = interrupted(io);
  const claim = claimFolder(request.data, { own: process.pid, lives: processLives });
  try {
    story.begin();
    if (claim.moved) story.note("Another demo runs, so this one has a folder of its own.");
    const emulator = await startEmulator(request);
    await perform(
      { ...request, data: claim.folder },
      emulator,
      { io, screen, story },
      stop,
    ).finally(emulator.stop);
    return 0;
  } finally {
    claim.release();
    stop.end();
  }
}

async function perform(
  request: DemoRequest,
  emulator: EmulatorProcess,
  tools: Pick<Stage, "io" | "screen" | "story">,
  stop: Interruption,
): Promise<void> {
  const stage = await setStage(request, emulator, tools);
  const died = emulator.died.then(emulatorDied);
  try {
    await Promise.race([play(stage, request, stop), died]);
    if (!request.exit && !stop.signal.aborted) {
      curtain(stage, request);
      await Promise.race([stop.first, died]);
    }
    tools.screen.print("", "Stopping …");
  } finally {
    await strike(stage);
  }
}

interface Stage {
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

/** Emulator and service, side by side. */
async function setStage(
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
    // The demo tells the emulator itself.
    emulatorUrl: null,
    warnings: [],
  };
}

/** The installs, and the campaign. */
async function play(stage: Stage, request: DemoRequest, stop: Interruption): Promise<void> {
  await installEverywhere(stage, request, stop);
  if (stop.signal.aborted) return;
  const campaign = await runCampaign(stage, request, stop);
  stage.screen.print(
    "",
    ...resultLines(campaign, { style: stage.screen.style, width: stage.screen.width() }),
  );
}

async function installEverywhere(
  stage: Stage,
  { people, teams }: DemoRequest,
  stop: Interruption,
): Promise<void> {
  const { controls, screen, story, service, client, io, progress } = stage;
  await controls.setBotEndpoint(`${service.url}/api/messages`);
  if (progress.installed) {
    story.step("The bot is installed already: the emulator knows what the last one knew.");
    return;
  }
  story.step(
    "The bot is installed: for each person, Teams tells the service so with signed activities.",
  );
  const startedAt = io.now();
  const shown = (job: { readonly done: number; readonly total: number }) => {
    const seconds = Math.max(0.001, (io.now() - startedAt) / 1000);
    const perSecond = job.done / seconds;
    const etaSeconds = perSecond > 0 ? (job.total - job.done) / perSecond : null;
    return { label: "   Installing", done: job.done, total: job.total, perSecond, etaSeconds };
  };
  const installed = await controls.install("all", (job) => screen.progress(shown(job)));
  screen.settle(shown(installed));
  if (stop.signal.aborted) return;
  for (let team = 0; team < teams; team += 1) await controls.install({ team });
  const leaving = await controls.reachable(Math.max(1, Math.round(people / 100)));
  if (leaving.length > 0) await controls.uninstall(leaving);
  await service.carillon.inbound.drain();
  progress.installed = true;
  const { counts } = await client.status();
  story.note(
    `${countWords(counts.people)} people are known to the service; ${countWords(people - installed.total)} never got the app, and ${countWords(counts.removed)} removed it again.`,
  );
  story.note("Some have blocked the bot: Teams tells nobody of that before a message is refused.");
}

async function runCampaign(
  { screen, story, client }: Stage,
  request: DemoRequest,
  stop: Interruption,
): Promise<CampaignSummary> {
  const open = await openCampaign(client);
  if (open !== null) {
    story.step(`The campaign "${open.name}" goes on where the last demo ended.`);
    return followCampaign(client, open, screen, stop.signal);
  }
  const { campaign, file } = demoCampaign();
  const from = file === null ? "" : `, from ${file},`;
  const pace =
    request.rps === 50
      ? "50 requests a second, Teams' own limit"
      : `${request.rps} requests a second`;
  story.step(`The campaign "${campaign.name}"${from} goes to everyone,`, `at most ${pace}.`);
  const draft = await client.campaigns.create(campaign);
  const started = await client.campaigns.start(draft.id);
  return followCampaign(client, started, screen, stop.signal);
}

/** A campaign that runs already; null where there is none. */
async function openCampaign(client: CarillonClient): Promise<CampaignSummary | null> {
  const { items } = await client.campaigns.list({ limit: 20 });
  return items.find(({ state }) => state === "expanding" || state === "sending") ?? null;
}

/** Where to look now. */
function curtain({ screen, emulator, service, io }: Stage, request: DemoRequest): void {
  const { style } = screen;
  const standard = request.port === service.port && service.port === 3978;
  const elsewhere = path.relative(io.directory, request.data) !== path.join("data", "demo");
  const settings = [
    ...(standard ? [] : [`export CARILLON_URL=${service.url}`]),
    ...(elsewhere ? [`export CARILLON_API_KEY=$(cat ${service.adminKey.file ?? ""})`] : []),
  ];
  const from =
    settings.length === 0
      ? []
      : ["", "For these commands:", ...settings.map((line) => `  ${style.cyan(line)}`)];
  screen.print(
    "",
    style.bold("Look around"),
    `  ${style.cyan(emulator.url)}   everyone's inbox, in the emulator`,
    `  ${style.cyan(service.url)}   the service, and its API at /openapi.json`,
    "",
    "In another terminal:",
    `  ${style.cyan("npx carillon people")}`,
    `  ${style.cyan("npx carillon campaign list")}`,
    `  ${style.cyan('npx carillon campaign create --name Hello --text "Hello, ${person.givenName}!" --to everyone --start --follow')}`,
    ...from,
    "",
    "Everything stays up until Ctrl+C.",
  );
}

/** Ends the service, and keeps what the emulator knows for the next demo. */
async function strike({ controls, service, folder, flushLog, progress }: Stage): Promise<void> {
  await service.stop();
  flushLog();
  if (!progress.installed) return;
  try {
    folder.keep(await controls.exportState());
  } catch {
    // The emulator is gone: the next demo starts anew, and says so.
  }
}

function emulatorDied(lines: string): never {
  throw new Error(`The emulator ended unexpectedly. Its last lines:\n${lines}`);
}
