import { type ChildProcess, fork } from "node:child_process";
import { createServer } from "node:net";
import { problem } from "../../app/problems.ts";
import { emulatorBin } from "../emulator-bin.ts";

/** An emulator in a process of its own. */
export interface EmulatorProcess {
  readonly url: string;
  /** True where the wanted port was taken and another one is used. */
  readonly moved: boolean;
  /** Resolves, with its last lines, when it ends without being asked to. */
  readonly died: Promise<string>;
  stop(): Promise<void>;
}

/** What the demo asks of it. */
export interface EmulatorRequest {
  readonly emulatorPort: number;
  readonly people: number;
  readonly teams: number;
  /** Its limit, requests a second. */
  readonly rps: number;
}

const portsTriedMax = 50;
const readyMs = 20_000;
const pollMs = 100;
const linesKept = 20;
// The child must end with us, however we end; Ctrl+C alone is not for it, because requests in flight need it.
const endWithParent = "data:text/javascript,process.on('disconnect',()=>process.exit())";

/** Starts it on the wanted port or the next free one, and resolves once it answers. Throws EMULATOR_UNREACHABLE with its last lines. */
export async function startEmulator(request: EmulatorRequest): Promise<EmulatorProcess> {
  const port = await freePort(request.emulatorPort);
  const lines: string[] = [];
  const child = fork(
    emulatorBin(),
    [
      ...["--port", String(port)],
      ...["--people", String(request.people)],
      ...["--teams", String(request.teams)],
      ...["--rps", String(request.rps)],
    ],
    {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      execArgv: ["--import", endWithParent],
      detached: true,
    },
  );
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      lines.push(...text.split("\n").filter((line) => line !== ""));
      lines.splice(0, lines.length - linesKept);
    });
  }
  let stopping = false;
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", (error) => {
      lines.push(error.message);
      resolve();
    });
  });
  const url = `http://127.0.0.1:${port}`;
  const stop = () => {
    stopping = true;
    child.kill("SIGTERM");
    if (child.connected) child.disconnect();
    return ended;
  };
  await ready(url, child, lines).catch(async (error) => {
    await stop();
    throw error;
  });
  return {
    url,
    moved: request.emulatorPort !== 0 && port !== request.emulatorPort,
    died: new Promise((resolve) => {
      void ended.then(() => {
        if (!stopping) resolve(lines.join("\n"));
      });
    }),
    stop,
  };
}

async function ready(url: string, child: ChildProcess, lines: readonly string[]): Promise<void> {
  for (let waitedMs = 0; waitedMs < readyMs && child.exitCode === null; waitedMs += pollMs) {
    const answer = await fetch(`${url}/_emulator/bot`).catch(() => null);
    if (answer?.ok === true) return;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  throw problem(
    "EMULATOR_UNREACHABLE",
    `The emulator did not start at ${url}. Its last lines:\n${lines.join("\n")}`,
  );
}

/** The wanted port, or the next one that nobody listens on; 0 gives any free one. */
async function freePort(wanted: number): Promise<number> {
  const last = wanted === 0 ? 0 : Math.min(65_535, wanted + portsTriedMax - 1);
  for (let port = wanted; port <= last; port += 1) {
    const free = await tryPort(port);
    if (free !== null) return free;
  }
  throw problem(
    "PORT_TAKEN",
    `The ports from ${wanted} to ${last} are all taken. Choose another with --emulator-port (0 takes any free one).`,
  );
}

function tryPort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen({ host: "127.0.0.1", port }, () => {
      const address = server.address();
      const found = typeof address === "object" && address !== null ? address.port : null;
      server.close(() => resolve(found));
    });
  });
}
