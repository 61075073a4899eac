// Goal: `carillon serve` starts, says what it says, and ends as documented. Method: the real command in processes of its own.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { createEmulator, type Listening, listen } from "@carillon/emulator";

const bin = fileURLToPath(new URL("../../bin/carillon.mjs", import.meta.url));
let folder = "";
let emulator: Listening;
before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "carillon-serve-"));
  emulator = await listen(createEmulator({ people: 5, teams: 1 }), { port: 0 });
});
after(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

function environment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    CARILLON_PORT: "0",
    CARILLON_EMULATOR_URL: emulator.url,
    ...more,
  };
}

/** A service that was told to start, and all that it wrote so far. */
async function serve(more: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [bin, "serve"], { cwd: folder, env: environment(more) });
  const written = { out: "", err: "" };
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    written.err += text;
  });
  child.stdout.setEncoding("utf8");
  while (!written.out.includes("/api/messages")) {
    const [text] = await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
    assert.ok(typeof text === "string", `it ended:\n${written.out}${written.err}`);
    written.out += text;
  }
  child.stdout.on("data", (text: string) => {
    written.out += text;
  });
  return { child, written, url: /http:\/\/127\.0\.0\.1:\d+/.exec(written.out)?.[0] ?? "" };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  child.kill(signal);
  await once(child, "exit");
  return child.exitCode;
}

/** A start that fails. */
async function fail(more: Readonly<Record<string, string>>, ...words: readonly string[]) {
  const child = spawn(process.execPath, [bin, "serve", ...words], {
    cwd: folder,
    env: environment(more),
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
    });
  await once(child, "close");
  return { status: child.exitCode, text };
}

describe("carillon serve", () => {
  it("prints its first key once, logs JSON lines without it, and ends with 0 on SIGTERM and SIGINT", async () => {
    const first = await serve();
    const key = readFileSync(path.join(folder, "data/carillon.db.key"), "utf8").trim();
    assert.ok(first.written.out.includes(key));
    assert.equal((await fetch(`${first.url}/readyz`)).status, 200);
    assert.equal(await end(first.child, "SIGTERM"), 0);
    const events = first.written.err
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).event);
    for (const event of [
      "service.starting",
      "service.listening",
      "service.stopping",
      "service.stopped",
    ])
      assert.ok(events.includes(event), event);
    assert.ok(!first.written.err.includes(key));

    const second = await serve();
    assert.ok(!second.written.out.includes(key), "the key is shown only once");
    const headers = { authorization: `Bearer ${key}` };
    assert.equal((await fetch(`${second.url}/v1/status`, { headers })).status, 200);
    assert.equal(await end(second.child, "SIGINT"), 0);
  });

  it("takes the key that it is given, and writes it nowhere", async () => {
    const database = "sqlite:given/carillon.db";
    const { child, written, url } = await serve({
      CARILLON_API_KEY: "a-key-for-this-test-only",
      CARILLON_DATABASE_URL: database,
    });
    const headers = { authorization: "Bearer a-key-for-this-test-only" };
    assert.equal((await fetch(`${url}/v1/status`, { headers })).status, 200);
    assert.equal(await end(child, "SIGTERM"), 0);
    assert.ok(!(written.out + written.err).includes("a-key-for-this-test-only"));
    assert.ok(!existsSync(path.join(folder, "given/carillon.db.key")));
  });

  it("ends with 75 when its port is taken, and says what to do", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    const { status, text } = await fail({ CARILLON_PORT: String(address.port) });
    server.close();
    assert.equal(status, 75);
    assert.match(text, new RegExp(`Port ${address.port} .*--port.*PORT_TAKEN`));
  });

  it("ends with 78 when the configuration is wrong, before it makes anything", async () => {
    const typo = await fail({ CARILLON_DATABSE_URL: "sqlite:nowhere/x.db" });
    assert.equal(typo.status, 78);
    assert.match(typo.text, /Did you mean CARILLON_DATABASE_URL\?.*CONFIG_UNKNOWN_KEY/);
    const open = await fail({ CARILLON_INBOUND_AUTH: "off" }, "--host", "0.0.0.0");
    assert.equal(open.status, 78);
    assert.match(open.text, /CARILLON_INBOUND_AUTH is "off".*loopback/);
    assert.ok(!existsSync(path.join(folder, "nowhere")));
  });

  it("ends with 1 and says so when the file is no database of its own", async () => {
    writeFileSync(
      path.join(folder, "notes.db"),
      "these are notes, and no database at all, not even nearly\n".repeat(100),
    );
    const { status, text } = await fail({ CARILLON_DATABASE_URL: "sqlite:notes.db" });
    assert.equal(status, 1);
    assert.match(text, /STORE_CORRUPT/);
    assert.match(readFileSync(path.join(folder, "notes.db"), "utf8"), /^these are notes/);
  });

  it("ends with 78 when its folder cannot be made", async () => {
    writeFileSync(path.join(folder, "a-file"), "");
    const { status, text } = await fail({ CARILLON_DATABASE_URL: "sqlite:a-file/carillon.db" });
    assert.equal(status, 78);
    assert.match(text, /STORE_READ_ONLY/);
  });
});
