import type { PersonView } from "../views.ts";
import { type Html, html } from "./html.ts";

/** A round with the first letters of a name; always of one colour for one name. */
export function avatar(name: string, kind: "bot" | "person" = "person"): Html {
  const words = name.split(/[\s›]+/).filter((word) => word !== "");
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map(firstLetter).join("");
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 360;
  return html`<span class="avatar ${kind}" style="--hue: ${sum}" aria-hidden="true">${letters}</span>`;
}

function stateOf(person: PersonView): string {
  if (!person.installed) return "without the app";
  if (person.blocked) return "has blocked the bot";
  return person.disabled ? "kept from the app by an admin" : "has the app";
}

/** What holds for a person, in words; whoever cannot be reached is seen among many. */
export function stateChip(person: PersonView): Html {
  const isReached = person.installed && !person.blocked && !person.disabled;
  return html`<span class="chip ${isReached ? "good" : "bad"}">${stateOf(person)}</span>`;
}

function firstLetter(word: string | undefined): string {
  return word === undefined ? "" : (Array.from(word)[0]?.toUpperCase() ?? "");
}
