import type { ConnectorOperation } from "../faults/plan.ts";
import { asObject, asString, isObject, type Json, type JsonObject, parseJson } from "../json.ts";
import { findPerson } from "../state/find-person.ts";
import type { World } from "../state/world.ts";
import type { WireAnswer, WireRequest } from "../wire.ts";
import type { ConnectorAddress } from "./address.ts";
import { refuse } from "./errors.ts";
import { type Place, placeOf } from "./place.ts";
import { type ConnectorRoute, matchRoute } from "./route.ts";

/** A request to the connector, understood but not yet judged. */
export interface Call {
  readonly operation: ConnectorOperation;
  readonly route: ConnectorRoute;
  readonly query: URLSearchParams;
  /** The parsed body; an empty object where there is none. */
  readonly body: JsonObject;
  /** The body as received. */
  readonly raw: string;
  /** The conversation in the path, or the one that a create is about; null where it is unknown. */
  readonly place: Place | null;
  /** As the client wrote it. */
  readonly conversationId: string | null;
  readonly person: number | null;
}

/** The call, or the answer where it cannot be understood. Null: no such route. */
export function readCall(
  world: World,
  request: WireRequest,
  address: ConnectorAddress,
): Call | WireAnswer | null {
  const route = matchRoute(request.method, address.rest);
  if (!route) return null;
  const query = new URLSearchParams(address.query);
  if (query.get("isTargetedActivity") === "true") return null;
  const body = route.hasBody ? parseJson(request.body) : {};
  if (!isObject(body)) return refuse("bad-argument", { message: "The body is no JSON object." });
  const common = { route, query, body, raw: request.body };
  if (route.name === "create") return { ...common, ...createSubject(world, body) };
  const { conversationId } = route;
  const place = placeOf(world, conversationId);
  const person = place?.kind === "person" ? place.person : null;
  return { ...common, operation: route.name, place, conversationId, person };
}

/** Whether an answer came instead of a call. */
export function isAnswer(result: Call | WireAnswer): result is WireAnswer {
  return "status" in result;
}

/** The id of the channel that a new thread is asked for, old spellings included. */
export function channelOfCreate(body: JsonObject): string | undefined {
  const channelData = asObject(body.channelData);
  return (
    asString(asObject(channelData.channel).id) ??
    asString(channelData.teamsChannelId) ??
    asString(asObject(channelData.team).id) ??
    asString(channelData.teamsTeamId)
  );
}

/** The only member's id, or undefined where there is not exactly one. */
export function memberOfCreate(body: JsonObject): string | undefined {
  const { members } = body;
  if (!Array.isArray(members) || members.length !== 1) return undefined;
  return asString(asObject(members[0] as Json).id);
}

function createSubject(
  world: World,
  body: JsonObject,
): Pick<Call, "operation" | "place" | "conversationId" | "person"> {
  if (body.isGroup === true) {
    const channel = channelOfCreate(body);
    const place = channel === undefined ? null : placeOf(world, channel);
    return {
      operation: "create-thread",
      place: place?.kind === "channel" ? place : null,
      conversationId: channel ?? null,
      person: null,
    };
  }
  const member = memberOfCreate(body);
  // A UPN finds nobody here: the connector takes Teams ids and object ids only.
  const isId = member !== undefined && !member.includes("@") && !member.startsWith("a:");
  const person = isId && !/^\d+$/.test(member) ? findPerson(world.config.source, member) : null;
  return { operation: "create-conversation", place: null, conversationId: null, person };
}
