// The physical reference: undici's pool, the body serialised once, no SDK.
import { Pool } from "undici";
import { activity, conversationIdOf, serviceUrlOf } from "../parts/bot.mjs";
import { loopSender } from "../parts/loop.mjs";
import { unsignedToken } from "../parts/tokens.mjs";

await loopSender(({ connectorUrl, concurrency }) => {
  const pool = new Pool(new URL(connectorUrl).origin, { connections: concurrency, pipelining: 1 });
  const base = new URL(serviceUrlOf(connectorUrl)).pathname;
  const body = JSON.stringify(activity);
  const headers = {
    authorization: `Bearer ${unsignedToken()}`,
    "content-type": "application/json; charset=utf-8",
  };
  return async (n) => {
    const path = `${base}v3/conversations/${encodeURIComponent(conversationIdOf(n))}/activities`;
    const answer = await pool.request({ method: "POST", path, headers, body });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(text);
  };
});
