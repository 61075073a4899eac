import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConfigError } from "../../src/domain/errors.ts";
import { openStore } from "../../src/store/open.ts";

function refusal(part: RegExp) {
  return (error: unknown) =>
    error instanceof ConfigError && error.code === "CONFIG_INVALID" && part.test(error.message);
}

describe("the database URL", () => {
  it("may name a database in memory", async () => {
    const store = await openStore("sqlite::memory:");
    await store.probe();
    await store.close();
  });

  it("may not name PostgreSQL in this version", async () => {
    for (const url of ["postgres://host/db", "postgresql://host/db"])
      await assert.rejects(openStore(url), refusal(/not in this version.*sqlite:PATH/));
  });

  it("may name nothing else, and the refusal shows no password", async () => {
    for (const url of ["", "data/carillon.db", "sqlite:", "mysql://host/db", "sqlite"])
      await assert.rejects(openStore(url), refusal(/must be sqlite:PATH/));
    await assert.rejects(
      openStore("mysql://user:secret@host/db"),
      (error: Error) => refusal(/mysql:\/\/…@host/)(error) && !error.message.includes("secret"),
    );
  });
});
