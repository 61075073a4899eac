import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { type Machine, machineProcesses } from "../../src/app/machine-processes.ts";
import { type WorkerId, workerId } from "../../src/domain/ids.ts";

/** A made-up machine with the given processes: their starts, and what else differs. */
function machine(
  processes: Readonly<Record<number, { startedAt: number; state?: string; hidden?: boolean }>>,
  own: { pid: number; boot?: string | null; ids?: string | null; times?: string | null },
): Machine {
  const { pid, boot = "boot-1", ids = "pid:[1]", times = "time:[1]" } = own;
  return {
    pid,
    host: "host",
    lives: (asked) => processes[asked] !== undefined,
    link: (path) => (path.endsWith("/pid") ? ids : times),
    read: (path) => {
      if (path.endsWith("boot_id")) return boot === null ? null : `${boot}\n`;
      const found = processes[Number(path.split("/")[2])];
      if (found === undefined || found.hidden === true) return null;
      const { startedAt, state = "S" } = found;
      // A name may hold spaces and brackets.
      return `7 (no) de 1 (x)) ${state} ${"0 ".repeat(18)}${startedAt} 0 0`;
    },
  };
}

const workerOn = (one: Machine): WorkerId => workerId(`wrk_1@${machineProcesses(one).own}`);

describe("whether a worker's process has ended", () => {
  const old = workerOn(machine({ 10: { startedAt: 500 } }, { pid: 10 }));

  it("is known of one whose id is nobody's, another's by now, or that waits to be buried", () => {
    const cases = [{}, { 10: { startedAt: 501 } }, { 10: { startedAt: 500, state: "Z" } }];
    for (const others of cases) {
      const now = machineProcesses(machine({ 11: { startedAt: 900 }, ...others }, { pid: 11 }));
      assert.equal(now.hasEnded(old), true);
    }
  });

  it("is denied of one that runs, is stopped, or that another user hides", () => {
    for (const state of ["R", "S", "D", "T"]) {
      const there = { 10: { startedAt: 500, state }, 11: { startedAt: 900 } };
      assert.equal(machineProcesses(machine(there, { pid: 11 })).hasEnded(old), false, state);
    }
    const hidden = { 10: { startedAt: 500, hidden: true }, 11: { startedAt: 900 } };
    assert.equal(machineProcesses(machine(hidden, { pid: 11 })).hasEnded(old), false);
  });

  it("is denied wherever the id may mean another process: another boot, container or time", () => {
    for (const place of [{ boot: "boot-2" }, { ids: "pid:[2]" }, { times: "time:[2]" }]) {
      const now = machineProcesses(machine({ 11: { startedAt: 900 } }, { pid: 11, ...place }));
      assert.equal(now.hasEnded(old), false, JSON.stringify(place));
    }
  });

  it("is not known on a machine that does not tell, nor of workers of unknown form", () => {
    for (const silent of [{ boot: null }, { ids: null }]) {
      const now = machineProcesses(machine({ 11: { startedAt: 900 } }, { pid: 11, ...silent }));
      assert.deepEqual([now.own, now.hasEnded(old)], ["", false]);
    }
    const gone = machineProcesses(machine({}, { pid: 11 }));
    assert.equal(gone.own, "", "a machine that does not know us");
    const now = machineProcesses(machine({ 11: { startedAt: 900 } }, { pid: 11 }));
    for (const other of ["wrk_1", "wrk_1@", "wrk_1@host/10", `wrk_1@host/10.500.${"z".repeat(16)}`])
      assert.equal(now.hasEnded(workerId(other)), false, other);
  });

  const isLinux = process.platform === "linux";
  it("is right for real processes of this machine", { skip: !isLinux }, async () => {
    const here = machineProcesses();
    const [, place] = /\.([0-9a-f]{16})$/.exec(here.own) ?? [];
    assert.ok(place !== undefined, here.own);
    assert.equal(here.hasEnded(workerId(`wrk_1@${here.own}`)), false);
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"]);
    await once(child, "spawn");
    const reader = `const { readFileSync } = require("node:fs");
      const text = readFileSync("/proc/${child.pid}/stat", "utf8");
      console.log(text.slice(text.lastIndexOf(")") + 2).split(" ")[19]);`;
    const asking = spawn(process.execPath, ["-e", reader]);
    const [startedAt] = await once(asking.stdout, "data");
    const worker = workerId(`wrk_2@host/${child.pid}.${String(startedAt).trim()}.${place}`);
    assert.equal(here.hasEnded(worker), false);
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.equal(here.hasEnded(worker), true);
  });
});
