import type { Command, Given } from "../command.ts";
import type { Io } from "../io.ts";
import { runProcess } from "../run-process.ts";
import { runOptions } from "../setting-options.ts";
import { createStyle } from "../terminal/style.ts";

/** `carillon worker`: a process that only sends, until Ctrl+C or SIGTERM. */
export const worker: Command = {
  name: "worker",
  about: "Run a worker: it sends what lies in the database, and takes no requests.",
  options: runOptions(["port", "baseUrl", "openIdMetadataUrl", "inboundAuth", "worker"]),
  examples: [
    "carillon worker --emulator http://127.0.0.1:3979",
    "carillon worker --database-url sqlite:/var/lib/carillon/carillon.db --worker-port 9090",
  ],
  notes: [
    "Give it the settings of `carillon serve`, above all the same database and the same bot. Any number of both may run at once: each bot's tenant is drained by one of them at a time, and taken over by another within 5 seconds of its end. Processes on a SQLite file must be on one machine.",
    "The first Ctrl+C (or SIGTERM) ends what is in flight, gives the tenants back and stops; the second one stops at once.",
  ],
  run: runWorker,
};

async function runWorker(given: Given, io: Io): Promise<number> {
  return runProcess(given, io, async (config, options) => {
    // Loaded here: other commands need none of it.
    const { startWorker } = await import("../../app/worker.ts");
    const running = await startWorker(config, options);
    const style = createStyle(io.out.color);
    const health = running.url === null ? "" : ` Its health is at ${style.bold(running.url)}.`;
    io.out.write(`Carillon works on ${running.database}.${health}\n`);
    return running;
  });
}
