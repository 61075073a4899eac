// Goal: `carillon worker` starts, says how it is, sends what a service without a worker takes, and ends as documented. Method: the
// real commands in processes of their own.
import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { createClient } from "@carillon/client";
import { createEmulator, type Emulator, type Listening, listen } from "@carillon/emulator";
import { until } from "../../../harness/src/until.ts";

const bin = fileURLToPath(new URL("../../bin/carillon.mjs", import.meta.url));
let folder = "";
let emulator: Emulator;
let listening: Listening;
before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "carillon-worker-"));
  emulator = createEmulator({ people: 5, teams: 1, seed: 3 });
  listening = await listen(emulator, { port: 0 });
});
after(async () => {
  await listening.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A command of the installation, and all that it wrote so far. */
function start(words: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [bin, ...words], {
    cwd: folder,
    env: { PATH: process.env.PATH, CARILLON_EMULATOR_URL: listening.url, ...more },
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
    });
  const exited = once(child, "exit").then(() => child.exitCode);
  return {
    output: () => text,
    exited,
    says: (pattern: RegExp) =>
      until(() => pattern.exec(text), String(pattern), { more: () => text }),
    end: async (signal: NodeJS.Signals = "SIGTERM") => {
      child.kill(signal);
      return exited;
    },
  };
}

describe("carillon worker", () => {
  it("sends what a service with --no-worker takes, whose followers see it; and ends with 0", async () => {
    const service = start(["serve", "--no-worker", "--port", "0"], {
      CARILLON_API_KEY: "a-key-for-this-test-only",
    });
    const [url = ""] = await service.says(/http:\/\/127\.0\.0\.1:\d+/);
    await service.says(/It sends nothing itself: run `carillon worker`/);
    emulator.setBotEndpoint(`${url}/api/messages`);
    await emulator.install("all");
    const client = createClient({ url, apiKey: "a-key-for-this-test-only" });
    const { id } = await client.campaigns.create({
      name: "shared",
      message: { text: "hello" },
      audience: { include: [{ everyone: true }] },
    });
    await client.campaigns.start(id);
    const following = client.campaigns.follow(id, () => {});
    const worker = start(["worker", "--worker-port", "0"]);
    const [, health = ""] = await worker.says(/Its health is at (http:\/\/127\.0\.0\.1:\d+)\./);
    const last = await following;
    assert.equal(last.state, "finished");
    assert.ok(last.counts.accepted > 0);
    assert.equal(emulator.counts().accepted, last.counts.accepted);
    assert.ok(!/"lane.acquired"/.test(service.output()), "the service sends nothing");

    const ready = await fetch(`${health}/readyz`);
    assert.deepEqual([ready.status, await ready.json()], [200, { status: "ready" }]);
    assert.deepEqual(await (await fetch(`${health}/healthz`)).json(), { status: "ok" });
    assert.equal((await fetch(`${health}/metrics`)).status, 401);
    const headers = { authorization: "Bearer a-key-for-this-test-only" };
    const metrics = await (await fetch(`${health}/metrics`, { headers })).text();
    assert.match(metrics, /^carillon_deliveries_total\{state="accepted"\} [1-9]/m);
    for (const route of ["/", "/v1/status", "/api/messages"])
      assert.equal((await fetch(`${health}${route}`)).status, 404, route);
    assert.equal((await fetch(`${health}/readyz`, { method: "POST" })).status, 405);

    assert.equal(await worker.end("SIGINT"), 0);
    for (const event of ["service.starting", "service.working", "service.stopped"])
      assert.match(worker.output(), new RegExp(`"${event}"`));
    assert.equal(await service.end(), 0);
  });

  it("does not listen unless it is told to, and needs no key", async () => {
    const worker = start(["worker"], { CARILLON_PORT: "1", CARILLON_API_KEY: "" });
    await worker.says(/Carillon works on sqlite:data\/carillon\.db\.\n/);
    assert.equal(await worker.end(), 0);
  });

  it("ends with 78 for a database that nobody shares, and 75 for a port that is taken", async () => {
    const alone = start(["worker", "--database-url", "sqlite::memory:"]);
    assert.equal(await alone.exited, 78);
    assert.match(alone.output(), /no other process can share.*CONFIG_INVALID/);
    const { port } = new URL(listening.url);
    const taken = start(["worker", "--worker-port", port]);
    assert.equal(await taken.exited, 75);
    assert.match(taken.output(), /PORT_TAKEN/);
  });
});
