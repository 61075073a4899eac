import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { prettyLine, safeFields } from "../../src/app/log-line.ts";
import { createLogger, type LoggerOptions } from "../../src/app/logger.ts";

function lines(options: LoggerOptions): {
  readonly written: string[];
  readonly log: ReturnType<typeof createLogger>["log"];
} {
  const written: string[] = [];
  const { log } = createLogger({ ...options, write: (line) => written.push(line) });
  return { written, log };
}

describe("the log", () => {
  it("writes one JSON object a line, with level, time, event and fields", () => {
    const { written, log } = lines({ format: "json" });
    log.warn("lane.throttled", { lane: "t1", retryAfterMs: 2000 });
    assert.equal(written.length, 1);
    assert.ok(written[0]?.endsWith("}\n"));
    const { time, ...rest } = JSON.parse(written[0] ?? "");
    assert.ok(!Number.isNaN(Date.parse(time)));
    assert.deepEqual(rest, {
      level: "warn",
      event: "lane.throttled",
      lane: "t1",
      retryAfterMs: 2000,
    });
  });

  it("writes nothing below its level", () => {
    for (const format of ["json", "pretty"] as const) {
      const { written, log } = lines({ format, level: "error" });
      log.info("store.opened");
      log.warn("lane.lost");
      log.error("store.failed");
      assert.equal(written.length, 1, format);
      const silent = lines({ format, level: "silent" });
      silent.log.error("store.failed");
      assert.deepEqual(silent.written, []);
    }
  });

  it("hides tokens and passwords, by the field's name and by the look of the text", () => {
    const secrets = {
      clientSecret: "s3cr3t",
      accessToken: "s3cr3t",
      authorization: "s3cr3t",
      detail: "401 for Bearer s3cr3t.x and eyJhbGciOiJSUzI1NiJ9.s3cr3t.sig, client_secret=s3cr3t",
      url: "postgres://me:s3cr3t@db/x",
    };
    for (const format of ["json", "pretty"] as const) {
      const { written, log } = lines({ format });
      log.error("token.failed", secrets);
      assert.equal(written.length, 1);
      assert.doesNotMatch(written.join(""), /s3cr3t/);
    }
  });

  it("keeps every event in one line, whatever its fields hold", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string({ unit: "binary" })), (fields) => {
        for (const format of ["json", "pretty"] as const) {
          const { written, log } = lines({ format });
          log.info("api.failed", fields);
          assert.equal(written.length, 1);
          assert.equal((written[0] ?? "").trimEnd().split(/[\n\r\u2028\u2029]/).length, 1);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("keeps texts short and leaves out what is no plain value", () => {
    const odd = { a: { nested: true }, b: undefined, c: "x".repeat(10_000) };
    // The type says plain values; this is what a careless cast would let through.
    const safe = safeFields(odd as unknown as Parameters<typeof safeFields>[0]);
    assert.deepEqual(Object.keys(safe), ["c"]);
    assert.equal(String(safe.c).length, 500);
  });

  it("is readable in a terminal", () => {
    const record = {
      at: Date.parse("2026-11-24T09:30:05"),
      level: "info",
      event: "service.listening",
      fields: { url: "http://127.0.0.1:3978", note: "two words", open: 0 },
    } as const;
    assert.equal(
      prettyLine(record, false),
      '09:30:05 info  service.listening url=http://127.0.0.1:3978 note="two words" open=0',
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours start with one
    assert.match(prettyLine(record, true), /\u001b\[36minfo/);
  });
});
