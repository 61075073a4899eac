import { systemClock } from "../app/runtime.ts";
import type { TextSink } from "./terminal/screen.ts";
import { wantsColor } from "./terminal/style.ts";

/** All that a command may touch of the process that it runs in. */
export interface Io {
  readonly out: TextSink;
  readonly err: TextSink;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The working directory. */
  readonly directory: string;
  /** Epoch ms. */
  readonly now: () => number;
  /** Everything on standard input. */
  readonly stdin: () => Promise<string>;
  /** Calls back on Ctrl+C and on SIGTERM instead of ending the process. Answers how to stop listening. */
  onInterrupt(listener: () => void): () => void;
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Ends the process at once: the second Ctrl+C. */
  exitNow(code: number): void;
}

/** The process's own. */
export function processIo(): Io {
  return {
    out: sink(process.stdout),
    err: sink(process.stderr),
    environment: process.env,
    directory: process.cwd(),
    now: Date.now,
    stdin: readAll,
    onInterrupt(listener) {
      for (const name of signals) process.on(name, listener);
      return () => {
        for (const name of signals) process.off(name, listener);
      };
    },
    sleep: systemClock.sleep,
    exitNow: (code) => process.exit(code),
  };
}

async function readAll(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** Where running text is broken in a pipe. */
const pipeColumns = 120;
const signals = ["SIGINT", "SIGTERM"] as const;

function sink(stream: NodeJS.WriteStream): TextSink {
  let open = true;
  // `carillon people | head` closes the pipe early: what is left has no reader, which is no error.
  stream.on("error", () => {
    open = false;
  });
  return {
    isTerminal: stream.isTTY === true,
    columns: () => stream.columns ?? pipeColumns,
    color: wantsColor(stream.isTTY === true, process.env),
    write: (line) => {
      if (open) stream.write(line);
    },
  };
}
