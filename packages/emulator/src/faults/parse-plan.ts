import { ControlError } from "../control-error.ts";
import { isObject, type Json, type JsonObject } from "../json.ts";
import { faultKinds, isFaultKind } from "./kinds.ts";
import type { FaultOperation, FaultPlan } from "./plan.ts";

const operations: Readonly<Record<FaultOperation, true>> = {
  token: true,
  "create-conversation": true,
  "create-thread": true,
  send: true,
  update: true,
  delete: true,
  members: true,
  "paged-members": true,
  member: true,
  "activity-members": true,
  team: true,
  channels: true,
  "graph-user": true,
};

/** Says what is wrong with a value, or null. */
type Check = (value: Json) => string | null;

const matchFields: Readonly<Record<string, Check>> = {
  operation: oneOf(Object.keys(operations)),
  person: (value) =>
    isCount(value) || typeof value === "string" ? null : "must be an index or an id",
  conversation: isText,
};
const faultFields: Readonly<Record<string, Check>> = {
  retryAfterSeconds: notNegative,
  retryAfter: isText,
  scope: oneOf(["thread", "lane", "app"]),
  commit: (value) => (typeof value === "boolean" ? null : "must be true or false"),
  ms: notNegative,
  aadsts: notNegative,
  seconds: (value) => (typeof value === "number" ? null : "must be a number"),
  code: isText,
  message: isText,
  body: oneOf(["normal", "plain", "html", "empty"]),
};
const kindField = { kind: oneOf(Object.keys(faultKinds)) };
const ruleFields = {
  ...kindField,
  ...faultFields,
  ...matchFields,
  nth: atLeastOne,
  times: atLeastOne,
};
const rateFields = { ...kindField, ...faultFields, ...matchFields, share: shareOf };
const stepFields = {
  kind: oneOf(["ok", ...Object.keys(faultKinds)]),
  ...faultFields,
  ...matchFields,
};

/** The plan in a parsed JSON file. Throws `ControlError`, naming the place, when it is none. */
export function parseFaultPlan(value: Json | undefined): FaultPlan {
  if (!isObject(value)) throw new ControlError(400, "faults: must be an object");
  const problems = [
    ...unknownKeys("faults", value, ["script", "rules", "rates", "seed"]),
    ...list(value, "script", (step, place) =>
      typeof step === "string"
        ? step === "ok" || isFaultKind(step)
          ? []
          : [`${place}: there is no fault "${step}"`]
        : fields(step, place, stepFields, ["kind"]),
    ),
    ...list(value, "rules", (rule, place) => fields(rule, place, ruleFields, ["kind"])),
    ...list(value, "rates", (rate, place) => fields(rate, place, rateFields, ["kind", "share"])),
    ...(value.seed === undefined || isCount(value.seed)
      ? []
      : ["faults.seed: must be a whole number"]),
  ];
  if (problems.length > 0) throw new ControlError(400, problems.slice(0, 5).join("; "));
  // Each field was checked above against the table of its kind.
  return value as unknown as FaultPlan;
}

function list(
  plan: JsonObject,
  key: string,
  check: (item: Json, place: string) => readonly string[],
): readonly string[] {
  const value = plan[key];
  if (value === undefined) return [];
  if (!Array.isArray(value)) return [`faults.${key}: must be a list`];
  return value.flatMap((item: Json, at) => check(item, `faults.${key}[${at}]`));
}

function fields(
  value: Json,
  place: string,
  checks: Readonly<Record<string, Check>>,
  required: readonly string[],
): readonly string[] {
  if (!isObject(value)) return [`${place}: must be an object`];
  const missing = required.filter((key) => value[key] === undefined);
  const wrong = Object.entries(checks).flatMap(([key, check]) => {
    const given = value[key];
    const problem = given === undefined ? null : check(given);
    return problem === null ? [] : [`${place}.${key} ${problem}`];
  });
  return [
    ...unknownKeys(place, value, Object.keys(checks)),
    ...missing.map((key) => `${place}: ${key} is missing`),
    ...wrong,
  ];
}

function unknownKeys(
  place: string,
  value: JsonObject,
  known: readonly string[],
): readonly string[] {
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => `${place}: does not know "${key}" (it knows ${known.join(", ")})`);
}

function oneOf(names: readonly string[]): Check {
  return (value) =>
    typeof value === "string" && names.includes(value)
      ? null
      : `must be one of ${names.join(", ")}`;
}

function isText(value: Json): string | null {
  return typeof value === "string" ? null : "must be a text";
}

function notNegative(value: Json): string | null {
  return typeof value === "number" && value >= 0 ? null : "must be a number from 0";
}

function atLeastOne(value: Json): string | null {
  return isCount(value) && value >= 1 ? null : "must be a whole number from 1";
}

function shareOf(value: Json): string | null {
  return typeof value === "number" && value >= 0 && value <= 1 ? null : "must be from 0 to 1";
}

function isCount(value: Json): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}
