import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { type Config, loadConfig } from "../../src/app/config.ts";
import type { ConfigSources } from "../../src/app/config-sources.ts";
import { settingFacts, settingNames } from "../../src/app/setting-facts.ts";
import { ConfigError } from "../../src/domain/errors.ts";

const botId = "0f2f4ea5-1f5d-4b1a-9b52-6a1a0f0f5a11";
const bot = { CLIENT_ID: botId, CLIENT_SECRET: "hush-hush" };
let directory = "";
before(() => {
  directory = mkdtempSync(path.join(tmpdir(), "carillon-config-"));
});
after(() => rmSync(directory, { recursive: true, force: true }));

function load(
  environment: Readonly<Record<string, string>> = bot,
  rest: Partial<ConfigSources> = {},
  options: Parameters<typeof loadConfig>[1] = {},
): Promise<Config> {
  return loadConfig({ flags: {}, environment, directory, ...rest }, options);
}

function file(content: unknown, name = "carillon.config.json"): string {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  writeFileSync(path.join(directory, name), text);
  return name;
}

async function refusal(loading: Promise<Config>): Promise<ConfigError> {
  const error = await loading.then(
    () => assert.fail("this configuration should have been refused"),
    (caught: unknown) => caught,
  );
  assert.ok(error instanceof ConfigError, String(error));
  return error;
}

