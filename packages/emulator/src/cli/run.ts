import { ControlError } from "../control-error.ts";
import { createEmulator } from "../create-emulator.ts";
import { type Listening, listen } from "../listen.ts";
import { FlagError, type Flags, readFlags } from "./flags.ts";
import { banner, helpText, listeningLine } from "./texts.ts";

/** Where the command writes, and what stops it. */
export interface CommandIo {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  readonly stop: AbortSignal;
  /** How the command is called, for its help. Default `carillon-emulator`. */
  readonly name?: string;
}

/** Runs an emulator until `stop`; answers the exit code: 0 ok, 1 it cannot listen, 2 usage, 78 a file or value that is not good. */
export async function runEmulatorCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  const name = io.name ?? "carillon-emulator";
  try {
    const flags = readFlags(argv);
    if (flags.help) {
      io.out(helpText(name));
      return 0;
    }
    return await serve(flags, io);
  } catch (error) {
    if (!(error instanceof FlagError || error instanceof ControlError)) throw error;
    io.err(`${error.message}\nNext: ${name} --help lists the flags.`);
    return error instanceof FlagError ? error.exitCode : 78;
  }
}

async function serve(flags: Flags, io: CommandIo): Promise<number> {
  const emulator = createEmulator({ ...flags.options, log: io.err });
  const listening = await tryListen(emulator, flags, io);
  if (!listening) return 1;
  const { url, port } = listening;
  io.out(flags.json ? listeningLine(emulator, url, port) : banner(emulator, url));
  await aborted(io.stop);
  await listening.close();
  if (!flags.json) io.out("Stopped.");
  return 0;
}

async function tryListen(
  emulator: ReturnType<typeof createEmulator>,
  { port }: Flags,
  io: CommandIo,
): Promise<Listening | null> {
  try {
    return await listen(emulator, { port });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const what =
      code === "EADDRINUSE"
        ? `Port ${port} is taken.\nNext: --port 0 picks a free one, or stop what listens there.`
        : code === "EACCES"
          ? `Port ${port} may not be used.\nNext: choose one above 1023, or --port 0.`
          : `Cannot listen on port ${port}: ${String(error)}`;
    io.err(what);
    return null;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
