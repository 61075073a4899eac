import { knownActions, knownElements } from "./card-types.ts";
import { cardVersionMax, executeVersionMin, refreshUserIdsMax } from "./limits.ts";
import type { Json, JsonObject } from "./message.ts";
import type { MessageFinding, MessageFindings } from "./message-finding.ts";

/**
 * Checks an Adaptive Card as its author wrote it, fields and all: problems that Teams or its clients would not forgive, and
 * warnings. What depends on a field's value is not judged. Never throws.
 */
export function checkCard(card: JsonObject): MessageFindings {
  const check: Check = {
    problems: [],
    warnings: [],
    version: versionOf(card),
    ids: new Map(),
  };
  checkRoot(check, card);
  walk(check, card, { path: "card", role: "card", spare: false, repeated: false });
  return check;
}

interface Check {
  readonly problems: MessageFinding[];
  readonly warnings: MessageFinding[];
  readonly version: number | null;
  readonly ids: Map<string, string>;
}

interface Place {
  readonly path: string;
  /** What may stand here. */
  readonly role: "card" | "element" | "action" | "any";
  /** Inside a `fallback`, which may repeat the ids of what it stands in for. */
  readonly spare: boolean;
  /** Inside a `$data` list, where each id comes several times. */
  readonly repeated: boolean;
}

function checkRoot(check: Check, card: JsonObject): void {
  if (card.type !== "AdaptiveCard")
    check.problems.push({ path: "card.type", text: 'It must be "AdaptiveCard".' });
  if (check.version === null)
    check.problems.push({ path: "card.version", text: 'It must be a version such as "1.5".' });
  else if (check.version > cardVersionMax)
    check.warnings.push({
      path: "card.version",
      text: `Version ${check.version} is newer than ${cardVersionMax}, the newest that every Teams client shows; others show the card's fallbackText.`,
    });
  const hasActions = Array.isArray(card.actions) && card.actions.length > 0;
  if (card.body !== undefined && !Array.isArray(card.body) && !isField(card.body))
    check.problems.push({ path: "card.body", text: "It must be a list of elements." });
  else if ((card.body === undefined || isEmptyList(card.body)) && !hasActions)
    check.problems.push({
      path: "card.body",
      text: "The card has neither body nor actions, so it shows nothing.",
    });
  if (card.actions !== undefined && !Array.isArray(card.actions) && !isField(card.actions))
    check.problems.push({ path: "card.actions", text: "It must be a list of actions." });
  if (card.refresh !== undefined) checkRefresh(check, card.refresh);
}

function checkRefresh(check: Check, refresh: Json): void {
  if (!isObject(refresh)) {
    check.problems.push({ path: "card.refresh", text: "It must be an object with an action." });
    return;
  }
  if (!isObject(refresh.action) || refresh.action.type !== "Action.Execute")
    check.problems.push({ path: "card.refresh.action", text: "It must be an Action.Execute." });
  if (Array.isArray(refresh.userIds) && refresh.userIds.length > refreshUserIdsMax)
    check.problems.push({
      path: "card.refresh.userIds",
      text: `It names ${refresh.userIds.length} people; Teams takes at most ${refreshUserIdsMax}.`,
    });
  if (!isEmptyList(refresh.userIds))
    check.warnings.push({
      path: "card.refresh",
      text: "Every view of the card asks the bot for a fresh one; in a broadcast that is one request for each reader and view.",
    });
}

function walk(check: Check, value: Json, at: Place): void {
  if (typeof value !== "object" || value === null) return;
  if (isArray(value)) {
    for (const [index, element] of value.entries())
      walk(check, element, { ...at, path: `${at.path}[${index}]` });
    return;
  }
  const inside = { ...at, repeated: at.repeated || value.$data !== undefined };
  checkType(check, value, inside);
  checkId(check, value, inside);
  checkLinks(check, value, inside);
  for (const [key, member] of Object.entries(value)) {
    if (notWalked.has(key)) continue;
    walk(check, member, {
      ...inside,
      path: `${at.path}.${key}`,
      role: roles[key] ?? "any",
      spare: at.spare || key === "fallback",
    });
  }
}

/** Data, and what Teams reads by rules of its own. */
const notWalked: ReadonlySet<string> = new Set([
  "data",
  "$data",
  "msteams",
  "metadata",
  "authentication",
]);

