import type { Landing } from "./template-escape.ts";

/** Where a string stands in a card. */
export interface CardPlace {
  /** The key of the string, or of the list it is in. */
  readonly key: string;
  /** The `type` of the object around it. */
  readonly type: string | undefined;
  /** The key that the object around it stands under. */
  readonly under: string;
  /** Inside `data` or `msteams`, which clients hand back or read as they are. */
  readonly raw: boolean;
}

/** The place of a card itself. */
export const cardRoot: CardPlace = { key: "", type: undefined, under: "", raw: false };

/** How a field is written at this place of a card: markdown, an address, or as it is. */
export function landingOf(place: CardPlace): Landing {
  if (place.raw) return "none";
  if (linkKeys.has(place.key)) return "link";
  if (place.key === "text" && place.type === "TextBlock") return "card-markdown";
  const isFact = place.under === "facts" && (place.key === "title" || place.key === "value");
  return isFact ? "card-markdown" : "none";
}

/** The place of an object's member. */
export function memberPlace(
  around: CardPlace,
  object: { readonly [key: string]: unknown },
  key: string,
): CardPlace {
  const type = typeof object.type === "string" ? object.type : undefined;
  const raw = around.raw || key === "data" || key === "msteams";
  return { key, type, under: around.key, raw };
}

const linkKeys: ReadonlySet<string> = new Set(["url", "iconUrl", "backgroundImage", "poster"]);
