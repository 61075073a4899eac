import type { JsonObject } from "./message.ts";
import type { Expression } from "./template-expression.ts";
import { fieldsOf, holds } from "./template-expression.ts";
import type { FieldPath } from "./template-path.ts";
import {
  type Item,
  type Program,
  runProgram,
  type ScopeSource,
  type Step,
} from "./template-program.ts";
import type { Hole } from "./template-text.ts";

/**
 * The same program with everything written out that does not speak of a person, for recipients who bring no data of their own:
 * what the message's own data fills is the same for all of them. Steps that would be refused stay, and are refused when run.
 */
export function foldProgram(program: Program, messageData: JsonObject | undefined): Program {
  return mergeText(program.flatMap((step) => foldStep(step, messageData)));
}

/** The same program with neighbouring pieces of text as one, so that running it takes as few steps as there are fields. */
export function mergeText(program: Program): Program {
  const merged: Step[] = [];
  for (const step of program) {
    const last = merged.at(-1);
    if (typeof step === "string" && typeof last === "string")
      merged[merged.length - 1] = last + step;
    else merged.push(step);
  }
  return merged;
}

function foldStep(step: Step, messageData: JsonObject | undefined): Program {
  if (!speaksOfPerson(step)) {
    const text = runProgram([step], { recipient: {}, messageData });
    return [typeof text === "string" ? text : step];
  }
  if (typeof step === "string" || step.step !== "sequence") return [step];
  const items = step.items.flatMap((item) => foldItem(item, messageData));
  if (items.some((item) => item.data !== null || item.when !== null)) return [{ ...step, items }];
  const bodies = items.flatMap(({ body }, index) => (index === 0 ? body : [",", ...body]));
  return [step.open, ...bodies, step.close];
}

function foldItem(item: Item, messageData: JsonObject | undefined): readonly Item[] {
  if (!itemSpeaksOfPerson(item)) {
    const alone: Step = { step: "sequence", open: "", close: "", items: [item] };
    const text = runProgram([alone], { recipient: {}, messageData });
    if (typeof text !== "string") return [item];
    return text === "" ? [] : [{ data: null, when: null, body: [text] }];
  }
  // Behind a `$data` the same names mean the item's fields, so that what is there cannot be read from here.
  if (item.data !== null) return [item];
  const body = foldProgram(item.body, messageData);
  if (item.when === null || conditionSpeaksOfPerson(item.when)) return [{ ...item, body }];
  return holds(item.when, { recipient: {}, messageData }) ? [{ data: null, when: null, body }] : [];
}

/** Whether a step may write something else for another person. */
function speaksOfPerson(step: Step): boolean {
  if (typeof step === "string") return false;
  switch (step.step) {
    case "hole":
    case "value":
      return isOfPerson(step.hole.path);
    case "sequence":
      return step.items.some(itemSpeaksOfPerson);
    case "scope":
      return sourceSpeaksOfPerson(step.data) || step.body.some(speaksOfPerson);
    case "string":
      return step.parts.some(isHoleOfPerson);
  }
}

function itemSpeaksOfPerson({ data, when, body }: Item): boolean {
  return sourceSpeaksOfPerson(data) || conditionSpeaksOfPerson(when) || body.some(speaksOfPerson);
}

function sourceSpeaksOfPerson(source: ScopeSource | null): boolean {
  return source !== null && "path" in source && isOfPerson(source.path);
}

function conditionSpeaksOfPerson(when: Expression | null): boolean {
  return when !== null && fieldsOf(when).some(isOfPerson);
}

function isHoleOfPerson(part: string | Hole): boolean {
  return typeof part !== "string" && isOfPerson(part.path);
}

function isOfPerson(path: FieldPath): boolean {
  return path.keys[0] === "person";
}
