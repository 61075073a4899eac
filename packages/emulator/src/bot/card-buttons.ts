import { asList, asObject, asString, isObject, type Json, type JsonObject } from "../json.ts";

/** A button of a card. */
export interface CardButton {
  readonly type: string;
  readonly title: string;
  readonly verb: string | null;
  /** The action as the card has it. */
  readonly action: JsonObject;
}
/** An input of a card, with the value that it starts with. */
export interface CardInput {
  readonly id: string;
  readonly type: string;
  readonly label: string;
  readonly value: string;
  readonly choices: readonly { readonly title: string; readonly value: string }[];
  readonly isMultiSelect: boolean;
  readonly isMultiline: boolean;
  /** For toggles: the values of on and off. */
  readonly on: string;
  readonly off: string;
}
/** All that can be done with a card. */
export interface CardControls {
  readonly buttons: readonly CardButton[];
  readonly inputs: readonly CardInput[];
}

const depthMax = 30;

/** The buttons and inputs of a card attachment (Adaptive or hero), in reading order; those of nested cards included. */
export function controlsOf(attachment: JsonObject): CardControls {
  const buttons: CardButton[] = [];
  const inputs: CardInput[] = [];
  const content = asObject(attachment.content);
  for (const item of asList(content.buttons)) buttons.push(heroButton(asObject(item)));
  walk(content, { buttons, inputs }, 0);
  return { buttons, inputs };
}

/** What the inputs send: what was typed, else what the card started with. */
export function inputValues(
  inputs: readonly CardInput[],
  typed: Readonly<Record<string, string>>,
): JsonObject {
  return Object.fromEntries(inputs.map(({ id, value }) => [id, typed[id] ?? value]));
}

type Found = { readonly buttons: CardButton[]; readonly inputs: CardInput[] };

/** Where elements of an Adaptive Card keep others, in reading order. */
const nestings = ["body", "items", "columns", "rows", "cells", "actions", "inlines", "images"];

function walk(element: JsonObject, found: Found, depth: number): void {
  if (depth > depthMax) return;
  const type = asString(element.type) ?? "";
  if (type.startsWith("Input.")) addInput(element, type, found.inputs);
  for (const key of nestings) visitList(element[key], found, depth);
  for (const key of ["selectAction", "inlineAction"]) visitAction(element[key], found, depth);
}

function visitList(value: Json | undefined, found: Found, depth: number): void {
  for (const item of asList(value)) {
    if (!isObject(item)) continue;
    if (asString(item.type)?.startsWith("Action.")) visitAction(item, found, depth);
    else walk(item, found, depth + 1);
  }
}

function visitAction(value: Json | undefined, found: Found, depth: number): void {
  if (!isObject(value)) return;
  const type = asString(value.type) ?? "";
  if (type === "Action.ShowCard") walk(asObject(value.card), found, depth + 1);
  // Only the client shows and hides things.
  const isLocal = type === "Action.ShowCard" || type === "Action.ToggleVisibility";
  if (isLocal || !type.startsWith("Action.")) return;
  const title = asString(value.title) ?? type;
  found.buttons.push({ type, title, verb: asString(value.verb) ?? null, action: value });
}

function addInput(element: JsonObject, type: string, inputs: CardInput[]): void {
  const id = asString(element.id);
  if (id === undefined) return;
  const on = asString(element.valueOn) ?? "true";
  const off = asString(element.valueOff) ?? "false";
  const given = element.value;
  const empty = type === "Input.Toggle" ? off : "";
  inputs.push({
    id,
    type,
    label:
      asString(element.label) ?? asString(element.title) ?? asString(element.placeholder) ?? id,
    value: typeof given === "string" || typeof given === "number" ? String(given) : empty,
    choices: asList(element.choices)
      .map(asObject)
      .map((choice) => ({
        title: asString(choice.title) ?? "",
        value: asString(choice.value) ?? "",
      })),
    isMultiSelect: element.isMultiSelect === true,
    isMultiline: element.isMultiline === true,
    on,
    off,
  });
}

/** Buttons of older cards, in the words of the newer ones. */
function heroButton(button: JsonObject): CardButton {
  const title = asString(button.title) ?? "";
  const type = asString(button.type) ?? "";
  const action: JsonObject =
    type === "openUrl"
      ? { type: "Action.OpenUrl", title, url: button.value ?? "" }
      : { type: "Action.Submit", title, data: { msteams: { ...button } } };
  return { type: String(action.type), title, verb: null, action };
}
