// Options, help and results of the benchmarks.
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { grid } from "../lib.mjs";

/**
 * Reads `options` ({name: [default, meaning]}; true or false as default makes a switch) from the command line. Numbers come as
 * numbers. With --help it prints what there is and ends.
 */
export function readOptions(name, about, options) {
  const all = {
    ...options,
    "node-flags": ["", "flags for the Node that runs Carillon, such as --cpu-prof"],
    out: ["", "write the figures as JSON to this file as well"],
  };
  const { values } = parseArgs({
    options: {
      help: { type: "boolean", short: "h" },
      ...Object.fromEntries(
        Object.entries(all).map(([key, [value]]) => [
          key,
          typeof value === "boolean"
            ? { type: "boolean", default: value }
            : { type: "string", default: String(value) },
        ]),
      ),
    },
  });
  if (values.help) {
    console.log(helpText(name, about, all));
    process.exit(0);
  }
  return Object.fromEntries(
    Object.entries(all).map(([key, [value]]) => [
      key,
      typeof value === "number" ? Number(values[key]) : values[key],
    ]),
  );
}

function helpText(name, about, options) {
  const width = Math.max(...Object.keys(options).map((key) => key.length));
  const lines = Object.entries(options).map(([key, [value, meaning]]) => {
    const otherwise = value === "" || value === false ? "" : ` (default ${value})`;
    return `  --${key.padEnd(width)}  ${meaning}${otherwise}`;
  });
  return [`usage: npm run bench -- ${name} [options]`, "", about, "", ...lines].join("\n");
}

/** The flags of --node-flags. */
export const nodeFlagsOf = (options) =>
  options["node-flags"].split(" ").filter((flag) => flag !== "");

/** Prints tables ([title, rows]) below a line about the machine, and writes the figures where `out` says. */
export function report(out, tables, figures) {
  const machine = machineLine();
  console.log(`\n${machine}`);
  for (const [title, rows] of tables) grid(title, rows);
  if (out !== "") writeFileSync(out, `${JSON.stringify({ machine, ...figures }, null, 2)}\n`);
}

function machineLine() {
  const processors = cpus();
  const load = loadavg()[0]?.toFixed(1);
  return `${processors.length} × ${processors[0]?.model.trim()}, Node ${process.version}, load ${load}, ${new Date().toISOString()}`;
}

/** The middle value. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The value below which a share of the values lies. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
