import type { Activity } from "../domain/activity.ts";
import { isObject, parseJson } from "./json.ts";

/** Why a body is no activity. */
export type NotAnActivity =
  | "too-large"
  | "too-deep"
  | "not-json"
  | "not-an-object"
  | "no-type"
  | "no-conversation";

export type ParsedActivity =
  | { readonly ok: true; readonly activity: Activity; readonly conversationId: string }
  | { readonly ok: false; readonly reason: NotAnActivity };

export interface ActivityBounds {
  /** UTF-16 code units. Default 1,048,576. */
  readonly charsMax?: number;
  /** Levels of nested objects and arrays. Default 64. */
  readonly depthMax?: number;
}

/**
 * Reads an inbound activity tolerantly: members we do not know are kept, members we know that have a wrong type are dropped.
 * Only a `type` and a `conversation.id` are required. Never throws, for any input.
 */
export function parseActivity(body: string, bounds: ActivityBounds = {}): ParsedActivity {
  if (body.length > (bounds.charsMax ?? 1024 * 1024)) return refused("too-large");
  if (isDeeper(body, bounds.depthMax ?? 64)) return refused("too-deep");
  const value = parseJson(body);
  if (value === undefined) return refused("not-json");
  if (!isObject(value)) return refused("not-an-object");
  // `activityShape` names every member of `Activity` that is not `unknown`, so what is left has the type.
  const activity = cleaned(value, activityShape) as Partial<Activity>;
  const { type, conversation } = activity;
  if (type === undefined || type === "") return refused("no-type");
  const conversationId = conversation?.id;
  if (conversationId === undefined || conversationId === "") return refused("no-conversation");
  return { ok: true, activity: { ...activity, type }, conversationId };
}

function refused(reason: NotAnActivity): ParsedActivity {
  return { ok: false, reason };
}

/** What a known member must be; `any` is kept as it is. */
type Shape = "string" | "boolean" | "any" | Fields | { readonly listOf: Fields };
interface Fields {
  readonly fields: { readonly [name: string]: Shape };
}

const account: Fields = {
  fields: {
    id: "string",
    name: "string",
    aadObjectId: "string",
    objectId: "string",
    givenName: "string",
    surname: "string",
    email: "string",
    userPrincipalName: "string",
    tenantId: "string",
    userRole: "string",
  },
};
const named: Fields = { fields: { id: "string", name: "string", aadGroupId: "string" } };
const withId: Fields = { fields: { id: "string" } };
const withType: Fields = { fields: { type: "string" } };

const activityShape: Fields = {
  fields: {
    type: "string",
    id: "string",
    timestamp: "string",
    localTimezone: "string",
    locale: "string",
    channelId: "string",
    serviceUrl: "string",
    from: account,
    recipient: account,
    conversation: {
      fields: {
        id: "string",
        conversationType: "string",
        tenantId: "string",
        isGroup: "boolean",
        name: "string",
      },
    },
    text: "string",
    textFormat: "string",
    summary: "string",
    attachments: { listOf: { fields: { contentType: "string", content: "any" } } },
    entities: {
      listOf: {
        fields: {
          type: "string",
          locale: "string",
          timezone: "string",
          text: "string",
          mentioned: account,
        },
      },
    },
    value: "any",
    name: "string",
    action: "string",
    replyToId: "string",
    membersAdded: { listOf: account },
    membersRemoved: { listOf: account },
    reactionsAdded: { listOf: withType },
    reactionsRemoved: { listOf: withType },
    channelData: {
      fields: {
        tenant: withId,
        team: named,
        channel: named,
        eventType: "string",
        settings: { fields: { selectedChannel: withId } },
      },
    },
  },
};

/** The object with every known member of a wrong type left out, at every known level. */
function cleaned(value: { readonly [name: string]: unknown }, shape: Fields): object {
  const kept: [string, unknown][] = [];
  for (const [name, member] of Object.entries(value)) {
    const wanted = Object.hasOwn(shape.fields, name) ? shape.fields[name] : "any";
    const clean = wanted === undefined ? undefined : fitting(member, wanted);
    if (clean !== undefined) kept.push([name, clean]);
  }
  // fromEntries defines members rather than assigning them, so that one named `__proto__` stays a mere member.
  return Object.fromEntries(kept);
}

function fitting(member: unknown, wanted: Shape): unknown {
  if (wanted === "any") return member;
  if (typeof wanted === "string") return typeof member === wanted ? member : undefined;
  if ("fields" in wanted) return isObject(member) ? cleaned(member, wanted) : undefined;
  if (!Array.isArray(member)) return undefined;
  return member.filter(isObject).map((entry) => cleaned(entry, wanted.listOf));
}

/** Whether brackets nest deeper than `depthMax`; counted in the text, before anything is built from it. */
function isDeeper(text: string, depthMax: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // a string, in which brackets do not count
        at = endOfString(text, at + 1);
        break;
      case 0x7b:
      case 0x5b:
        if (++depth > depthMax) return true;
        break;
      case 0x7d:
      case 0x5d:
        depth--;
    }
  }
  return false;
}

/** Where the string that begins at `start` has its closing quote; the text's length when it has none. */
function endOfString(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charCodeAt(at) !== 0x22)
    at += text.charCodeAt(at) === 0x5c ? 2 : 1;
  return at;
}
