// npm run bench [-- NAME [OPTIONS]]: measures on this machine and prints tables. Without a name it runs a set of a few minutes.
import { ensureInstalled, run } from "./lib/setup.mjs";

const benches = {
  sdks: "Carillon against the bare loops of Microsoft's SDKs and plain HTTP, in turns",
  campaign: "a whole campaign through the service, unpaced and at 50 a second",
  latency: "how much of the ceiling is used at 5, 30, 200 and 2,000 ms",
  urgent: "how long an urgent notification waits during a broadcast to a million",
  million: "a million recipients: expansion, status, restart, memory, database",
  workers: "one to four workers on one PostgreSQL, with a hundred tenants",
  tenants: "the same messages to one tenant, and to ten thousand",
  lanes: "a thousand tenants at their ceilings in simulated time: turns, commits, leases",
  inbound: "signed activities a second, checked and stored",
  store: "the SQLite store alone",
};

/** What runs without a name. */
const usual = [
  ["sdks", "--messages", "2000", "--rounds", "2"],
  ["inbound"],
  ["campaign", "--paced-people", "1500"],
  ["store", "--people", "50000", "--seconds", "2"],
];

const [name, ...rest] = process.argv.slice(2);
if (name !== undefined && !(name in benches)) {
  const lines = Object.entries(benches).map(([key, about]) => `  ${key.padEnd(9)} ${about}`);
  console.log(
    [
      "usage: npm run bench [-- NAME [options]]",
      "",
      ...lines,
      "",
      "`NAME --help` lists its options.",
    ].join("\n"),
  );
  process.exit(name === "--help" || name === "-h" ? 0 : 2);
}
ensureInstalled();
// What is measured is what is published, and so is built.
const built = await run("tsc", ["-b"]);
if (built !== 0) process.exit(built);
for (const [bench, ...options] of name === undefined ? usual : [[name, ...rest]]) {
  const code = await run("node", ["--conditions=source", `bench/${bench}.mjs`, ...options]);
  if (code !== 0) process.exit(code);
}
