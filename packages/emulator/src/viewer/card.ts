import { type CardInput, controlsOf } from "../bot/card-buttons.ts";
import { asList, asObject, asString, isObject, type Json, type JsonObject } from "../json.ts";
import { classesOf, widthOf } from "./card-looks.ts";
import { Html, html, join, safeUrl } from "./html.ts";
import { markdown } from "./markdown.ts";

const depthMax = 30;

/** What drawing a card needs: numbers of its buttons (those of earlier cards come first), and its inputs. */
interface Drawing {
  readonly numbers: ReadonlyMap<JsonObject, number>;
  readonly inputs: ReadonlyMap<string, CardInput>;
}

/** A card attachment as plain HTML: text, facts, columns, inputs, buttons; images by their alternative text. */
export function drawCard(attachment: JsonObject, firstButton: number): Html {
  const content = asObject(attachment.content);
  const controls = controlsOf(attachment);
  const drawing = {
    numbers: new Map(controls.buttons.map(({ action }, at) => [action, firstButton + at])),
    inputs: new Map(controls.inputs.map((input) => [input.id, input])),
  };
  const hero = asList(content.buttons).length > 0 || content.body === undefined;
  const drawn = hero
    ? [
        ...heroLines.map(({ key, looks }) => paragraph(asString(content[key]) ?? "", looks)),
        html`<div class="row">${controls.buttons.map(({ action }) => drawAction(action, drawing, 0))}</div>`,
      ]
    : [drawList(content.body, drawing, 0), drawActions(content.actions, drawing, 0)];
  return html`<div class="card">${drawn}</div>`;
}

const heroLines = [
  { key: "title", looks: "weight-bolder size-large" },
  { key: "subtitle", looks: "subtle" },
  { key: "text", looks: "" },
];

/** How many buttons a card has. */
export function buttonCount(attachment: JsonObject): number {
  return controlsOf(attachment).buttons.length;
}

type Draw = (element: JsonObject, drawing: Drawing, depth: number) => Html;

const drawers: Readonly<Record<string, Draw>> = {
  TextBlock: (element) => drawText(element),
  RichTextBlock: (element) =>
    paragraph(
      asList(element.inlines)
        .map((inline) => (typeof inline === "string" ? inline : asString(asObject(inline).text)))
        .join(""),
    ),
  FactSet: (element) =>
    html`<dl>${asList(element.facts)
      .map(asObject)
      .map(
        (fact) =>
          html`<dt>${asString(fact.title) ?? ""}</dt><dd>${markdown(asString(fact.value) ?? "")}</dd>`,
      )}</dl>`,
  Image: (element) =>
    html`<div class="image ${classesOf(element)}">${asString(element.altText) ?? "an image without a description"}</div>`,
  ImageSet: (element, drawing, depth) =>
    html`<div class="row">${drawList(element.images, drawing, depth, "Image")}</div>`,
  Media: (element) => html`<div class="image">Media: ${asString(element.altText) ?? ""}</div>`,
  Container: (element, drawing, depth) =>
    html`<div class="${classesOf(element)}">${drawList(element.items, drawing, depth)}</div>`,
  Column: (element, drawing, depth) =>
    html`<div class="${classesOf(element)}" style="${widthOf(element)}">${drawList(element.items, drawing, depth)}</div>`,
  TableCell: (element, drawing, depth) =>
    html`<div class="${classesOf(element)}" style="flex: 1 1 0">${drawList(element.items, drawing, depth)}</div>`,
  ColumnSet: (element, drawing, depth) =>
    html`<div class="columns ${classesOf(element)}">${drawList(element.columns, drawing, depth, "Column")}</div>`,
  Table: (element, drawing, depth) =>
    html`<div class="table">${drawList(element.rows, drawing, depth, "TableRow")}</div>`,
  TableRow: (element, drawing, depth) =>
    html`<div class="columns ${classesOf(element)}">${drawList(element.cells, drawing, depth, "TableCell")}</div>`,
  ActionSet: (element, drawing, depth) => drawActions(element.actions, drawing, depth),
};

function drawList(value: Json | undefined, drawing: Drawing, depth: number, type?: string): Html {
  return join(
    asList(value)
      .filter(isObject)
      .map((element) => drawElement(element, drawing, depth + 1, type)),
  );
}