describe("the configuration", () => {
  it("has the documented defaults", async () => {
    const config = await load();
    assert.equal(config.host, "127.0.0.1");
    assert.equal(config.port, 3978);
    assert.equal(config.baseUrl, null);
    assert.equal(config.databaseUrl, "sqlite:data/carillon.db");
    assert.equal(config.apiKey, null);
    assert.equal(config.inboundAuth, "required");
    assert.equal(config.laneRps, 50);
    assert.deepEqual(config.trustedHosts, []);
    assert.deepEqual(config.endpoints, {});
    assert.deepEqual(config.warnings, []);
    assert.deepEqual(config.bot, {
      clientId: botId,
      clientSecret: "hush-hush",
      cloud: "Public",
    });
  });

  it("takes flags over the environment over the file", async () => {
    const named = file({ port: 1001, host: "127.0.0.2", laneRps: 10 }, "layers.json");
    const environment = { ...bot, CARILLON_PORT: "1002", CARILLON_HOST: "127.0.0.3" };
    const config = await load(environment, { file: named, flags: { port: "1003" } });
    assert.deepEqual([config.port, config.host, config.laneRps], [1003, "127.0.0.3", 10]);
  });

  it("reads carillon.config.json of its folder when there is one", async () => {
    file({ port: 1010, trustedHosts: ["bots.example.com"] });
    try {
      const config = await load();
      assert.equal(config.port, 1010);
      assert.deepEqual(config.trustedHosts, ["bots.example.com"]);
    } finally {
      rmSync(path.join(directory, "carillon.config.json"));
    }
  });

  it("counts an empty variable as not set", async () => {
    const config = await load({ ...bot, CARILLON_PORT: "", TENANT_ID: "" });
    assert.equal(config.port, 3978);
    assert.equal(config.bot.tenantId, undefined);
  });

  it("splits lists at commas", async () => {
    const config = await load({
      ...bot,
      CARILLON_TRUSTED_HOSTS: "a.example, 127.0.0.1:3979 ,[::1]:1",
    });
    assert.deepEqual(config.trustedHosts, ["a.example", "127.0.0.1:3979", "[::1]:1"]);
  });

  it("refuses unknown variables and names the nearest one", async () => {
    const error = await refusal(load({ ...bot, CARILLON_PROT: "1" }));
    assert.equal(error.code, "CONFIG_UNKNOWN_KEY");
    assert.match(error.message, /CARILLON_PROT.*Did you mean CARILLON_PORT\?/);
  });

  it("refuses unknown keys of the file and names the nearest one", async () => {
    const error = await refusal(load(bot, { file: file({ dataBaseURl: "x" }, "typo.json") }));
    assert.equal(error.code, "CONFIG_UNKNOWN_KEY");
    assert.match(error.message, /typo\.json has "dataBaseURl".*Did you mean databaseUrl\?/);
  });

  it("takes CARILLON_URL, which only the command line reads", async () => {
    await load({ ...bot, CARILLON_URL: "http://127.0.0.1:3978" });
  });

  it("names the setting, the value and what to write, for each that is wrong", async () => {
    const error = await refusal(
      load(
        { ...bot, CARILLON_PORT: "lots", CLOUD: "public" },
        { flags: { loginUrl: "http://login.example" } },
      ),
    );
    assert.equal(error.code, "CONFIG_INVALID");
    const lines = error.message.split("\n");
    assert.ok(
      lines.includes('CARILLON_PORT is "lots": it must be a whole number from 0 to 65535.'),
      error.message,
    );
    assert.ok(lines.some((line) => /^CLOUD is "public": it must be Public, USGov/.test(line)));
    assert.ok(lines.some((line) => /^--login-url is "http:\/\/login\.example"/.test(line)));
    assert.equal(lines.length, 3);
  });

  it("never shows a secret, nor a password in a URL", async () => {
    const wrong = [
      { ...bot, CLIENT_SECRET: "hush hush" },
      { ...bot, CARILLON_API_KEY: "hush hush" },
      { ...bot, CARILLON_DATABASE_URL: "mysql://me:hush@db/x" },
      { ...bot, CARILLON_DATABASE_URL: "postgres:/me:hush/hush@db/x" },
      { ...bot, CARILLON_LOGIN_URL: "https://me:hush@login.example" },
    ];
    for (const environment of wrong)
      assert.doesNotMatch((await refusal(load(environment))).message, /hush/);
    const broken = await refusal(load(bot, { file: file('{"apiKey": "hush', "broken.json") }));
    assert.doesNotMatch(`${broken.message} ${String(broken.cause)}`, /hush/);
    assert.match(broken.message, /broken\.json is not valid JSON: look at line 1, column \d+\./);
  });

  it("says which part of the bot is missing, and how to do without one", async () => {
    const none = await refusal(load({}));
    assert.match(none.message, /CLIENT_ID and CLIENT_SECRET are not set.*--emulator/s);
    const half = await refusal(load({ CLIENT_ID: botId }));
    assert.match(half.message, /^CLIENT_SECRET is not set/);
  });

  it("takes unsigned activities on loopback only, and warns", async () => {
    const off = { ...bot, CARILLON_INBOUND_AUTH: "off" };
    for (const host of ["127.0.0.1", "localhost", "::1"]) {
      const config = await load({ ...off, CARILLON_HOST: host });
      assert.match(config.warnings.join(), /INBOUND_AUTH is off/);
    }
    for (const host of ["0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example.com"]) {
      const error = await refusal(load({ ...off, CARILLON_HOST: host }));
      assert.match(error.message, /CARILLON_INBOUND_AUTH is "off".*loopback/s);
    }
  });

  it("takes no pacing only where tokens come from this machine", async () => {
    const error = await refusal(load({ ...bot, CARILLON_LANE_RPS: "0" }));
    assert.match(error.message, /CARILLON_LANE_RPS is "0".*local emulator/s);
    const local = { ...bot, CARILLON_LANE_RPS: "0", CARILLON_LOGIN_URL: "http://127.0.0.1:1" };
    assert.equal((await load(local)).laneRps, 0);
  });

  it("sends in the service unless that is left to workers, which listen only where they are told to", async () => {
    const { worker, workerPort } = await load(bot);
    assert.deepEqual([worker, workerPort], [true, null]);
    const apart = await load({ ...bot, CARILLON_WORKER: "off", CARILLON_WORKER_PORT: "0" });
    assert.deepEqual([apart.worker, apart.workerPort], [false, 0]);
    const error = await refusal(load({ ...bot, CARILLON_WORKER: "no" }));
    assert.match(error.message, /CARILLON_WORKER is "no": it must be on or off/);
  });

  it("keeps what explains an outcome for good, and recipients never for less long than idempotency keys", async () => {
    const { keepDays } = await load(bot);
    assert.deepEqual(keepDays, { recipients: 0, attempts: 0, idempotencyKeys: 30, inbound: 3 });
    const year = await load({ ...bot, CARILLON_KEEP_RECIPIENTS_DAYS: "365" });
    assert.equal(year.keepDays.recipients, 365);
    for (const wrong of [
      { CARILLON_KEEP_RECIPIENTS_DAYS: "7" },
      { CARILLON_KEEP_RECIPIENTS_DAYS: "365", CARILLON_KEEP_IDEMPOTENCY_KEYS_DAYS: "0" },
    ]) {
      const error = await refusal(load({ ...bot, ...wrong }));
      assert.match(error.message, /CARILLON_KEEP_RECIPIENTS_DAYS is "\d+".*at least as long/);
    }
  });

  it("has facts for each setting, with variables and flags that are used once", () => {
    const variables = settingNames.map((name) => settingFacts[name].variable);
    const flags = settingNames
      .map((name) => settingFacts[name].flag)
      .filter((flag) => flag !== null);
    assert.equal(new Set(variables).size, variables.length);
    assert.equal(new Set(flags).size, flags.length);
    for (const name of settingNames)
      assert.equal(settingFacts[name].flag === null, settingFacts[name].secret, name);
  });
});

