import path from "node:path";
import type { Config } from "../../app/config.ts";
import type { ServiceHandle } from "../../app/service.ts";
import type { Command, Given } from "../command.ts";
import type { Io } from "../io.ts";
import { runProcess } from "../run-process.ts";
import { runOptions } from "../setting-options.ts";
import { createStyle } from "../terminal/style.ts";

/** `carillon serve`: the service, until Ctrl+C or SIGTERM. */
export const serve: Command = {
  name: "serve",
  about: "Run the service: the bot's endpoint, the HTTP API, and everything that sends.",
  options: runOptions(["workerPort"]),
  examples: [
    "carillon serve --emulator http://127.0.0.1:3979",
    "carillon serve --port 8080 --database-url sqlite:/var/lib/carillon/carillon.db",
  ],
  notes: [
    "Settings come from flags, then the environment, then carillon.config.json in the working directory; docs/reference/config.md has all of them. Secrets have no flags: set CLIENT_SECRET and CARILLON_API_KEY in the environment.",
    "Further processes on the same database, on this machine or (with PostgreSQL) on others, share the sending: `carillon worker`. With --no-worker this one only takes requests.",
    "The first Ctrl+C (or SIGTERM) ends what is in flight and stops; the second one stops at once.",
  ],
  run: runServe,
};

async function runServe(given: Given, io: Io): Promise<number> {
  return runProcess(given, io, async (config, options) => {
    // Loaded here: other commands need none of it.
    const { startService } = await import("../../app/service.ts");
    const service = await startService(config, options);
    announce(service, config, io);
    return service;
  });
}

function announce(service: ServiceHandle, { baseUrl, worker }: Config, io: Io): void {
  const style = createStyle(io.out.color);
  const { made, file } = service.adminKey;
  const lines = [
    `Carillon listens at ${style.bold(service.url)}`,
    `The bot's endpoint is ${baseUrl ?? service.url}/api/messages`,
  ];
  if (!worker)
    lines.push("It sends nothing itself: run `carillon worker` on the same database beside it.");
  if (made !== null) {
    const place =
      file === null ? "" : `; the command line finds it in ${path.relative(io.directory, file)}`;
    lines.push(`The first admin key, shown only now${place}:`, `  ${style.bold(made)}`);
  }
  io.out.write(`${lines.join("\n")}\n`);
}
