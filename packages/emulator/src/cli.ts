/** The command `carillon-emulator`. */
import { runEmulatorCommand } from "./cli/run.ts";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => {
    stop.abort();
  });
process.exitCode = await runEmulatorCommand(process.argv.slice(2), {
  out: (line) => console.log(line),
  err: (line) => console.error(line),
  stop: stop.signal,
});