describe("the configuration with an emulator", () => {
  const identity = {
    clientId: botId,
    clientSecret: "emulated",
    tenantId: "6a1a0f0f-1f5d-4b1a-9b52-0f2f4ea55a11",
    loginUrl: "http://127.0.0.1:3979",
    openIdMetadataUrl: "http://127.0.0.1:3979/openid",
    serviceUrl: "http://127.0.0.1:3979/emea/t/",
    globalServiceUrl: "http://127.0.0.1:3979/teams/",
    graphUrl: "http://127.0.0.1:3979/graph",
    scope: "and more that we do not read",
  };
  const environment = { CARILLON_EMULATOR_URL: "http://127.0.0.1:3979" };

  it("asks it for the bot, every address and the host to trust", async () => {
    const asked: string[] = [];
    const config = await load(
      environment,
      {},
      {
        fetch: async (input) => {
          asked.push(String(input));
          return Response.json(identity);
        },
      },
    );
    assert.deepEqual(asked, ["http://127.0.0.1:3979/_emulator/bot"]);
    assert.equal(config.bot.clientSecret, "emulated");
    assert.equal(config.endpoints.serviceUrl, "http://127.0.0.1:3979/teams/");
    assert.deepEqual(config.trustedHosts, ["127.0.0.1:3979"]);
  });

  it("never sends on a bot that is configured beside it, and says that it is not used", async () => {
    const config = await load(
      { ...bot, ...environment },
      {},
      {
        fetch: async () => Response.json(identity),
      },
    );
    assert.equal(config.bot.clientSecret, "emulated");
    assert.match(config.warnings.join("\n"), /CLIENT_ID is not used: the emulator sets it/);
  });

  it("says how to start one when none answers", async () => {
    const error = await refusal(
      load(
        environment,
        {},
        {
          emulatorWaitMs: 0,
          fetch: () => Promise.reject(new TypeError("fetch failed")),
        },
      ),
    );
    assert.equal(error.code, "EMULATOR_UNREACHABLE");
    assert.match(error.message, /127\.0\.0\.1:3979.*npx carillon emulator/);
  });

  it("takes nothing from what is no emulator", async () => {
    for (const answer of [
      () => new Response("<html>", { status: 200 }),
      () => Response.json({ ...identity, loginUrl: 7 }),
      () => Response.json(identity, { status: 404 }),
    ]) {
      const error = await refusal(load(environment, {}, { fetch: async () => answer() }));
      assert.equal(error.code, "CONFIG_INVALID");
      assert.match(error.message, /not a Carillon emulator/);
    }
  });
});
