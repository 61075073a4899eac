// Goal: the example is a bot that works. Method: run it as anybody would, as a process of its own, against an emulator here.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { createEmulator, type Emulator, type PersonView } from "@carillon/emulator";
import { toNodeListener } from "carillon";

const example = new URL("../../../examples/embed/bot.ts", import.meta.url);
const folder = mkdtempSync(path.join(tmpdir(), "carillon-embed-"));
const emulator: Emulator = createEmulator({ people: 10, teams: 1, seed: 7 });
const waiting = new Set<() => void>();
let server: Server;
let bot: ChildProcess;
let url = "";
let emulatorUrl = "";

/** Resolves when `done` holds, which is looked at after each request to the emulator. */
async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise<void>((resolve) => waiting.add(resolve));
}

/** Serves the emulator, and tells whoever waits of each answer. */
async function answer(request: Request): Promise<Response> {
  const response = await emulator.fetch(request);
  for (const resolve of waiting) resolve();
  waiting.clear();
  return response;
}

/** Resolves with the first line that the process prints. */
async function firstLine(child: ChildProcess): Promise<string> {
  assert.ok(child.stdout);
  child.stdout.setEncoding("utf8");
  let text = "";
  for await (const chunk of child.stdout) {
    text += chunk;
    if (text.includes("\n")) return text;
  }
  throw new Error(`the bot ended before it listened: ${text}`);
}

function anybody(): PersonView {
  const person = emulator.people().items.find((one) => one.installed && !one.blocked);
  assert.ok(person);
  return person;
}

function alert(body: object): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(`${url}/alert`, { method: "POST", headers, body: JSON.stringify(body) });
}

before(async () => {
  server = createServer(toNodeListener(answer));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // a TCP listener has one
  emulatorUrl = `http://127.0.0.1:${port}`;
  emulator.setBaseUrl(emulatorUrl);
  bot = spawn(process.execPath, ["--conditions=source", fileURLToPath(example)], {
    cwd: folder,
    env: { ...process.env, CARILLON_EMULATOR_URL: emulatorUrl, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  url = `http://127.0.0.1:${/port: (\d+)/.exec(await firstLine(bot))?.[1]}`;
  emulator.setBotEndpoint(`${url}/api/messages`);
});

after(() => {
  bot?.kill("SIGKILL");
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("the bot that embeds the library", { timeout: 60_000 }, () => {
  it("says hello to everyone for whom it is installed, as its README has it done", async () => {
    const readme = readFileSync(new URL("README.md", example), "utf8");
    const [, where, written = "{}"] = /(\/_emulator\/install).*-d '(.*)'/.exec(readme) ?? [];
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ ...JSON.parse(written), wait: true });
    const installed = await fetch(`${emulatorUrl}${where}`, { method: "POST", headers, body });
    assert.ok(installed.ok, await installed.text());
    assert.deepEqual(emulator.installs()[0]?.failures, []);
    const reachable = emulator.people().items.filter((one) => one.installed && !one.blocked);
    assert.ok(reachable.length > 0);
    await until(() => reachable.every((one) => emulator.messageCount(one.index) > 0));
    const [welcome] = emulator.inbox(reachable[0]?.index ?? 0);
    assert.match(String(welcome?.activity?.text), /you added this app/);
  });

  it("answers what it is told", async () => {
    const { index } = anybody();
    assert.equal((await emulator.say(index, "ping")).status, 200);
    const texts = () => emulator.inbox(index).map(({ activity }) => activity?.text);
    await until(() => texts().includes("You wrote: ping"));
  });

  it("alerts a person with a card of their own, and answers its button", async () => {
    const { index, aadObjectId, name } = anybody();
    const response = await alert({
      user: aadObjectId,
      title: "Ward 3 is full",
      text: "please use ward 5.",
    });
    assert.equal(response.status, 202, await response.clone().text());
    const card = () =>
      emulator
        .inbox(index)
        .find(({ from, activity }) => from.kind === "bot" && activity?.attachments !== undefined);
    await until(() => card() !== undefined);
    const text = JSON.stringify(card()?.activity);
    assert.match(text, new RegExp(`${name}, please use ward 5`));
    assert.equal(card()?.activity?.summary, "Ward 3 is full");
    const pressed = await emulator.press(index, { button: { verb: "take" } });
    assert.match(pressed.answer?.body ?? "", new RegExp(`It is yours, ${name}`));
  });

  it("says in words why an alert to a stranger cannot be sent", async () => {
    const response = await alert({ user: "nobody@elsewhere.example", title: "a", text: "b" });
    const { code } = (await response.json()) as { code: string };
    assert.deepEqual([response.status, code], [422, "RECIPIENT_UNKNOWN"]);
  });

  it("answers 404 to everything else", async () => {
    assert.equal((await fetch(`${url}/elsewhere`)).status, 404);
  });

  it("ends by itself when it is asked to", async () => {
    bot.kill("SIGTERM");
    const [code] = await once(bot, "exit");
    assert.equal(code, 0);
  });
});
