import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  createEventReader,
  eventCharsMax,
  type ServerSentEvent,
} from "../src/server-sent-events.ts";

function readAll(pieces: readonly string[]): readonly ServerSentEvent[] {
  const read = createEventReader();
  return pieces.flatMap((piece) => read(piece));
}

const line = fc.string({
  unit: fc.constantFrom("a", ":", " ", "{", "é", "\u{1f514}"),
  maxLength: 6,
});
const events = fc.array(
  fc.record({
    event: fc.constantFrom("progress", "campaign"),
    data: fc.array(line, { minLength: 1 }),
  }),
  { maxLength: 4 },
);
const lineEnd = fc.constantFrom("\n", "\r\n", "\r");

describe("reading server-sent events", () => {
  it("gives the events that were written, whatever the line ends and wherever the pieces are cut", () => {
    fc.assert(
      fc.property(events, lineEnd, fc.array(fc.nat(200)), (written, end, cuts) => {
        const text = written
          .map(
            ({ event, data }) =>
              `: a comment${end}event: ${event}${end}${data.map((part) => `data: ${part}${end}`).join("")}${end}`,
          )
          .join("");
        const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort(
          (a, b) => a - b,
        );
        const pieces = [...places, text.length].map((to, index) =>
          text.slice(places[index - 1] ?? 0, to),
        );
        assert.equal(pieces.join(""), text);
        // A last lone carriage return may be half of a line end, so one more piece settles it.
        assert.deepEqual(
          readAll([...pieces, ":\n"]),
          written.map(({ event, data }) => ({ event, data: data.join("\n") })),
        );
      }),
    );
  });

  it("gives nothing for a comment, and for a block without data", () => {
    assert.deepEqual(readAll([": hello\n\n", "event: progress\n\n", "\n\n"]), []);
  });

  it("calls an event without a name `message`", () => {
    assert.deepEqual(readAll(["data: 1\n\n"]), [{ event: "message", data: "1" }]);
  });

  it("refuses an event that never ends", () => {
    const read = createEventReader();
    read(`data: ${"x".repeat(eventCharsMax - 10)}`);
    assert.throws(() => read("x".repeat(20)), /longer than any/);
  });
});
