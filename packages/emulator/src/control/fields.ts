import { ControlError } from "../control-error.ts";
import type { DeliveryOptions, PersonRef, TokenFlaw } from "../emulator.ts";
import { isObject, type Json, type JsonObject, parseJson } from "../json.ts";

const flaws: Readonly<Record<TokenFlaw, true>> = {
  missing: true,
  garbage: true,
  "wrong-issuer": true,
  "wrong-audience": true,
  "wrong-endorsement": true,
  "unknown-kid": true,
  "bad-signature": true,
  expired: true,
  "expired-within-skew": true,
  "not-yet-valid": true,
  "no-service-url": true,
  "other-service-url": true,
  "alg-none": true,
  hs256: true,
  "entra-own-tenant": true,
  "entra-strange-tenant": true,
};

/** The body of a control request with exactly these fields. Throws `ControlError` for others, and where it is no object. */
export function fieldsOf(body: string, known: readonly string[]): JsonObject {
  const parsed = body.trim() === "" ? {} : parseJson(body);
  if (!isObject(parsed)) throw new ControlError(400, "the body must be a JSON object");
  const stranger = Object.keys(parsed).find((key) => !known.includes(key));
  if (stranger !== undefined)
    throw new ControlError(400, `unknown field "${stranger}"; known: ${known.join(", ")}`);
  return parsed;
}

/** A text that must be there. */
export function text(fields: JsonObject, key: string): string {
  const value = fields[key];
  if (typeof value === "string") return value;
  throw new ControlError(400, `"${key}" must be a text`);
}

/** A text that may be left out, as an object to spread. */
export function maybeText<K extends string>(
  fields: JsonObject,
  key: K,
): { readonly [key in K]?: string } {
  if (fields[key] === undefined) return {};
  // The only key of the object is the one asked for.
  return { [key]: text(fields, key) } as { [key in K]: string };
}

/** A number that must be there. */
export function number(fields: JsonObject, key: string): number {
  const value = fields[key];
  if (typeof value === "number") return value;
  throw new ControlError(400, `"${key}" must be a number`);
}

/** A switch that may be left out. */
export function isOn(fields: JsonObject, key: string, standard: boolean): boolean {
  const value = fields[key] ?? standard;
  if (typeof value === "boolean") return value;
  throw new ControlError(400, `"${key}" must be true or false`);
}

/** A person by index or id. */
export function personRef(value: Json | undefined): PersonRef {
  if (typeof value === "number" || typeof value === "string") return value;
  throw new ControlError(400, '"person" must be an index, object id, UPN, Teams id or chat id');
}

/** The flaw that is asked for, as an object to spread. */
export function flawOf(fields: JsonObject): DeliveryOptions {
  const { flaw } = fields;
  if (flaw === undefined) return {};
  if (isFlaw(flaw)) return { flaw };
  throw new ControlError(400, `"flaw" must be one of ${Object.keys(flaws).join(", ")}`);
}

function isFlaw(value: Json): value is TokenFlaw {
  return typeof value === "string" && Object.hasOwn(flaws, value);
}
