import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { barLine, type Progress, plainLine } from "../../src/cli/terminal/progress.ts";
import { createScreen, type TextSink, tableWidth } from "../../src/cli/terminal/screen.ts";
import { createStyle, wantsColor } from "../../src/cli/terminal/style.ts";
import { tableLines } from "../../src/cli/terminal/table.ts";
import { cut, displayWidth, pad, printable } from "../../src/cli/terminal/width.ts";
import { durationWords, rateWords, shareWords } from "../../src/cli/terminal/words.ts";

const plain = createStyle(false);
const anyText = fc.string({
  unit: fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("名", "가", "é", "👩‍👩‍👧", "a")),
  maxLength: 12,
});

describe("the width of text", () => {
  it("counts East Asian wide characters and emoji as two, marks and joiners as none", () => {
    assert.equal(displayWidth("Zoë"), 3);
    assert.equal(displayWidth("Zoe\u0308"), 3);
    assert.equal(displayWidth("山田 太郎"), 9);
    assert.equal(displayWidth("ﾔﾏﾀﾞ"), 4);
    assert.equal(displayWidth("김민준"), 6);
    assert.equal(displayWidth("👩‍👩‍👧!"), 3);
    assert.equal(displayWidth("❤️"), 2);
    assert.equal(displayWidth("\u200bx"), 1);
  });
  it("never grows beyond what text is cut and padded to", () => {
    fc.assert(
      fc.property(anyText, fc.nat(20), (text, columns) => {
        const shown = cut(printable(text), columns);
        assert.ok(displayWidth(shown) <= columns);
        assert.equal(displayWidth(pad(shown, columns)), columns);
        assert.equal(displayWidth(pad(shown, columns, "right")), columns);
      }),
    );
  });
  it("cannot be changed by control characters in names", () => {
    assert.equal(printable("a\u001b[31mb\nc\u202ed"), "a [31mb c d");
  });
});

describe("a table", () => {
  const columns = [
    { title: "name", shrinks: true },
    { title: "count", align: "right" as const },
  ];
  it("lines its columns up, also with wide characters", () => {
    const rows = [
      ["山田 太郎", "7"],
      ["Ana", "1,234"],
    ];
    assert.deepEqual(tableLines(columns, rows, { width: 40, style: plain }), [
      "NAME       COUNT",
      "山田 太郎      7",
      "Ana        1,234",
    ]);
  });
  it("stays within the terminal as long as something gives way", () => {
    const row = fc.tuple(anyText, fc.nat(99_999).map(String));
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 5 }),
        fc.integer({ min: 16, max: 60 }),
        (rows, width) => {
          for (const line of tableLines(columns, rows, { width, style: plain }))
            assert.ok(displayWidth(line) <= width, `${line} in ${width}`);
        },
      ),
    );
  });
});

describe("the progress line", () => {
  const progress: Progress = {
    label: "Sending",
    done: 312,
    total: 484,
    perSecond: 49.8,
    etaSeconds: 3.4,
  };
  it("says how much is done, how fast it goes and how long it takes", () => {
    assert.equal(plainLine(progress), "Sending: 312 of 484  64 %  49.8/s  3 s left");
  });
  it("shows a bar that is as full as the share that is done", () => {
    const bar = (done: number) => barLine({ ...progress, done, total: 100 }, 100, plain);
    assert.equal(bar(0).split("█").length - 1, 0);
    assert.equal(bar(100).split("█").length - 1, 40);
    assert.equal(bar(50).split("█").length - 1, 20);
  });
  it("never exceeds the terminal, and never says 100 % too early", () => {
    fc.assert(
      fc.property(
        fc.nat(2000),
        fc.nat(2000),
        fc.integer({ min: 30, max: 120 }),
        fc.boolean(),
        (done, more, width, noted) => {
          const shown: Progress = {
            ...progress,
            done,
            total: done + more,
            ...(noted ? { note: "waiting for Teams" } : {}),
          };
          for (const color of [true, false]) {
            const line = stripVTControlCharacters(barLine(shown, width, createStyle(color)));
            assert.ok(displayWidth(line) <= width, `${line} in ${width}`);
          }
          if (more > 0) assert.doesNotMatch(plainLine(shown), /100 %/);
        },
      ),
    );
  });
});

