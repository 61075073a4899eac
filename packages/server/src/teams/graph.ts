import type { JsonObject } from "../domain/message.ts";
import type { Signal } from "../domain/signal.ts";
import type { Graph, GraphAnswer, GraphUser } from "../engine/ports/graph.ts";
import type { CallerDeps } from "./caller.ts";
import type { CloudSettings } from "./clouds.ts";
import {
  fromGraphFailure,
  fromGraphTokenFailure,
  fromStaleGraphToken,
  type ReadGraphAnswer,
  readGraphOutcome,
} from "./graph-outcome.ts";
import { idOf, textOf } from "./json.ts";
import { segment } from "./paths.ts";
import type { Token } from "./token-source.ts";

export interface GraphOptions {
  readonly cloud: Pick<CloudSettings, "graphUrl">;
  /** For one request, waiting for a connection included. Default 5,000: whoever asks has other ways to find out. */
  readonly timeoutMs?: number;
}

/**
 * The Graph client. Every call answers an outcome, whatever happens; the token is of the tenant asked about, and goes to the cloud's
 * Graph root alone: no address in an answer is ever followed. After a refusal for which the token is likely to blame, or which
 * a later consent may end, the next call has a fresh one.
 */
export function createGraph(deps: CallerDeps, options: GraphOptions): Graph {
  const { tokens } = deps;
  return {
    async findUser(tenantId, name, signal) {
      const path = `${userPath(name)}?$select=id,userPrincipalName,displayName,userType`;
      return answered(await get(deps, options, { tenantId, path, signal }), userOf);
    },
    prepare(tenantId) {
      const request = { tenantId, audience: "graph" } as const;
      return tokens.isReady(request) ? null : tokens.token(request).then(() => {});
    },
  };
}

/** The path of a user. A name that begins with `$` would be taken for an option of the query, so it stands in brackets. */
export function userPath(name: string): string {
  if (!name.startsWith("$")) return `users/${segment(name)}`;
  return `users('${segment(name.replaceAll("'", "''"))}')`;
}

/** What a call asks for: a path below the version, percent-encoded. */
interface Asked {
  readonly tenantId: string;
  readonly path: string;
  readonly signal: Signal | undefined;
}

async function get(
  { transport, tokens, clock }: CallerDeps,
  { cloud, timeoutMs = 5_000 }: GraphOptions,
  { tenantId, path, signal }: Asked,
): Promise<ReadGraphAnswer> {
  const token = await tokens.token({ tenantId, audience: "graph" });
  if (token.kind === "failure") return fromGraphTokenFailure(token);
  const startedAt = clock.now();
  const result = await transport.request({
    method: "GET",
    url: `${cloud.graphUrl}/v1.0/${path}`,
    headers: headersOf(token),
    timeoutMs,
    signal,
  });
  const now = clock.now();
  const latencyMs = Math.max(0, now - startedAt);
  if (result.kind === "failed") return fromGraphFailure(result, latencyMs);
  const { status, headers, body } = result;
  const answer = readGraphOutcome({ status, headers, body, latencyMs, now });
  if (answer.outcome.kind !== "refused") return answer;
  // What an admin consents to is in later tokens only.
  const isAnotherToBeHad = tokens.drop(token);
  return answer.outcome.reason === "token-refused" && isAnotherToBeHad
    ? fromStaleGraphToken(answer)
    : answer;
}

function headersOf({ authorization }: Token): readonly string[] {
  return ["authorization", authorization, "accept", "application/json", "user-agent", "carillon"];
}

function answered<T>(
  { outcome, evidence, usage, object }: ReadGraphAnswer,
  read: (object: JsonObject) => T,
): GraphAnswer<T> {
  return object === null
    ? { outcome, evidence, usage }
    : { outcome, evidence, usage, value: read(object) };
}

function userOf(user: JsonObject): GraphUser {
  const userPrincipalName = textOf(user.userPrincipalName);
  return {
    id: idOf(user.id) ?? "",
    userPrincipalName,
    name: textOf(user.displayName),
    isGuest: user.userType === "Guest" || (userPrincipalName?.includes("#EXT#") ?? false),
  };
}
