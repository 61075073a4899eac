import assert from "node:assert/strict";
import type { Campaign } from "@carillon/client";

/** Throws unless a campaign that stands still tells why: cause, since when, what is done about it, and when it is tried again. */
export function assertTold(
  { state, attention }: Campaign,
  wanted: { readonly code: RegExp; readonly begunAt: number; readonly now: number },
): void {
  const { code, begunAt, now } = wanted;
  assert.equal(state, "sending");
  assert.match(attention?.code ?? "nothing is said", code);
  assert.ok((attention?.detail ?? "").length > 10, attention?.detail);
  assert.match(attention?.next ?? "", /by itself/);
  const since = Date.parse(attention?.since ?? "");
  assert.ok(since >= begunAt - 1000 && since <= now, `since ${attention?.since}`);
  assert.ok(since - begunAt < 2 * minute, `${since - begunAt} ms after it began`);
  assert.ok(Date.parse(attention?.retryAt ?? "") > now - 1000, `again at ${attention?.retryAt}`);
}

const minute = 60_000;
