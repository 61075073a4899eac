// What benchmarks share: processes, their use of CPU and memory, and tables.
import { fork } from "node:child_process";
import { readFileSync } from "node:fs";

/** Starts an emulator process; `ask(what, argument)` asks it for something. */
export async function startEmulator(options) {
  const child = fork(new URL("emulator-process.mjs", import.meta.url), [JSON.stringify(options)], {
    execArgv: ["--conditions=source"],
  });
  const waiting = new Map();
  let count = 0;
  const url = await new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the emulator ended with ${code}`)));
    child.on("message", (message) => {
      if (message.listening !== undefined) resolve(message.listening);
      else waiting.get(message.id)?.(message.answer);
    });
  });
  return {
    url,
    ask(what, argument) {
      count += 1;
      const id = count;
      child.send({ id, what, argument });
      return new Promise((resolve) => waiting.set(id, resolve));
    },
    stop: () => child.disconnect(),
  };
}

/** CPU seconds that a process has used, and the most memory it had, in MB; NaN where the system does not tell. */
export function usageOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    const peakKb = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return { cpuSeconds: ticks / 100, peakMb: Number(peakKb) / 1024 };
  } catch {
    return { cpuSeconds: Number.NaN, peakMb: Number.NaN };
  }
}

/** CPU seconds that a process and all its children have used, those that are gone included; NaN where the system does not tell. */
export function familyCpuSeconds(pid) {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ");
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return children
      .filter((child) => child !== "")
      .reduce((sum, child) => sum + familyCpuSeconds(child), ticks / 100);
  } catch {
    return Number.NaN;
  }
}

/** Prints rows of [name, value, note] in columns. */
export function table(title, rows) {
  const width = (column) => Math.max(...rows.map((row) => String(row[column] ?? "").length));
  const [names, values] = [width(0), width(1)];
  console.log(`\n${title}`);
  for (const [name, value, note = ""] of rows)
    console.log(`  ${name.padEnd(names)}  ${String(value).padStart(values)}  ${note}`.trimEnd());
}

/** Prints rows in columns, the first to the left and the others to the right; the first row is the head. */
export function grid(title, rows) {
  const width = (column) => Math.max(...rows.map((row) => String(row[column] ?? "").length));
  console.log(`\n${title}`);
  for (const [first, ...others] of rows) {
    const cells = others.map((cell, at) => String(cell).padStart(width(at + 1)));
    console.log(`  ${[String(first).padEnd(width(0)), ...cells].join("  ")}`.trimEnd());
  }
}

export const round = (value, digits = 0) => Number(value.toFixed(digits)).toLocaleString("en-US");
