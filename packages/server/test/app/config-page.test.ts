import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { configSchema } from "../../src/app/config.ts";
import { type SettingFacts, settingFacts, settingNames } from "../../src/app/setting-facts.ts";

const root = new URL("../../../../", import.meta.url);
// The script is JavaScript without types; these are the two names that it exports.
const { configMarkdown, configPage } = (await import(
  new URL("scripts/config-md.mjs", root).href
)) as {
  configMarkdown: (settings: Readonly<Record<string, SettingFacts>>) => string;
  configPage: string;
};

describe("the reference page of the configuration", () => {
  it("is what the table of settings says; `node scripts/config-md.mjs` writes it anew", () => {
    assert.equal(readFileSync(new URL(configPage, root), "utf8"), configMarkdown(settingFacts));
  });

  it("has a row for each setting, and is found stale when one is missing", () => {
    const page = configMarkdown(settingFacts);
    for (const name of settingNames)
      assert.match(
        page,
        new RegExp(`^\\| \`${settingFacts[name].variable}\` \\|.*\`${name}\``, "m"),
      );
    const { port: _, ...fewer } = settingFacts;
    assert.notEqual(configMarkdown(fewer), page);
  });

  it("tells the defaults that the schema has", () => {
    const defaults: Readonly<Record<string, unknown>> = configSchema.parse({});
    for (const name of settingNames) {
      const value = defaults[name];
      if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
      assert.equal(settingFacts[name].default, String(value), name);
    }
  });

  it("knows the settings of the schema, and no others", () => {
    assert.deepEqual(Object.keys(configSchema.shape).sort(), [...settingNames].sort());
  });
});
