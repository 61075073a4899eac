import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../server/bin/carillon.mjs", import.meta.url));
/** Long enough for a start on a busy machine; a start that hangs still ends the test. */
const startMs = 30_000;

/** `carillon serve` in a process of its own. */
export interface ServiceProcess {
  readonly url: string;
  readonly apiKey: string;
  readonly pid: number;
  /** All that it printed. */
  output(): string;
  /** Ends it at once, as a power cut would, and waits until it is gone. */
  kill(): Promise<void>;
  /** Asks it to end, and answers its exit code. */
  stop(): Promise<number | null>;
}

/** Starts the service on a database file and waits until it answers. Throws with its output where it does not. */
export async function startServiceProcess(options: {
  readonly emulatorUrl: string;
  readonly databaseFile: string;
  readonly port: number;
  readonly laneRps: number;
}): Promise<ServiceProcess> {
  const apiKey = "a-key-for-tests-only";
  const child = spawn(
    process.execPath,
    [bin, "serve", "--emulator", options.emulatorUrl, "--port", String(options.port)],
    {
      env: {
        PATH: process.env.PATH,
        CARILLON_API_KEY: apiKey,
        CARILLON_DATABASE_URL: `sqlite:${options.databaseFile}`,
        CARILLON_LANE_RPS: String(options.laneRps),
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output += chunk;
  });
  const url = `http://127.0.0.1:${options.port}`;
  await untilReady(child, url, () => output);
  return {
    url,
    apiKey,
    pid: child.pid ?? 0,
    output: () => output,
    kill: () => ended(child, "SIGKILL").then(() => {}),
    stop: () => ended(child, "SIGTERM"),
  };
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
    const ready = await fetch(`${url}/healthz`, { signal }).then(
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
