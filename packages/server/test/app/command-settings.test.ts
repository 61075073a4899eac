import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { serviceAccess } from "../../src/app/command-settings.ts";
import { ConfigError } from "../../src/domain/errors.ts";

let directory = "";
before(() => {
  directory = mkdtempSync(path.join(tmpdir(), "carillon-access-"));
  mkdirSync(path.join(directory, "data/demo"), { recursive: true });
  writeFileSync(path.join(directory, "data/carillon.db.key"), "ck_own\n");
  writeFileSync(path.join(directory, "data/demo/carillon.db.key"), "ck_demo\n");
  writeFileSync(path.join(directory, "other.db.key"), "ck_other\n");
});
after(() => rmSync(directory, { recursive: true, force: true }));

function access(environment: Readonly<Record<string, string>> = {}, url?: string) {
  const { url: found, keys } = serviceAccess({ url, environment, directory });
  return { url: found, keys: keys.map(({ key }) => key) };
}

describe("what commands know of the service", () => {
  it("is by default the service of this folder, with the key files of its database and of the demo", () => {
    assert.deepEqual(access(), { url: "http://127.0.0.1:3978", keys: ["ck_own", "ck_demo"] });
  });
  it("follows the settings of the service", () => {
    const environment = {
      CARILLON_PORT: "4000",
      CARILLON_HOST: "0.0.0.0",
      CARILLON_DATABASE_URL: "sqlite:other.db",
    };
    assert.deepEqual(access(environment), {
      url: "http://127.0.0.1:4000",
      keys: ["ck_other", "ck_demo"],
    });
  });
  it("is the address of --url, else of CARILLON_URL", () => {
    const environment = { CARILLON_URL: "http://127.0.0.1:5000/" };
    assert.equal(access(environment).url, "http://127.0.0.1:5000");
    assert.equal(access(environment, "http://127.0.0.1:6000").url, "http://127.0.0.1:6000");
  });
  it("is the key of CARILLON_API_KEY alone where that is set", () => {
    assert.deepEqual(access({ CARILLON_API_KEY: "mine" }).keys, ["mine"]);
  });
  it("never gives the key of a file to another machine", () => {
    for (const url of [
      "https://bots.example.com",
      "http://10.0.0.7:3978",
      "http://127.0.0.1.example.com",
    ])
      assert.deepEqual(access({ CARILLON_URL: url }).keys, []);
  });
  it("is refused where the address is none", () => {
    for (const url of ["nowhere", "ftp://x", "127.0.0.1:3978", "http://"])
      assert.throws(() => access({}, url), ConfigError, url);
  });
});
