import path from "node:path";
import type { Command, Given } from "../command.ts";
import type { Io } from "../io.ts";
import { numberOf } from "../send-options.ts";

/** `carillon demo`: emulator, service and campaign, end to end. */
export const demo: Command = {
  name: "demo",
  about:
    "Show everything at once: a made-up tenant, the service, and a real campaign to all of it.",
  options: {
    people: { about: "People in the tenant. Default: 500.", value: "N" },
    teams: { about: "Teams in the tenant. Default: 5.", value: "N" },
    port: {
      about: "The service's port; the next free one if it is taken. Default: 3978.",
      value: "N",
    },
    "emulator-port": { about: "The emulator's port, likewise. Default: 3979.", value: "N" },
    data: { about: "Where the demo keeps its database. Default: data/demo.", value: "DIR" },
    fresh: { about: "Start with an empty database." },
    rps: {
      about: "Requests a second, for emulator and service. Default: 50, Teams' own limit.",
      value: "N",
    },
    exit: { about: "End after the result instead of staying up." },
  },
  examples: ["carillon demo", "carillon demo --people 2000 --rps 200 --fresh"],
  notes: [
    "A second demo goes on where the first one ended: the same tenant, the same inboxes, the same database, and one campaign more. It starts anew, and says so, where the first one was of another size, at another address, or did not end with Ctrl+C. Settings of the environment and of carillon.config.json are not used.",
  ],
  run: (given, io) => run(given, io),
};

async function run(given: Given, io: Io): Promise<number> {
  const port = { min: 0, max: 65_535 };
  const request = {
    people: numberOf(given, "people", { min: 1, max: 1_000_000 }) ?? 500,
    teams: numberOf(given, "teams", { min: 0, max: 1000 }) ?? 5,
    port: numberOf(given, "port", port) ?? 3978,
    emulatorPort: numberOf(given, "emulator-port", port) ?? 3979,
    data: path.resolve(io.directory, given.text("data") ?? "data/demo"),
    fresh: given.has("fresh"),
    rps: numberOf(given, "rps", { min: 1, max: 100_000 }) ?? 50,
    exit: given.has("exit"),
  };
  // Loaded here: other commands need none of it.
  const { runDemo } = await import("../demo/run-demo.ts");
  return runDemo(request, io);
}
