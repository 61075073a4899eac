import type { Audience, Target } from "./target.ts";
import { parseReference } from "./target-reference.ts";
import { type ParsedTarget, type RefusedTarget, refuse, unsupported } from "./target-refusal.ts";
import { isGuid, type TeamsIdForm, teamsIdForm } from "./teams-id.ts";

/** An audience whose every item was recognised, or the refusal of its first bad item, named by its place. */
export type ParsedAudience = { readonly ok: true; readonly audience: Audience } | RefusedTarget;

/**
 * Recognises one `to` or audience item. Never throws. Refuses what Teams cannot do with TARGET_UNSUPPORTED, the platform's
 * reason and what to do instead; refuses what is not of our form with REQUEST_INVALID. Says nothing of whether we know the target.
 */
export function parseTarget(value: unknown): ParsedTarget {
  if (!isObject(value)) return refuse(`A target is an object such as {"user": "…"}. ${kindsHint}`);
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  const impossible = keys.find((key) => Object.hasOwn(impossibleKinds, key));
  if (impossible !== undefined) return unsupported(impossibleKinds[impossible] ?? "");
  const later = keys.find((key) => key === "group" || key === "list");
  if (later !== undefined)
    return refuse(`A target by {"${later}"} comes in a later version. ${kindsHint}`);
  const kind = keys.find((key) => Object.hasOwn(parsers, key));
  if (kind === undefined) return refuse(`This is no kind of target that we know. ${kindsHint}`);
  const extra = keys.find((key) => key !== kind && !(kind === "team" && key === "as"));
  if (extra !== undefined)
    return refuse(
      `A target has one kind, and this one has "${kind}" and "${quote(extra)}". Give two targets instead.`,
    );
  const parse = parsers[kind];
  return parse === undefined ? refuse(kindsHint) : parse(value[kind], value);
}

/** Recognises an audience: `include` with at least one item, and `exclude`. Never throws; the reason names the item's place. */
export function parseAudience(value: unknown): ParsedAudience {
  if (!isObject(value))
    return refuse(`An audience is {"include": [targets], "exclude": [targets]}.`);
  const extra = Object.keys(value).find((key) => key !== "include" && key !== "exclude");
  if (extra !== undefined)
    return refuse(`An audience has "include" and "exclude", and no "${quote(extra)}".`);
  if (!Array.isArray(value.include) || value.include.length === 0)
    return refuse(`"include" must be a list with at least one target.`);
  const include = parseList("include", value.include);
  if (!include.ok) return include;
  if (value.exclude === undefined) return { ok: true, audience: { include: include.targets } };
  if (!Array.isArray(value.exclude)) return refuse(`"exclude" must be a list of targets.`);
  const exclude = parseList("exclude", value.exclude);
  if (!exclude.ok) return exclude;
  return { ok: true, audience: { include: include.targets, exclude: exclude.targets } };
}

function parseList(
  name: string,
  values: readonly unknown[],
): { readonly ok: true; readonly targets: readonly Target[] } | RefusedTarget {
  const targets: Target[] = [];
  for (const [index, value] of values.entries()) {
    const parsed = parseTarget(value);
    if (!parsed.ok) return { ...parsed, reason: `${name}[${index}]: ${parsed.reason}` };
    targets.push(parsed.target);
  }
  return { ok: true, targets };
}

const kindsHint =
  'Targets are {"user"}, {"conversation"}, {"reference"}, {"channel"}, {"thread": {"channel", "rootId"}}, ' +
  '{"team", "as"}, {"chat"} and {"everyone": true}.';

const groupChat =
  "A bot cannot create a group chat: Teams refuses every such request. Name the people one by one, so that each gets the " +
  'message in their own chat, or add the bot to a group chat and use {"chat": "19:…@thread.v2"}.';
const mail =
  "A bot has no way to write to a mail address that is not a person, such as a distribution list or a shared mailbox. " +
  'Name people by {"user": …}, or a team by {"team": …, "as": "members"}.';

const impossibleKinds: Readonly<Record<string, string>> = {
  users: groupChat,
  members: groupChat,
  email: mail,
  mail,
  mailbox: mail,
  distributionList: mail,
  phone: 'Teams gives a bot no chat by phone number. Name the person by {"user": …}.',
  tag: 'A bot cannot address a tag. Name the people one by one, or the team by {"team": …, "as": "members"}.',
  bot: 'A bot cannot write to another bot. Name a person by {"user": …}.',
};

type TargetParser = (value: unknown, whole: { readonly [key: string]: unknown }) => ParsedTarget;

const parsers: Readonly<Record<string, TargetParser>> = {
  user: (value) => withId("user", value, userOf),
  conversation: (value) => withId("conversation", value, conversationOf),
  reference: parseReference,
  channel: (value) => withId("channel", value, channelOf),
  thread: threadOf,
  team: (value, whole) => withId("team", value, (id) => teamOf(id, whole.as)),
  chat: (value) =>
    isObject(value) || Array.isArray(value)
      ? unsupported(groupChat)
      : withId("chat", value, chatOf),
  everyone: (value) =>
    value === true
      ? { ok: true, target: { everyone: true } }
      : refuse('"everyone" is written {"everyone": true}, or left out.'),
};

