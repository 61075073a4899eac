// The platform's own fetch, the body serialised once, no SDK.
import { activity, conversationIdOf, serviceUrlOf } from "../parts/bot.mjs";
import { loopSender } from "../parts/loop.mjs";
import { unsignedToken } from "../parts/tokens.mjs";

await loopSender(({ connectorUrl }) => {
  const base = serviceUrlOf(connectorUrl);
  const body = JSON.stringify(activity);
  const headers = {
    authorization: `Bearer ${unsignedToken()}`,
    "content-type": "application/json; charset=utf-8",
  };
  return async (n) => {
    const url = `${base}v3/conversations/${encodeURIComponent(conversationIdOf(n))}/activities`;
    const answer = await fetch(url, { method: "POST", headers, body });
    const text = await answer.text();
    if (answer.status >= 300) throw new Error(text);
  };
});