const roles: Readonly<Record<string, Place["role"]>> = {
  body: "element",
  items: "element",
  columns: "element",
  cells: "element",
  pages: "element",
  images: "element",
  actions: "action",
  action: "action",
  selectAction: "action",
  inlineAction: "action",
  card: "card",
};

function checkType(check: Check, value: JsonObject, at: Place): void {
  const { type } = value;
  if (type === undefined && needsType(at))
    check.problems.push({ path: at.path, text: "It has no type." });
  if (typeof type !== "string" || isField(type)) return;
  const isAction = type.startsWith("Action.");
  if (at.role === "action" && !isAction)
    check.problems.push({ path: at.path, text: `"${type}" is no action.` });
  if (at.role === "element" && isAction)
    check.problems.push({
      path: at.path,
      text: `"${type}" is an action, and stands among elements; use an ActionSet.`,
    });
  if (!knownElements.has(type) && !knownActions.has(type))
    check.warnings.push({
      path: at.path,
      text: `"${type}" is no type that we know; clients that do not know it either leave it out.`,
    });
  if (type === "Action.Execute") checkExecute(check, value, at);
  if (type === "Action.OpenUrl" && value.url === undefined)
    check.problems.push({ path: at.path, text: "An Action.OpenUrl needs a url." });
}

/** Columns, cells and the like are known by where they stand, and may go without their type. */
function needsType(at: Place): boolean {
  if (at.role === "action") return true;
  return at.role === "element" && !/\.(?:columns|cells|pages|images)\[\d+\]$/.test(at.path);
}

function checkExecute(check: Check, action: JsonObject, at: Place): void {
  if (check.version !== null && check.version < executeVersionMin)
    check.problems.push({
      path: at.path,
      text: `Action.Execute needs a card of version ${executeVersionMin} or newer.`,
    });
  if (action.fallback === undefined && !at.path.startsWith("card.refresh"))
    check.warnings.push({
      path: at.path,
      text: "An Action.Execute without a fallback, such as an Action.Submit, is missing on older clients.",
    });
}

function checkId(check: Check, value: JsonObject, at: Place): void {
  const { id, type } = value;
  const isInput = typeof type === "string" && type.startsWith("Input.");
  if (isInput && (typeof id !== "string" || id === ""))
    check.problems.push({
      path: at.path,
      text: "An input needs an id: its value comes back under it.",
    });
  if (typeof id !== "string" || id === "" || isField(id) || at.spare) return;
  const first = check.ids.get(id);
  if (first !== undefined)
    check.problems.push({
      path: `${at.path}.id`,
      text: `The id "${id}" is also that of ${first}.`,
    });
  else check.ids.set(id, at.path);
  if (at.repeated)
    check.warnings.push({
      path: `${at.path}.id`,
      text: `The id "${id}" comes again with each repetition; add \${$index} to it.`,
    });
}

function checkLinks(check: Check, value: JsonObject, at: Place): void {
  for (const key of ["url", "iconUrl", "backgroundImage", "poster"]) {
    const link = value[key];
    const path = `${at.path}.${key}`;
    if (typeof link !== "string" || /^\s*\$\{/.test(link)) continue;
    if (/^https:\/\/[^\s/]/i.test(link)) continue;
    const isAction =
      key === "url" && typeof value.type === "string" && value.type.startsWith("Action.");
    if (isAction && /^(?:mailto|tel|sip|msteams):/i.test(link))
      check.warnings.push({
        path,
        text: "Teams documents https addresses only; not every client opens this one.",
      });
    else if (!isAction && (/^data:image\//i.test(link) || /^icon:/i.test(link))) continue;
    else
      check.problems.push({
        path,
        text: `"${link.slice(0, 60)}" is not an https address; Teams takes no other.`,
      });
  }
}

function versionOf(card: JsonObject): number | null {
  const { version } = card;
  return typeof version === "string" && /^\d+\.\d+$/.test(version) ? Number(version) : null;
}

function isField(value: Json): boolean {
  return typeof value === "string" && value.includes("${");
}

function isEmptyList(value: Json | undefined): boolean {
  return Array.isArray(value) && value.length === 0;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
