import { spawn } from "node:child_process";
import type { Command, Given } from "../command.ts";
import { emulatorBin } from "../emulator-bin.ts";
import type { Io } from "../io.ts";

/** `carillon emulator`: the emulator's own command line, with all its options. */
export const emulator: Command = {
  name: "emulator",
  about: "Run an emulator of Teams: a made-up tenant, its limits and faults, and everyone's inbox.",
  options: {},
  passesAll: true,
  examples: ["carillon emulator --port 3979 --people 1000 --teams 5"],
  run: runEmulator,
};

function runEmulator(given: Given, io: Io): Promise<number> {
  const child = spawn(process.execPath, [emulatorBin(), ...given.rest()], {
    cwd: io.directory,
    stdio: "inherit",
  });
  // Ctrl+C reaches the child from the terminal itself; other signals are passed on.
  const stopListening = io.onInterrupt(() => child.kill("SIGTERM"));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => {
      stopListening();
      resolve(code ?? 1);
    });
  });
}