describe("the screen", () => {
  function screen(isTerminal: boolean) {
    const written: string[] = [];
    const at = { ms: 0 };
    const sink: TextSink = {
      isTerminal,
      columns: () => 80,
      color: false,
      write: (text) => written.push(text),
    };
    return { written, at, screen: createScreen(sink, () => at.ms) };
  }
  const progress = (done: number): Progress => ({
    label: "Sending",
    done,
    total: 10,
    perSecond: 1,
    etaSeconds: 1,
  });

  it("writes one plain line every five seconds into a pipe, and the last one", () => {
    const { written, at, screen: pipe } = screen(false);
    for (let second = 0; second <= 11; second += 1) {
      at.ms = second * 1000;
      pipe.progress(progress(Math.min(9, second)));
    }
    pipe.settle(progress(10));
    assert.deepEqual(
      written.map((line) => line.split("  ")[0]),
      ["Sending: 0 of 10", "Sending: 5 of 10", "Sending: 9 of 10", "Sending: 10 of 10"],
    );
    assert.ok(!written.join("").includes("\u001b") && !written.join("").includes("\r"));
  });
  it("tells a pipe at once that something else goes on, and that there is trouble", () => {
    const { written, at, screen: pipe } = screen(false);
    for (const label of ["Expanding", "Sending", "Paused"]) {
      at.ms += 1;
      pipe.progress({ ...progress(1), label });
      pipe.progress({ ...progress(2), label });
    }
    pipe.progress({ ...progress(2), label: "Paused", note: "no answer" });
    assert.deepEqual(
      written.map((line) => line.split(":")[0]),
      ["Expanding", "Sending", "Paused", "Paused"],
    );
    assert.match(written.at(-1) ?? "", /no answer/);
  });
  it("gives a table in a pipe the room that it wants", () => {
    const sink = { columns: () => 80, color: false, write: () => undefined };
    assert.equal(tableWidth({ ...sink, isTerminal: true }), 80);
    assert.equal(tableWidth({ ...sink, isTerminal: false }), Number.POSITIVE_INFINITY);
  });
  it("redraws in place on a terminal, and prints lines above", () => {
    const { written, screen: terminal } = screen(true);
    terminal.progress(progress(1));
    terminal.print("hello");
    terminal.settle(progress(10));
    terminal.print("bye");
    assert.ok(written.every((text) => text === "\n" || text === "bye\n" || text.startsWith("\r")));
    assert.equal(written[1], "\r\u001b[2Khello\n");
    assert.match(written[2] ?? "", /1 of 10/);
    assert.equal(written.at(-1), "bye\n");
  });
});

describe("words", () => {
  it("tell a length of time in the two units that matter", () => {
    const cases = {
      0.2: "0 s",
      59.4: "59 s",
      125: "2 min 5 s",
      120: "2 min",
      12000: "3 h 20 min",
      187200: "2 d 4 h",
    };
    for (const [seconds, words] of Object.entries(cases))
      assert.equal(durationWords(Number(seconds)), words);
  });
  it("never round a share to none or all", () => {
    assert.equal(shareWords(1, 100_000), "<0.1 %");
    assert.equal(shareWords(99_999, 100_000), ">99.9 %");
    assert.equal(shareWords(0, 5), "0.0 %");
    assert.equal(shareWords(5, 5), "100.0 %");
    assert.equal(shareWords(0, 0), "");
  });
  it("tell a rate", () => {
    assert.equal(rateWords(49.83), "49.8/s");
    assert.equal(rateWords(5012.4), "5,012/s");
  });
});

describe("colours", () => {
  it("are used on a terminal, unless NO_COLOR says otherwise", () => {
    assert.equal(wantsColor(true, {}), true);
    assert.equal(wantsColor(false, {}), false);
    assert.equal(wantsColor(true, { NO_COLOR: "1" }), false);
    assert.equal(wantsColor(true, { NO_COLOR: "" }), true);
    assert.equal(wantsColor(true, { TERM: "dumb" }), false);
    assert.equal(wantsColor(false, { FORCE_COLOR: "1", NO_COLOR: "1" }), true);
    assert.equal(wantsColor(true, { FORCE_COLOR: "0" }), false);
  });
});
