import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../server/bin/carillon.mjs", import.meta.url));
/** A command that does not end by itself ends the test. */
const runMs = 30_000;

/** What a command did. */
export interface CommandRun {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `carillon` with these words in a process of its own, with nothing of this process's environment but the path. */
export function runCarillon(
  words: readonly string[],
  given: {
    readonly environment?: Readonly<Record<string, string>>;
    readonly directory?: string;
    /** The user and group it runs as; needs root. */
    readonly user?: number;
  } = {},
): Promise<CommandRun> {
  const { environment = {}, directory, user } = given;
  const child = spawn(process.execPath, [bin, ...words], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: runMs,
    killSignal: "SIGKILL",
    ...(directory !== undefined && { cwd: directory }),
    ...(user !== undefined && { uid: user, gid: user }),
  });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out, err }));
  });
}
