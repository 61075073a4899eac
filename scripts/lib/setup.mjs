// Makes sure that what the lockfile says is installed, and names the pinned Node. Plain JavaScript for Node 20 or newer,
// because it runs before anything is installed.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

/** Why `npm ci` is needed, or null when node_modules is what the lockfile says. */
export function staleness(folder = root) {
  const installedFile = path.join(folder, "node_modules/.package-lock.json");
  if (!existsSync(installedFile)) return "nothing is installed yet";
  const wanted = JSON.parse(readFileSync(path.join(folder, "package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(readFileSync(installedFile, "utf8")).packages;
  for (const [name, entry] of Object.entries(wanted)) {
    if (name === "" || entry.link || !name.includes("node_modules/")) continue;
    const present = installed[name];
    if (present === undefined && entry.optional) continue;
    if (present?.version !== entry.version) {
      const short = name.slice(name.lastIndexOf("node_modules/") + "node_modules/".length);
      return `${short} should be ${entry.version} and is ${present?.version ?? "missing"}`;
    }
  }
  if (!existsSync(pinnedNode(folder))) return "the pinned Node is missing";
  return null;
}

/** The Node that the lockfile pins. */
export function pinnedNode(folder = root) {
  const windows = process.platform === "win32";
  return path.join(folder, "node_modules/node/bin", windows ? "node.exe" : "node");
}

/** Installs exactly what the lockfile says when that is missing or stale, and shows that it does. */
export function ensureInstalled(folder = root) {
  const why = staleness(folder);
  if (why === null) return;
  console.error(`Installing exactly what package-lock.json says (${why}): npm ci …`);
  const started = Date.now();
  const result = spawnSync("npm", ["ci", "--loglevel=error", "--no-fund", "--no-audit"], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  const still = result.status === 0 ? staleness(folder) : `npm ci ended with ${result.status}`;
  if (still !== null) {
    console.error(`The installation did not succeed: ${still}.`);
    console.error(
      "Read npm's lines above; when the network is the cause, run the same command again.",
    );
    process.exit(1);
  }
  console.error(`Installed in ${Math.round((Date.now() - started) / 1000)} s.\n`);
}

/** The environment in which `node` is the pinned one and our tools are found. */
export function pinnedEnvironment(folder = root) {
  const bins = [path.dirname(pinnedNode(folder)), path.join(folder, "node_modules/.bin")];
  return { ...process.env, PATH: [...bins, process.env.PATH].join(path.delimiter) };
}

/** Runs a command under the pinned Node with our terminal, passes signals on, and resolves to its exit code. */
export function run(command, args, { env = {} } = {}) {
  const file = command === "node" ? pinnedNode() : command;
  const child = spawn(file, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...pinnedEnvironment(), ...env },
    shell: process.platform === "win32" && command !== "node",
  });
  // Ctrl+C reaches the child from the terminal itself; we only wait for it. Other signals we pass on.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  return new Promise((resolve) => {
    child.on("error", (error) => {
      console.error(`${command} could not be started: ${error.message}`);
      resolve(1);
    });
    child.on("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 1)));
  });
}
