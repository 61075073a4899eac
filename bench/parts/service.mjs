// `carillon serve` and `carillon worker` as they are published, in processes of their own, over a stand-in for Teams.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bot, serviceUrlOf } from "./bot.mjs";

const script = fileURLToPath(new URL("../service-process.mjs", import.meta.url));
const apiKey = "a-key-for-benchmarks-only";

/** Starts the service and waits until it answers. `nodeFlags` are for the node that runs it, `args` for its command line. */
export const startService = ({ args = [], ...settings }) =>
  start(["serve", "--port", "0", ...args], /listens at (http:\S+)/, settings);

/** Starts a worker and waits until it works. */
export const startWorker = (settings) => start(["worker"], /(works on) /, settings);

async function start(args, isReady, { databaseUrl, laneRps, nodeFlags = [], ...teams }) {
  const startedAt = performance.timeOrigin + performance.now();
  const child = spawn(process.execPath, [...nodeFlags, script, ...args], {
    env: {
      PATH: process.env.PATH,
      ...placesOf(teams),
      CARILLON_API_KEY: apiKey,
      CARILLON_DATABASE_URL: databaseUrl,
      CARILLON_LANE_RPS: String(laneRps),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  // What it logs must be read, or it would stop at a full pipe; only the end of it is of interest, when something is wrong.
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors = (errors + chunk).slice(-4000);
  });
  const url = await new Promise((resolve, reject) => {
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
      const found = isReady.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once("exit", (code) => reject(new Error(`${args[0]} ended with ${code}:\n${errors}`)));
  });
  const end = (signal) => {
    child.kill(signal);
    return gone;
  };
  return {
    url,
    apiKey,
    pid: child.pid,
    /** Epoch ms at which the process was started. */
    startedAt,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  };
}

/** Where Teams is for it: an emulator, which says the rest itself, or the bare connector of a benchmark. */
function placesOf({ emulatorUrl, connectorUrl }) {
  if (emulatorUrl !== undefined) return { CARILLON_EMULATOR_URL: emulatorUrl };
  return {
    CLIENT_ID: bot.clientId,
    CLIENT_SECRET: bot.clientSecret,
    TENANT_ID: bot.tenantId,
    CARILLON_LOGIN_URL: `${connectorUrl}/login`,
    CARILLON_OPENID_METADATA_URL: `${connectorUrl}/openid`,
    CARILLON_SERVICE_URL: serviceUrlOf(connectorUrl),
    CARILLON_TRUSTED_HOSTS: new URL(connectorUrl).host,
  };
}

/** The memory that a process holds now, in MB; NaN where the system does not tell. */
export function residentMb(pid) {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}

/** The values of `/metrics`, by series. */
export async function metricsOf({ url, apiKey }) {
  const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${apiKey}` } });
  const lines = (await answer.text()).split("\n").filter((line) => line && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

/**
 * How often the process was kept from other work for longer than 20 ms, and how often at all: by our own work, in time and in CPU
 * time; by the garbage collector; and in all, as a timer saw it.
 */
export function blocksIn(metrics) {
  const counted = (name, labels = "") => {
    const within = metrics.get(`${name}_bucket{le="0.02"${labels && `,${labels}`}}`) ?? 0;
    const all = metrics.get(`${name}_bucket{le="+Inf"${labels && `,${labels}`}}`) ?? 0;
    return { all, longer: all - within };
  };
  const work = ["commit", "read", "begin"].flatMap((kind) => [
    [kind, counted("carillon_block_seconds", `work="${kind}"`)],
    [`${kind}, CPU time`, counted("carillon_block_cpu_seconds", `work="${kind}"`)],
  ]);
  return {
    ...Object.fromEntries(work),
    "minor collections": counted("carillon_gc_seconds", 'kind="minor"'),
    "major collections": counted("carillon_gc_seconds", 'kind="major"'),
    "all, as a timer saw it": counted("carillon_event_loop_delay_seconds"),
  };
}

/** Those counts as rows of a table. */
export const blockRows = (blocks) =>
  Object.entries(blocks).map(([work, { all, longer }]) => [
    work,
    `${longer.toLocaleString("en-US")} of ${all.toLocaleString("en-US")}`,
  ]);
