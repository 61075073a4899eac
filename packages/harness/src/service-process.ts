import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../server/bin/carillon.mjs", import.meta.url));
/** Long enough for a start on a busy machine; a start that hangs still ends the test. */
const startMs = 30_000;

/** A command that runs until it is told to stop, in a process of its own. */
export interface RunningProcess {
  readonly pid: number;
  /** All that it printed. */
  output(): string;
  /** What it logged under this name, the oldest first. */
  logged(event: string): readonly Readonly<Record<string, unknown>>[];
  /** Makes it stand still, as a machine that sleeps does, until `wake`. */
  pause(): void;
  wake(): void;
  /** Ends it at once, as a power cut would, and waits until it is gone. */
  kill(): Promise<void>;
  /** Asks it to end, and answers its exit code. */
  stop(): Promise<number | null>;
}

/** `carillon serve` in a process of its own. */
export interface ServiceProcess extends RunningProcess {
  readonly url: string;
  readonly apiKey: string;
}

/** What every process of an installation has in common. */
export type ProcessOptions = {
  readonly emulatorUrl: string;
  readonly laneRps: number;
} & ({ readonly databaseFile: string } | { readonly databaseUrl: string });

/** Starts the service on a database and waits until it answers. Throws with its output where it does not. */
export async function startServiceProcess(
  options: ProcessOptions & {
    readonly port: number;
    /** Whether it sends, too. Default true. */
    readonly worker?: boolean;
  },
): Promise<ServiceProcess> {
  const apiKey = "a-key-for-tests-only";
  const words = ["serve", "--port", String(options.port)];
  if (options.worker === false) words.push("--no-worker");
  const url = `http://127.0.0.1:${options.port}`;
  const running = await startProcess(words, options, `${url}/healthz`, {
    CARILLON_API_KEY: apiKey,
  });
  return { ...running, url, apiKey };
}

/** Starts a worker on a database and waits until it works. Throws with its output where it does not. */
export async function startWorkerProcess(options: ProcessOptions): Promise<RunningProcess> {
  const port = await freePort();
  const words = ["worker", "--worker-port", String(port)];
  return startProcess(words, options, `http://127.0.0.1:${port}/readyz`, {});
}

/** What a command came to that ends by itself. */
export interface EndedCommand {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a command to its end, in a process of its own. */
export async function runCommand(
  words: readonly string[],
  given: {
    readonly directory?: string;
    readonly environment?: Readonly<Record<string, string>>;
  } = {},
): Promise<EndedCommand> {
  const child = spawn(process.execPath, [bin, ...words], {
    env: { PATH: process.env.PATH, ...given.environment },
    cwd: given.directory,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const texts = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    texts.out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    texts.err += text;
  });
  const [code] = await once(child, "close");
  return { code, ...texts };
}

async function startProcess(
  words: readonly string[],
  options: ProcessOptions,
  health: string,
  more: Readonly<Record<string, string>>,
): Promise<RunningProcess> {
  const child = spawn(process.execPath, [bin, ...words, "--emulator", options.emulatorUrl], {
    env: {
      PATH: process.env.PATH,
      CARILLON_DATABASE_URL:
        "databaseUrl" in options ? options.databaseUrl : `sqlite:${options.databaseFile}`,
      CARILLON_LANE_RPS: String(options.laneRps),
      ...more,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  await untilReady(child, health, () => output);
  return {
    pid: child.pid ?? 0,
    output: () => output,
    logged: (event) => linesOf(output).filter((line) => line.event === event),
    pause: () => void child.kill("SIGSTOP"),
    wake: () => void child.kill("SIGCONT"),
    kill: () => ended(child, "SIGKILL").then(() => {}),
    stop: () => ended(child, "SIGTERM"),
  };
}

function linesOf(output: string): readonly Readonly<Record<string, unknown>>[] {
  return output
    .split("\n")
    .filter((line) => line.startsWith("{") && line.endsWith("}"))
    .map((line) => JSON.parse(line));
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function untilReady(child: ChildProcess, url: string, output: () => string): Promise<void> {
  const signal = AbortSignal.timeout(startMs);
  while (!signal.aborted && child.exitCode === null) {
    const ready = await fetch(url, { signal }).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill("SIGKILL");
  throw new Error(`the service did not start:\n${output()}`);
}

async function ended(child: ChildProcess, signal: "SIGKILL" | "SIGTERM"): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal);
    await once(child, "exit");
  }
  return child.exitCode;
}
