// Goal: the demo does what the README promises. Method: run it as a user does, in a process of its own, small and fast.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../server/bin/carillon.mjs", import.meta.url));
const people = 60;
const environment = { PATH: process.env.PATH, NO_COLOR: "1" };
let folder = "";
before(() => {
  folder = mkdtempSync(path.join(tmpdir(), "carillon-demo-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const args = [bin, "demo", "--people", String(people), "--rps", "500", "--port", "0"];
const anyPort = ["--emulator-port", "0"];

function demo(...more: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...args, "--exit", ...more], {
    cwd: folder,
    env: environment,
    encoding: "utf8",
    timeout: 60_000,
  });
  assert.equal(status, 0, stdout + stderr);
  return stdout;
}

/** The addresses that were printed: the emulator's, the service's. */
function addresses(output: string): readonly string[] {
  return [...output.matchAll(/http:\/\/127\.0\.0\.1:\d+/g)].map(([address]) => address);
}

/** The count in the row of this name. */
function row(output: string, name: string): number {
  const [, count] = new RegExp(`^ +${name} +(\\d+)`, "m").exec(output) ?? [];
  assert.ok(count !== undefined, `no row ${name} in:\n${output}`);
  return Number(count);
}

describe("the demo", () => {
  it("installs the bot, sends the campaign, and ends with a table that adds up", () => {
    const output = demo(...anyPort);
    assert.match(output, /Nothing leaves this machine/);
    assert.match(output, new RegExp(`${people} people in 5 teams`));
    assert.match(output, /Installing: (\d+) of \1 {2}100 %/);
    assert.match(output, /Quarterly update.*finished/);
    const [accepted, failed, skipped] = ["accepted", "failed", "skipped"].map((name) =>
      row(output, name),
    );
    assert.ok(accepted !== undefined && accepted >= people * 0.8);
    assert.ok(failed !== undefined && failed >= 1, "some have blocked the bot");
    assert.ok(skipped !== undefined && skipped >= 1, "some removed the app");
    assert.equal(accepted + failed + skipped, row(output, "total"));
    assert.ok(!output.includes("\u001b"), "no colours and no redrawing in a pipe");
  });

  it("works a second time: it goes on where it ended, or starts anew with --fresh", () => {
    const [emulator = ""] = addresses(demo("--data", "again", ...anyPort));
    const same = ["--data", "again", "--emulator-port", new URL(emulator).port];
    const second = demo(...same);
    assert.match(second, /goes on where the last demo ended/);
    assert.match(second, /installed already/);
    assert.equal(
      row(second, "accepted") + row(second, "failed") + row(second, "skipped"),
      row(second, "total"),
    );
    assert.match(demo(...same, "--fresh"), /new, as --fresh asks/);
  });

  it("stays up until it is stopped, and leaves no process behind", async () => {
    const child = spawn(process.execPath, [...args, ...anyPort, "--data", "up"], {
      cwd: folder,
      env: environment,
    });
    let output = "";
    try {
      child.stdout.setEncoding("utf8");
      for await (const text of child.stdout) {
        output += text;
        if (!/stays up until Ctrl\+C/.test(output) || child.killed) continue;
        const [emulator, service] = addresses(output);
        assert.match(await (await fetch(`${emulator}/_emulator/messages`)).text(), /third quarter/);
        assert.equal((await fetch(`${service}/readyz`)).status, 200);
        child.kill("SIGINT");
      }
    } finally {
      if (child.exitCode === null && !child.killed) child.kill("SIGKILL");
    }
    const [emulator = ""] = addresses(output);
    await assert.rejects(fetch(emulator), "the emulator has ended with the demo");
    assert.equal(
      child.exitCode ?? (await new Promise((resolve) => child.once("exit", resolve))),
      0,
    );
  });
});
