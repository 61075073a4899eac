import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createEmulator, listen, runEmulatorCommand } from "../src/index.ts";
import { asObject, type Json } from "../src/json.ts";

const command = fileURLToPath(new URL("../bin/carillon-emulator.mjs", import.meta.url));

async function listening(options = {}) {
  const emulator = createEmulator({ people: 20, rps: 0, ...options });
  const server = await listen(emulator, { port: 0 });
  const bot = emulator.bot();
  const response = await fetch(`${bot.loginUrl}/${bot.tenantId}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: bot.clientId,
      client_secret: bot.clientSecret,
      scope: bot.scope,
    }),
  });
  const { access_token } = asObject((await response.json()) as Json);
  await emulator.install(0, { events: false });
  const send = (text = "Hello") =>
    fetch(`${bot.serviceUrl}v3/conversations/${emulator.person(0).conversationId}/activities`, {
      method: "POST",
      headers: { authorization: `Bearer ${access_token}`, "content-type": "application/json" },
      body: JSON.stringify({ type: "message", text }),
    });
  return { emulator, server, send };
}

test("over a socket the emulator names its real URL and takes messages", async () => {
  const { emulator, server, send } = await listening();
  try {
    assert.equal(emulator.bot().loginUrl, server.url);
    const answer = await send("Grüße, 世界");
    assert.equal(answer.status, 201);
    assert.equal(emulator.inbox(0)[0]?.activity?.text, "Grüße, 世界");
    assert.ok(answer.headers.get("ms-cv"));
    assert.equal(emulator.violations().length, 0);
  } finally {
    await server.close();
  }
});

test("a body of many megabytes is refused with 413, but a state of that size goes in", async () => {
  const { emulator, server, send } = await listening({ keepMessages: 1_000 });
  try {
    const answer = await send("x".repeat(9_000_000));
    assert.equal(answer.status, 413);
    for (let sent = 0; sent < 100; sent += 1) await send("y".repeat(49_000));
    const file = JSON.stringify({ ...emulator.exportState(), padding: "z".repeat(5_000_000) });
    const url = `${server.url}/_emulator/import`;
    assert.ok(file.length > 9_000_000);
    assert.equal((await fetch(url, { method: "POST", body: file })).status, 200);
    assert.equal(emulator.inbox(0).length, 100);
  } finally {
    await server.close();
  }
});

for (const [phase, accepted] of [
  ["before-commit", 0],
  ["after-commit", 1],
] as const)
  test(`over a socket a reset ${phase} breaks the connection`, async () => {
    const { emulator, server, send } = await listening();
    try {
      emulator.setFaults({ script: [`reset-${phase}`] });
      await assert.rejects(send(), /fetch failed/);
      assert.equal(emulator.counts().accepted, accepted);
      assert.equal((await send()).status, 201);
    } finally {
      await server.close();
    }
  });

test("a taken port rejects with EADDRINUSE", async () => {
  const { server } = await listening();
  try {
    await assert.rejects(listen(createEmulator(), { port: server.port }), { code: "EADDRINUSE" });
  } finally {
    await server.close();
  }
});

test("activities reach a real endpoint with their headers", async () => {
  const heard: { url: string | undefined; authorization: string | undefined }[] = [];
  const bot = createServer((request, response) => {
    heard.push({ url: request.url, authorization: request.headers.authorization });
    request.resume();
    response.end("{}");
  });
  await new Promise<void>((resolve) => bot.listen(0, "127.0.0.1", resolve));
  const address = bot.address();
  const port = typeof address === "object" ? address?.port : 0;
  const { emulator, server } = await listening({
    botEndpoint: `http://127.0.0.1:${port}/api/messages`,
  });
  try {
    assert.equal((await emulator.say(0, "hi")).status, 200);
    assert.equal(heard[0]?.url, "/api/messages");
    assert.match(heard[0]?.authorization ?? "", /^Bearer ey/);
    emulator.setBotEndpoint("http://127.0.0.1:1/api/messages");
    const refused = await emulator.say(0, "hi");
    assert.equal(refused.status, null);
    assert.match(refused.error ?? "", /ECONNREFUSED|bad port|fetch failed/);
  } finally {
    await server.close();
    bot.close();
    bot.closeAllConnections();
  }
});

test("the command prints one line of JSON, serves, and stops cleanly on SIGTERM", async () => {
  const child = spawn(process.execPath, [command, "--port", "0", "--people", "7", "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise((resolve) => child.once("exit", (code) => resolve(code)));
  const [line] = await Promise.race([
    new Promise<string[]>((resolve) =>
      child.stdout.once("data", (chunk) => resolve(String(chunk).split("\n"))),
    ),
    exited.then((code) => Promise.reject(new Error(`it exited with ${code}`))),
  ]);
  const { event, url, clientSecret } = JSON.parse(line ?? "");
  assert.equal(event, "listening");
  assert.equal(clientSecret, undefined);
  const { total } = asObject((await (await fetch(`${url}/_emulator/people`)).json()) as Json);
  assert.equal(total, 7);
  child.kill("SIGTERM");
  assert.equal(await exited, 0);
});

async function run(...argv: readonly string[]) {
  const said: string[] = [];
  const stop = new AbortController();
  stop.abort();
  const note = (line: string) => said.push(line);
  const code = await runEmulatorCommand(argv, { out: note, err: note, stop: stop.signal });
  return { code, text: said.join("\n") };
}

test("the command says what is wrong, what to do next, and exits with the right code", async () => {
  const { server } = await listening();
  const folder = mkdtempSync(path.join(tmpdir(), "emulator-"));
  try {
    const taken = await run("--port", String(server.port));
    assert.equal(taken.code, 1);
    assert.match(taken.text, /is taken[\s\S]*--port 0/);
    const faults = path.join(folder, "faults.json");
    writeFileSync(faults, '{"script":["bang"]}');
    const file = await run("--port", "0", "--faults", faults);
    assert.equal(file.code, 78);
    assert.match(file.text, /there is no fault "bang"/);
    writeFileSync(faults, '{"script":["unavailable"]}');
    assert.equal((await run("--port", "0", "--faults", faults)).code, 0);
    assert.equal((await run("--people", "many")).code, 2);
    assert.equal((await run("--peolpe", "5")).code, 2);
    assert.equal((await run("--port", "70000")).code, 2);
    assert.equal((await run("--people", "4000000000")).code, 78);
    assert.match((await run("--help")).text, /Example:/);
    assert.match((await run("--port", "0")).text, /carillon serve --emulator http/);
  } finally {
    rmSync(folder, { recursive: true });
    await server.close();
  }
});
