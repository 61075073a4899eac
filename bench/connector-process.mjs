// A stand-in for Teams in a process of its own: tokens, the keys of its own tokens, and a connector that takes every message, or,
// with `rps`, no more than so many in any second. Options: {rps, latencyMs, jwks, port}.
import { answerParent, childOptions } from "./parts/child.mjs";
import { listenPlainly } from "./parts/http-server.mjs";
import { unsignedToken } from "./parts/tokens.mjs";

const { rps = 0, latencyMs = 0, jwks = { keys: [] }, port = 0 } = childOptions();
const counts = { requests: 0, accepted: 0, throttled: 0 };
/** Instants, epoch ms, at which messages were taken. */
let instants = [];
/** When a message with a mark (`mark-…`) came first. */
let marked = {};
let windowStarts = [];
let url = "";

const token = JSON.stringify({
  token_type: "Bearer",
  expires_in: 86_400,
  access_token: unsignedToken(),
});

function answer(method, path, body) {
  if (path.endsWith("/token")) return { status: 200, body: token };
  if (method === "GET") return documentAt(path);
  const now = performance.timeOrigin + performance.now();
  counts.requests += 1;
  if (rps > 0 && !fits(now)) {
    counts.throttled += 1;
    return {
      status: 429,
      headers: "retry-after: 1\r\n",
      body: '{"error":{"code":"TooManyRequests"}}',
    };
  }
  if (!path.includes("/activities")) return { status: 201, body: '{"id":"a:created"}' };
  counts.accepted += 1;
  instants.push(now);
  const mark = /mark-[a-z0-9]+/.exec(body)?.[0];
  if (mark !== undefined) marked[mark] ??= now;
  return { status: 201, body: `{"id":"${counts.accepted}"}` };
}

function documentAt(path) {
  if (path === "/openid") return { status: 200, body: JSON.stringify({ jwks_uri: `${url}/keys` }) };
  if (path === "/keys") return { status: 200, body: JSON.stringify(jwks) };
  return { status: 404 };
}

/** Whether one more is within the limit of the last second. */
function fits(now) {
  windowStarts = windowStarts.filter((at) => at > now - 1000);
  if (windowStarts.length >= rps) return false;
  windowStarts.push(now);
  return true;
}

url = await listenPlainly(answer, { latencyMs, port });
answerParent(
  {
    counts: () => ({ ...counts }),
    instants: () => instants,
    marked: () => marked,
    reset() {
      Object.assign(counts, { requests: 0, accepted: 0, throttled: 0 });
      instants = [];
      marked = {};
    },
  },
  url,
);
