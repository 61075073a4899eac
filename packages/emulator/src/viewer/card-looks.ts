import { asString, type JsonObject } from "../json.ts";

/** The classes of an element: what its properties ask of its place among others and of its text. */
export function classesOf(element: JsonObject): string {
  const names = [
    ...["weight", "size", "color", "spacing", "fontType", "style"].map((property) =>
      known(element, property),
    ),
    known(element, "horizontalAlignment", "align"),
    known(element, "verticalContentAlignment", "inside"),
    element.isSubtle === true ? "subtle" : null,
    element.separator === true ? "separator" : null,
    element.bleed === true ? "bleed" : null,
  ];
  return names.filter((name) => name !== null).join(" ");
}

/** How wide a column is, as CSS: as its content, a share of what is left, or so many pixels. */
export function widthOf(column: JsonObject): string {
  const { width } = column;
  const text = String(width ?? "stretch").toLowerCase();
  const pixels = /^(\d{1,4})px$/.exec(text)?.[1];
  if (pixels !== undefined) return `flex: 0 0 ${pixels}px`;
  if (text === "auto") return "flex: 0 0 auto";
  const share = Number(width);
  return `flex: ${share > 0 && share < 1000 ? share : 1} 1 0`;
}

const looks: Readonly<Record<string, readonly string[]>> = {
  weight: ["bolder", "lighter"],
  size: ["small", "medium", "large", "extralarge"],
  color: ["accent", "good", "warning", "attention"],
  spacing: ["none", "small", "medium", "large", "extralarge", "padding"],
  fontType: ["monospace"],
  style: ["heading", "emphasis", "accent", "good", "warning", "attention", "person"],
  horizontalAlignment: ["center", "right"],
  verticalContentAlignment: ["center", "bottom"],
};

/** `property-value` where it is one of those that look different; the case of the value is free, as in Teams. */
function known(element: JsonObject, property: string, name = property): string | null {
  const value = asString(element[property])?.toLowerCase();
  if (value === undefined || looks[property]?.includes(value) !== true) return null;
  return `${name.toLowerCase()}-${value}`;
}
