import { jsonAnswer } from "../../answer.ts";
import { asObject, asString, type JsonObject } from "../../json.ts";
import { recordViolation, type World } from "../../state/world.ts";
import { personalConversationIdOf } from "../../tenant/person.ts";
import type { WireAnswer } from "../../wire.ts";
import { acceptMessage, judgeNotInstalled } from "../accept-activity.ts";
import { type Call, memberOfCreate } from "../call.ts";
import { checkActivity } from "../check-activity.ts";
import { refuse } from "../errors.ts";
import { writeRefusal } from "../place.ts";

/**
 * The personal pattern. The same person gives the same `a:` id. With an activity, the message is posted on every call, and
 * the answer has no `activityId`.
 */
export function createConversation(world: World, call: Call): WireAnswer {
  const { body, person } = call;
  const problem = syntaxProblem(world, body);
  if (problem !== null) return refuse("bad-syntax", { message: problem });
  const tenantId = tenantOf(body);
  if (tenantId !== world.config.tenantId) {
    recordViolation(world, {
      kind: "wrong-tenant",
      operation: call.operation,
      conversationId: null,
      detail: `the body names the tenant ${tenantId}`,
    });
    return refuse("not-installed");
  }
  judgeNotInstalled(world, call, person);
  if (person === null || !world.people.has(person, "installed")) return refuse("not-installed");
  if (world.people.has(person, "disabled")) return refuse("disabled-by-admin");
  const id = personalConversationIdOf(world.config.seed, person);
  const refusal = postFirst(world, call, id, person);
  if (refusal) return refusal;
  world.people.set(person, "conversation", true);
  return jsonAnswer(201, { id });
}

function syntaxProblem(world: World, body: JsonObject): string | null {
  const standard = "Incorrect conversation creation parameters";
  const member = memberOfCreate(body);
  if (member === undefined || tenantOf(body) === undefined) return standard;
  const bot = asString(asObject(body.bot).id);
  if (bot !== undefined && bot.replace(/^28:/, "") !== world.config.botAppId) return standard;
  const isPerson = member.startsWith("29:")
    ? /^29:1[\w-]{20,}$/.test(member) && !isGuid(member.slice("29:".length))
    : isGuid(member);
  return isPerson ? null : standard;
}

function isGuid(text: string): boolean {
  return /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text);
}

function tenantOf(body: JsonObject): string | undefined {
  const channelData = asObject(body.channelData);
  return asString(body.tenantId) ?? asString(asObject(channelData.tenant).id);
}

function postFirst(world: World, call: Call, id: string, person: number): WireAnswer | null {
  const { activity } = call.body;
  if (activity === undefined || activity === null) return null;
  const parsed = asObject(activity);
  const text = JSON.stringify(activity);
  const place = { kind: "person", id, person } as const;
  const refused = checkActivity(world, call, parsed, text);
  if (refused) return refused;
  const blocked = writeRefusal(world, place);
  if (blocked) return refuse(blocked);
  if (parsed.type === "message") acceptMessage(world, place, { activity: parsed, body: text });
  return null;
}