function drawElement(
  element: JsonObject,
  drawing: Drawing,
  depth: number,
  standard: string | undefined,
): Html {
  if (depth > depthMax) return html`<p class="dim">… nested too deep to show</p>`;
  const type = asString(element.type) ?? standard ?? "";
  const select = isObject(element.selectAction)
    ? drawAction(element.selectAction, drawing, depth)
    : html``;
  if (type.startsWith("Input.")) return html`${drawInput(element, drawing)}`;
  const draw = drawers[type];
  const drawn = draw
    ? draw(element, drawing, depth)
    : html`<p class="dim">[${type === "" ? "an element without a type" : type}]</p>`;
  const shown = html`${drawn}${select}`;
  return element.isVisible === false
    ? html`<details><summary class="dim">Hidden until a button shows it</summary>${shown}</details>`
    : shown;
}

/** As in Teams, a text that may not wrap is cut at the end of its line. */
function drawText(element: JsonObject): Html {
  const text = asString(element.text) ?? "";
  const wraps = element.wrap === true;
  const title = wraps ? null : html` title="${text}"`;
  return html`<div class="text ${classesOf(element)}${wraps ? "" : " cut"}"${title}>${markdown(text)}</div>`;
}

function drawActions(value: Json | undefined, drawing: Drawing, depth: number): Html {
  const actions = asList(value).filter(isObject);
  if (actions.length === 0) return html``;
  return html`<div class="row">${actions.map((action) => drawAction(action, drawing, depth))}</div>`;
}

function drawAction(action: JsonObject, drawing: Drawing, depth: number): Html {
  const title = asString(action.title) ?? asString(action.type) ?? "";
  switch (action.type) {
    case "Action.OpenUrl": {
      const url = safeUrl(asString(action.url) ?? "");
      return url === null
        ? html`<span class="dim">${title} (no link that may be followed)</span>`
        : html`<a class="button" href="${url}" target="_blank" rel="noopener noreferrer">${title}</a>`;
    }
    case "Action.ShowCard": {
      const card = asObject(action.card);
      return html`<details><summary>${title}</summary>${drawList(card.body, drawing, depth + 1)}${drawActions(card.actions, drawing, depth + 1)}</details>`;
    }
    case "Action.ToggleVisibility":
      return html`<span class="dim">${title} (shows or hides parts)</span>`;
    default: {
      const number = drawing.numbers.get(action);
      return number === undefined
        ? html`<span class="dim">${title}</span>`
        : html`<button name="button" value="${number}">${title}</button>`;
    }
  }
}

function drawInput(element: JsonObject, drawing: Drawing): Html {
  const input = drawing.inputs.get(asString(element.id) ?? "");
  if (!input) return html`<p class="dim">[an input without an id]</p>`;
  const name = `input.${input.id}`;
  switch (input.type) {
    case "Input.Toggle":
      return html`<label><input type="hidden" name="off.${input.id}" value="${input.off}"><input type="checkbox" name="${name}" value="${input.on}" ${input.value === input.on ? new Html("checked") : null}> ${input.label}</label>`;
    case "Input.ChoiceSet": {
      const chosen = input.value.split(",");
      const options = input.choices.map(
        ({ title, value }) =>
          html`<option value="${value}" ${chosen.includes(value) ? new Html("selected") : null}>${title}</option>`,
      );
      const several = input.isMultiSelect ? new Html("multiple") : null;
      const none = input.isMultiSelect ? null : html`<option value=""></option>`;
      return html`<label>${input.label}<br><select name="${name}" ${several}>${none}${options}</select></label>`;
    }
    default: {
      const kinds: Readonly<Record<string, string>> = {
        "Input.Date": "date",
        "Input.Time": "time",
        "Input.Number": "number",
      };
      return input.isMultiline
        ? html`<label>${input.label}<br><textarea name="${name}" rows="3">${input.value}</textarea></label>`
        : html`<label>${input.label}<br><input type="${kinds[input.type] ?? "text"}" name="${name}" value="${input.value}"></label>`;
    }
  }
}

function paragraph(text: string, looks = ""): Html {
  return text === "" ? html`` : html`<p class="${looks}">${text}</p>`;
}
