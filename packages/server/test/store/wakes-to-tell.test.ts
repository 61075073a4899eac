import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { botId, campaignId, tenantId } from "../../src/domain/ids.ts";
import type { Wake } from "../../src/engine/ports/wakes.ts";
import { readWake, textOfWake, WakesToTell } from "../../src/store/postgres/wakes-to-tell.ts";

const bot = botId("b");
const work = (tenant: string, urgent = 0): Wake => {
  return { kind: "work", botId: bot, tenantId: tenantId(tenant), urgent };
};
const moved = (tenant: string, id: string): Wake => {
  return { kind: "moved", botId: bot, tenantId: tenantId(tenant), id: campaignId(id) };
};
const all: Wake = { kind: "all" };

function takenOf(wakes: readonly Wake[]): readonly Wake[] {
  const untold = new WakesToTell();
  for (const wake of wakes) untold.add(wake);
  return untold.take(10_000);
}

describe("what is to be told to other processes", () => {
  it("is told once for each lane and campaign, with what is urgent summed up", () => {
    const told = takenOf([work("t", 2), moved("t", "c"), work("u"), work("t", 3), moved("t", "c")]);
    assert.deepEqual(told, [work("t", 5), moved("t", "c"), work("u")]);
  });

  it("is that everything is to be looked at, where it would be too much", () => {
    const many = Array.from({ length: 300 }, (_, n) => moved("t", `c${n}`));
    assert.deepEqual(takenOf(many), [all]);
    assert.deepEqual(takenOf([work("t"), all, work("u")]), [all]);
  });

  it("goes out in parts", () => {
    const untold = new WakesToTell();
    for (let n = 0; n < 5; n += 1) untold.add(work(`t${n}`));
    assert.deepEqual(
      [untold.take(3), untold.take(3), untold.take(3)].map(({ length }) => length),
      [3, 2, 0],
    );
  });
});

describe("a hint as text", () => {
  it("is read as what it was", () => {
    const text = fc.string({ maxLength: 200, unit: "grapheme" });
    const wakes = fc.oneof(
      fc.tuple(text, fc.nat()).map(([tenant, urgent]) => work(tenant, urgent)),
      fc.tuple(text, text).map(([tenant, id]) => moved(tenant, id)),
    );
    fc.assert(
      fc.property(wakes, (wake) => {
        const told = textOfWake(wake);
        assert.ok(Buffer.byteLength(told) < 8_000);
        assert.deepEqual(readWake(told), told === textOfWake(all) ? all : wake);
      }),
    );
  });

  it("says that everything is to be looked at, where it is too long or not to be read", () => {
    assert.equal(textOfWake(moved("t".repeat(9_000), "c")), '{"kind":"all"}');
    for (const text of ["", "{", "7", "null", '{"kind":"work"}', '{"kind":"news","botId":"b"}'])
      assert.deepEqual(readWake(text), all, text);
  });
});
