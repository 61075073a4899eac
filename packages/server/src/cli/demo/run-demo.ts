import path from "node:path";
import { type Interruption, interrupted } from "../interrupt.ts";
import type { Io } from "../io.ts";
import { createScreen } from "../terminal/screen.ts";
import { createStory } from "./demo-story.ts";
import { type EmulatorProcess, startEmulator } from "./emulator-process.ts";
import { claimFolder, processLives } from "./folder-claim.ts";
import { play } from "./play.ts";
import { type DemoRequest, type Stage, setStage, strike } from "./stage.ts";

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
    `  ${style.cyan("npx carillon campaign create --name Hello --text 'Hello, ${person.givenName}!' --to everyone --start --follow")}`,
    ...from,
    "",
    "Everything stays up until Ctrl+C.",
  );
}

function emulatorDied(lines: string): never {
  throw new Error(`The emulator ended unexpectedly. Its last lines:\n${lines}`);
}
