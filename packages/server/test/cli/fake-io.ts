import type { Io } from "../../src/cli/io.ts";

/** An `Io` that remembers what was written. */
export interface FakeIo extends Io {
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Calls whoever listens for Ctrl+C. */
  readonly interrupt: () => void;
}

/** A process that is none: no terminal, the environment as given, real time. */
export function fakeIo(
  given: {
    readonly environment?: Readonly<Record<string, string>>;
    readonly directory?: string;
    readonly stdin?: string;
  } = {},
): FakeIo {
  const written: { out: string[]; err: string[] } = { out: [], err: [] };
  const listeners = new Set<() => void>();
  const sink = (name: "out" | "err") => ({
    isTerminal: false,
    columns: () => 100,
    color: false,
    write: (text: string) => void written[name].push(text),
  });
  return {
    out: sink("out"),
    err: sink("err"),
    environment: given.environment ?? {},
    directory: given.directory ?? import.meta.dirname,
    now: Date.now,
    stdin: async () => given.stdin ?? "",
    onInterrupt(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        signal?.addEventListener("abort", () => {
          clearTimeout(timer);
          resolve();
        });
      }),
    exitNow: (code) => {
      throw new Error(`the process would end with ${code}`);
    },
    stdout: () => written.out.join(""),
    stderr: () => written.err.join(""),
    interrupt: () => {
      for (const listener of listeners) listener();
    },
  };
}
