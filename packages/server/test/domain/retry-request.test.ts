import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { deliveryStates, mayBecome } from "../../src/domain/delivery.ts";
import { type ErrorCode, errorCodes } from "../../src/domain/error-codes.ts";
import { recipientKey } from "../../src/domain/ids.ts";
import {
  isSameRetry,
  isToRetry,
  leftUncertain,
  neverRetried,
  type RetryRequest,
  retriableStates,
} from "../../src/domain/retry-request.ts";

const codes = Object.keys(errorCodes) as ErrorCode[]; // the table's keys are the codes
const request = fc.record({
  states: fc.subarray([...retriableStates], { minLength: 1 }),
  codes: fc.option(fc.subarray(codes, { minLength: 1 })),
});
const row = fc.record({
  recipient: fc.constantFrom("user:a", "chat:b", "team:c").map(recipientKey),
  state: fc.constantFrom(...deliveryStates),
  code: fc.option(fc.constantFrom(...codes)),
});

describe("a request for retries", () => {
  it("never means what Teams accepted, nor what is under way, nor one who was no recipient", () => {
    fc.assert(
      fc.property(request, row, (asked, one) => {
        if (!isToRetry(asked, one)) return;
        assert.ok(mayBecome(one.state, "pending") && one.state !== "sending");
        assert.ok(one.code !== null && !neverRetried.includes(one.code));
        assert.ok(!one.recipient.startsWith("team:"));
      }),
    );
  });

  it("means each row of a named state and code, and no other; one that was left only by its code", () => {
    fc.assert(
      fc.property(request, row, (asked, one) => {
        const { code, recipient } = one;
        if (code === null || neverRetried.includes(code) || recipient.startsWith("team:")) return;
        const isNamed = asked.states.some((state) => state === one.state);
        const isCoded = asked.codes === null ? code !== leftUncertain : asked.codes.includes(code);
        assert.equal(isToRetry(asked, one), isNamed && isCoded);
      }),
    );
  });

  it("is the same as another that names the same in another order", () => {
    const one: RetryRequest = {
      states: ["failed", "skipped"],
      codes: ["TEAMS_REJECTED", "TEAMS_TOO_BIG"],
    };
    const reversed = { states: one.states.toReversed(), codes: one.codes?.toReversed() ?? null };
    assert.ok(isSameRetry(one, reversed));
    fc.assert(
      fc.property(request, request, (a, b) => {
        const names = (asked: typeof a) => JSON.stringify([asked.states, asked.codes]);
        assert.equal(isSameRetry(a, b), names(a) === names(b));
      }),
    );
  });
});