const idLengthMax = 1024;

function withId(kind: string, value: unknown, then: (id: string) => ParsedTarget): ParsedTarget {
  if (typeof value !== "string" || value.trim() === "")
    return refuse(`"${kind}" must be an id, as a string.`);
  if (value.length > idLengthMax) return refuse(`"${kind}" is longer than any id.`);
  const id = value.trim();
  if (/[\s\p{Cc}]/u.test(id)) return refuse(`"${kind}" has a space or control character in it.`);
  return then(id);
}

function userOf(id: string): ParsedTarget {
  const form = teamsIdForm(id);
  if (form === "guid") return { ok: true, target: { user: id.toLowerCase() } };
  if (form === "upn") return { ok: true, target: { user: id } };
  if (form === "user")
    return isGuid(id.slice(3))
      ? unsupported(
          `Teams takes an object id without a prefix: use {"user": "${id.slice(3).toLowerCase()}"}.`,
        )
      : { ok: true, target: { user: id } };
  return wrongForm("user", id, form);
}

function conversationOf(id: string): ParsedTarget {
  const form = teamsIdForm(id);
  const isPerson = ["guid", "upn", "user", "bot", "internal-user"].includes(form);
  return isPerson
    ? wrongForm("conversation", id, form)
    : { ok: true, target: { conversation: id } };
}

function channelOf(id: string): ParsedTarget {
  const form = teamsIdForm(id);
  return form === "channel"
    ? { ok: true, target: { channel: id } }
    : wrongForm("channel", id, form);
}

function chatOf(id: string): ParsedTarget {
  const form = teamsIdForm(id);
  return form === "group-chat" ? { ok: true, target: { chat: id } } : wrongForm("chat", id, form);
}

function teamOf(id: string, as: unknown): ParsedTarget {
  const form = teamsIdForm(id);
  if (form === "guid")
    return refuse(
      `"team" takes the team's "19:" id, not the guid of its group. \`carillon teams\` lists the ids.`,
    );
  if (form !== "channel") return wrongForm("team", id, form);
  if (as !== "members" && as !== "general")
    return refuse(
      `A team needs "as": "members" for every member's own chat, or "general" for a post in its General channel.`,
    );
  return { ok: true, target: { team: id, as } };
}

function threadOf(value: unknown): ParsedTarget {
  if (!isObject(value)) return refuse(`"thread" is {"channel": "19:…", "rootId": "…"}.`);
  const extra = Object.keys(value).find((key) => key !== "channel" && key !== "rootId");
  if (extra !== undefined)
    return refuse(`"thread" has "channel" and "rootId", and no "${quote(extra)}".`);
  const rootId = typeof value.rootId === "number" ? String(value.rootId) : value.rootId;
  return withId("thread.channel", value.channel, (channel) => {
    const form = teamsIdForm(channel);
    if (form === "group-chat" || form === "personal" || form === "one-to-one")
      return unsupported(
        'Threads exist only in channels; a chat has none. Post into the chat itself with {"chat": …} or {"conversation": …}.',
      );
    if (form !== "channel") return wrongForm("channel", channel, form);
    if (typeof rootId !== "string" || !/^\d{1,20}$/.test(rootId))
      return refuse(
        `"rootId" must be the number of the thread's root post, as in ";messageid=1776390257332".`,
      );
    return { ok: true, target: { thread: { channel, rootId } } };
  });
}

/** Refuses an id that is of another form than its place takes, and says what that form is for. */
function wrongForm(place: string, id: string, form: TeamsIdForm): ParsedTarget {
  const shown = quote(id);
  switch (form) {
    case "bot":
      return unsupported(`"${shown}" is a bot, and a bot cannot write to a bot. Name a person.`);
    case "internal-user":
      return unsupported(
        `"${shown}" is an id that Teams uses inside; its bot service does not take it. Use the person's Entra object id or UPN.`,
      );
    case "guid":
    case "upn":
    case "user":
      return refuse(`"${shown}" names a person: use {"user": …}, not {"${place}": …}.`);
    case "personal":
    case "one-to-one":
      return refuse(`"${shown}" is a personal chat: use {"conversation": …}, not {"${place}": …}.`);
    case "group-chat":
      return unsupported(
        `"${shown}" is a group chat, which has neither threads nor a team: use {"chat": …}, not {"${place}": …}.`,
      );
    case "channel":
      return refuse(
        `"${shown}" is a channel or a team: use {"channel": …} or {"team": …, "as": …}, not {"${place}": …}.`,
      );
    case "thread":
      return refuse(
        `"${shown}" is a thread: use {"thread": {"channel", "rootId"}} or {"conversation": …}, not {"${place}": …}.`,
      );
    case "other":
      return refuse(
        `"${shown}" has no form of id that "${place}" takes. ${formsHint[place] ?? ""}`,
      );
  }
}

const formsHint: Readonly<Record<string, string>> = {
  user: "It takes an Entra object id, a UPN, or a 29: id.",
  channel: "It takes 19:…@thread.tacv2 (or the older …@thread.skype).",
  team: "It takes 19:…@thread.tacv2 (or the older …@thread.skype).",
  chat: "It takes 19:…@thread.v2.",
};

function quote(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
