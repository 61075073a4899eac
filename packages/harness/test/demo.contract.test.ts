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

const args = [
  ...[bin, "demo", "--people", String(people), "--rps", "500"],
  ...["--port", "0", "--emulator-port", "0"],
];

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

/** The count in the row of this name. */
function row(output: string, name: string): number {
  const [, count] = new RegExp(`^ +${name} +(\\d+)`, "m").exec(output) ?? [];
  assert.ok(count !== undefined, `no row ${name} in:\n${output}`);
  return Number(count);
}

describe("the demo", () => {
  it("installs the bot, sends the campaign, and ends with a table that adds up", () => {
    const output = demo();
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

  it("works a second time: another tenant's database makes it start anew, and it says so", () => {
    demo("--data", "again");
    assert.match(demo("--data", "again"), /Its database is new: the last demo's does not fit/);
    assert.match(demo("--data", "again", "--fresh"), /new, as --fresh asks/);
  });

  it("stays up until it is stopped, and leaves no process behind", async () => {
    const child = spawn(process.execPath, [...args, "--data", "up"], {
      cwd: folder,
      env: environment,
    });
    let output = "";
    child.stdout.setEncoding("utf8");
    for await (const text of child.stdout) {
      output += text;
      if (!/stays up until Ctrl\+C/.test(output)) continue;
      const [emulator, service] = [...output.matchAll(/http:\/\/127\.0\.0\.1:\d+/g)].map(String);
      if (child.killed || emulator === undefined || service === undefined) continue;
      const inboxes = await (await fetch(emulator)).text();
      assert.match(inboxes, /third quarter/);
      assert.equal((await fetch(`${service}/readyz`)).status, 200);
      child.kill("SIGINT");
    }
    const [emulator = ""] = [...output.matchAll(/http:\/\/127\.0\.0\.1:\d+/g)].map(String);
    await assert.rejects(fetch(emulator), "the emulator has ended with the demo");
    assert.equal(
      child.exitCode ?? (await new Promise((resolve) => child.once("exit", resolve))),
      0,
    );
  });
});
