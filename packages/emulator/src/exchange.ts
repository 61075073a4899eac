import { header, notEmulated } from "./answer.ts";
import { parseAddress, segmentsOf } from "./connector/address.ts";
import { refuse } from "./connector/errors.ts";
import { type Served, serveConnector } from "./connector/serve.ts";
import { serveControl } from "./control/routes.ts";
import type { Emulator } from "./emulator.ts";
import type { Fault } from "./faults/plan.ts";
import { serveGraph } from "./graph/serve.ts";
import { serveOpenId } from "./openid/routes.ts";
import { recordViolation, type World } from "./state/world.ts";
import { serveLoginMetadata } from "./token/metadata.ts";
import { serveToken, tokenSegment } from "./token/routes.ts";
import { serveViewer } from "./viewer/routes.ts";
import { ConnectionReset, type WireAnswer, type WireRequest } from "./wire.ts";

/** One request to any of the services. Rejects with `ConnectionReset` where a fault resets the connection. */
export async function exchange(
  world: World,
  emulator: Emulator,
  request: WireRequest,
): Promise<WireAnswer> {
  const at = world.clock.now();
  const mark = request.target.indexOf("?");
  const path = mark === -1 ? request.target : request.target.slice(0, mark);
  const query = mark === -1 ? "" : request.target.slice(mark + 1);
  const segments = segmentsOf(path);
  if (segments === null)
    return refuse("bad-argument", { message: "The path is not well encoded." });
  const address = parseAddress(segments, query);
  const inside = address ? null : await serveInside(emulator, request, segments);
  if (inside) return inside;
  const { answer, delayMs, ...about } = address
    ? serveConnector(world, request, address)
    : serveOutside(world, request, segments);
  record(world, { at, request, path, ...about }, answer instanceof ConnectionReset ? null : answer);
  if (delayMs > 0) await world.clock.sleep(delayMs);
  if (answer instanceof ConnectionReset) throw answer;
  return withRequestId(world, answer);
}

/** What is no part of Teams: controls and viewer. */
async function serveInside(
  emulator: Emulator,
  request: WireRequest,
  segments: readonly string[],
): Promise<WireAnswer | null> {
  if (segments[0] === "_emulator") return await serveControl(emulator, request, segments.slice(1));
  return await serveViewer(emulator, request, segments);
}

function serveOutside(world: World, request: WireRequest, segments: readonly string[]): Served {
  const plain = (answer: WireAnswer, operation: string): Served => ({
    answer,
    operation,
    fault: null,
    delayMs: 0,
  });
  if (segments[0] === "graph") return serveGraph(world, request, segments.slice(1));
  judgeStrayToken(world, request);
  const tenant = tokenSegment(segments);
  if (tenant !== null) return { ...serveToken(world, request, tenant), operation: "token" };
  const keys =
    serveOpenId(world, request.method, segments.join("/")) ??
    serveLoginMetadata(world, request.method, segments);
  if (keys) return plain(keys, "openid");
  world.note(`not imitated: ${request.method} ${request.target}`);
  return plain(notEmulated(`${request.method} /${segments.join("/")}`), "unknown");
}

/** A bearer token has no business outside connector and Graph. */
function judgeStrayToken(world: World, request: WireRequest): void {
  if (!header(request, "authorization")?.toLowerCase().startsWith("bearer ")) return;
  recordViolation(world, {
    kind: "wrong-audience",
    operation: "unknown",
    conversationId: null,
    detail: `a bearer token came to ${request.target.split("?")[0]}`,
  });
}

function record(
  world: World,
  what: {
    readonly at: number;
    readonly request: WireRequest;
    readonly path: string;
    readonly operation: string;
    readonly fault: Fault | null;
  },
  answer: WireAnswer | null,
): void {
  const status = answer?.status ?? 0;
  const { byStatus } = world.totals;
  byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
  world.log.push({
    at: what.at,
    method: what.request.method,
    path: what.path,
    operation: what.operation,
    status,
    code: answer && status >= 400 ? codeIn(answer.body) : null,
    fault: what.fault?.kind ?? null,
  });
}

function codeIn(body: string): string | null {
  return /\\?"(?:code|subCode|error)\\?":\s*\\?"([^"\\]+)/.exec(body)?.[1] ?? null;
}

/** As Teams does, so that clients have something to name when they ask for help. */
function withRequestId(world: World, answer: WireAnswer): WireAnswer {
  world.totals.answers += 1;
  return {
    status: answer.status,
    headers: { ...answer.headers, "ms-cv": `emulator.${world.totals.answers}` },
    body: answer.body,
  };
}
