import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createEmulator, type Emulator, listen } from "@carillon/emulator";
import { loadConfig } from "../../src/app/config.ts";
import { createLogger } from "../../src/app/logger.ts";
import { type ServiceHandle, startService } from "../../src/app/service.ts";
import { main } from "../../src/cli/main.ts";
import { type FakeIo, fakeIo } from "./fake-io.ts";

/** An emulator, a service, and a command line that finds it. */
export interface CliWorld {
  readonly emulator: Emulator;
  readonly service: ServiceHandle;
  /** The working directory of the service and of the commands. */
  readonly directory: string;
  /** What the service logged. */
  readonly logged: () => string;
  /** Runs a command with these words. */
  run(words: readonly string[], given?: Parameters<typeof fakeIo>[0]): Promise<CliRun>;
  /** The same while it runs. */
  begin(words: readonly string[]): { readonly io: FakeIo; readonly ended: Promise<CliRun> };
  close(): Promise<void>;
}

/** What a command did. */
export interface CliRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Starts both on free ports; the app is installed for those of the tenant whose lot it is. */
export async function startCliWorld(options: {
  readonly people: number;
  readonly rps: number;
}): Promise<CliWorld> {
  const directory = mkdtempSync(path.join(tmpdir(), "carillon-cli-"));
  const emulator = createEmulator({ people: options.people, teams: 2, rps: options.rps });
  const listening = await listen(emulator, { port: 0 });
  const lines: string[] = [];
  const { log } = createLogger({ format: "json", write: (line) => lines.push(line) });
  const environment = {
    CARILLON_EMULATOR_URL: listening.url,
    CARILLON_PORT: "0",
    CARILLON_LANE_RPS: String(options.rps),
  };
  const config = await loadConfig({ flags: {}, environment, directory });
  const service = await startService(config, { log, directory });
  await emulator.install("all");
  await emulator.install({ team: 0 });
  await service.carillon.inbound.drain();
  const begin = (words: readonly string[], given: Parameters<typeof fakeIo>[0] = {}) => {
    const io = fakeIo({
      directory,
      ...given,
      environment: { CARILLON_URL: service.url, ...given.environment },
    });
    const ended = main(words, io).then((code) => ({ code, out: io.stdout(), err: io.stderr() }));
    return { io, ended };
  };
  return {
    emulator,
    service,
    directory,
    logged: () => lines.join(""),
    begin,
    run: (words, given) => begin(words, given).ended,
    async close() {
      await service.stop();
      await listening.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
