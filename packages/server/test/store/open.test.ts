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

  it("may name PostgreSQL, and what cannot be such a URL is refused without showing it", async () => {
    for (const url of [
      "postgres://host:port/db",
      "postgres://me:12/hush@host/db",
      "postgres://me:hush/hush@host/db",
      "postgresql:///db?pool_max=0",
    ])
      await assert.rejects(
        openStore(url),
        (error: Error) => refusal(/database URL/)(error) && !/hush|me:/.test(error.message),
        url,
      );
  });

  it("may name nothing else, and the refusal shows no password", async () => {
    for (const url of ["", "data/carillon.db", "sqlite:", "mysql://host/db", "sqlite"])
      await assert.rejects(openStore(url), refusal(/must be sqlite:PATH.*or postgres:/));
    for (const url of [
      "mysql://user:secret@host/db",
      "mysql://user:secret/part@host/db",
      "mysql:user:secret@host/db",
      "mysql://host/db?password=secret",
    ])
      await assert.rejects(
        openStore(url),
        (error: Error) => refusal(/mysql:/)(error) && !error.message.includes("secret"),
      );
  });
});
