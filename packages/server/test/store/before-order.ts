import assert from "node:assert/strict";
import {
  campaign,
  claimedKeys,
  create,
  hold,
  keyOf,
  scope,
  turn,
} from "../../../harness/src/store-conformance/fixtures.ts";
import type { Store } from "../../src/engine/ports/store.ts";

const { botId, tenantId } = scope;
const columns = `tenant_id, campaign_id, bot_id, kind, name, state, priority, on_uncertain, created_at, updated_at, pending, failed,
  queue, next_due_at, retries`;
const values = (id: string, createdAt: number, rest: string) =>
  `('${tenantId}', '${id}', '${botId}', 'notification', '', 'sending', 1, 'resend', ${createdAt}, 1000, ${rest})`;

/** Fills a database of the schema before campaigns were numbered: two messages, and a campaign with a retry that waits. */
export const beforeOrder = `
INSERT INTO campaigns (${columns}) VALUES
  ${values("ntf_a", 900, "1, 0, 0, 1000, NULL")},
  ${values("ntf_z", 800, "1, 0, 0, 1000, NULL")},
  ${values("ntf_failed", 700, `0, 1, NULL, NULL, '[{"states":["failed"],"codes":null,"before":1500,"at":0,"after":""}]'`)};
INSERT INTO campaign_codes VALUES ('${tenantId}', 'ntf_failed', 'failed', 'TEAMS_REJECTED', 1);
INSERT INTO deliveries (tenant_id, campaign_id, recipient_key, state, ordinal, due_at, updated_at, code) VALUES
  ('${tenantId}', 'ntf_a', '${keyOf(2)}', 'pending', 0, 1000, 1000, NULL),
  ('${tenantId}', 'ntf_z', '${keyOf(1)}', 'pending', 0, 1000, 1000, NULL),
  ('${tenantId}', 'ntf_failed', '${keyOf(4)}', 'failed', 0, 1000, 1000, 'TEAMS_REJECTED');`;

/** What was there goes on by its age, what comes now stands behind it, and the retry is carried out. */
export async function assertGoesOn(store: Store): Promise<void> {
  await create(store, campaign("ntf_b", { createdAt: 1 }), [3]);
  const held = await hold(store);
  const keys = [];
  for (let n = 0; n < 3; n += 1)
    keys.push(...claimedKeys(await turn(store, held, { claim: 1, now: 2_000 })));
  assert.deepEqual(keys, [1, 2, 3].map(keyOf));
  const { id } = campaign("ntf_failed");
  assert.deepEqual(await store.ledger.retryRows(id, 10, 2_000), { retried: 1, isDone: true });
}
