import { cardsIn } from "../bot/message-activities.ts";
import type { Emulator } from "../emulator.ts";
import { asObject, asString, type JsonObject } from "../json.ts";
import type { InboxMessage, PersonView } from "../views.ts";
import type { WireAnswer } from "../wire.ts";
import { avatar, stateChip } from "./badges.ts";
import { buttonCount, drawCard } from "./card.ts";
import { type Html, html } from "./html.ts";
import { page } from "./layout.ts";
import { markdown } from "./markdown.ts";

const shownMax = 200;
const speakersMax = 50;

/** A conversation, with the people who may speak in it. */
export interface Room {
  readonly id: string;
  readonly title: string;
  readonly about: Html;
  readonly speakers: readonly PersonView[];
  /** Who looks and speaks; null where nobody may. */
  readonly speaker: PersonView | null;
}

/** The room of a conversation, seen by one of its people (by default the first). Throws `ControlError` where there is none. */
export function roomOf(emulator: Emulator, conversationId: string, as: string | null): Room {
  const id = conversationId.split(";")[0] ?? conversationId;
  const found = id.startsWith("19:") ? sharedRoom(emulator, id) : undefined;
  if (!found) {
    const person = emulator.person(conversationId);
    return {
      id: person.conversationId,
      title: person.name,
      about: html`${person.userPrincipalName} ${stateChip(person)}`,
      speakers: [person],
      speaker: person,
    };
  }
  const { speakers } = found;
  const speaker = speakers.find(({ index }) => String(index) === as) ?? speakers[0] ?? null;
  return { ...found, id, speaker };
}

/** The page of one conversation: its messages in order, buttons that work, and a box to speak. */
export function inboxPage(emulator: Emulator, room: Room, note: string | null): WireAnswer {
  const all = emulator.inbox(room.id);
  const shown = all.slice(-shownMax);
  return page(
    emulator,
    room.title,
    html`<div class="who">${avatar(room.title)}<div><h1>${room.title}</h1><p class="dim">${room.about}</p></div></div>
${note === null ? null : html`<p class="note" role="status">${note}</p>`}
${all.length > shown.length ? html`<p class="dim">The newest ${shown.length} of ${all.length} messages.</p>` : null}
${all.length === 0 ? html`<p class="empty">Nothing here yet. What the bot sends appears when the page is loaded again.</p>` : null}
${shown.map((message) => drawMessage(room, message))}
${speakForm(room)}`,
  );
}

function sharedRoom(emulator: Emulator, id: string): Omit<Room, "id" | "speaker"> | undefined {
  const chat = emulator.chats().find((other) => other.id === id);
  if (chat)
    return {
      title: chat.name,
      about: html`Group chat of ${chat.members}`,
      speakers: emulator.members({ chat: chat.index }, { limit: speakersMax }).items,
    };
  const team = emulator.teams().find(({ channels }) => channels.some((other) => other.id === id));
  const channel = team?.channels.find((other) => other.id === id);
  if (!team || !channel) return undefined;
  return {
    title: `${team.name} › ${channel.name ?? "General"}`,
    about: html`Channel of a team of ${team.members}`,
    speakers: emulator.members({ team: team.index }, { limit: speakersMax }).items,
  };
}

function drawMessage(room: Room, message: InboxMessage): Html {
  const isReply = message.thread !== null && message.thread !== message.activityId;
  const reactions = message.reactions.map(({ type }) => type).join(", ");
  const { kind, name } = message.from;
  return html`<article class="${kind}${isReply ? " reply" : ""}" id="m${message.activityId}">
<header>${avatar(name, kind)}<b>${name}</b> <time datetime="${iso(message.at)}">${iso(message.at)}</time>
${message.editedAt === null ? null : html`<span class="dim">edited</span>`}
${message.split ? html`<span class="dim">text and card in one activity: Teams makes two messages of it and answers no id</span>` : null}</header>
<div class="bubble">${message.deleted ? html`<p class="dim">Deleted.</p>` : drawContent(room, message)}</div>
${reactions === "" ? null : html`<p class="dim">${reactions}</p>`}
</article>`;
}

function drawContent(room: Room, message: InboxMessage): Html {
  const { activity } = message;
  if (activity === null) return html`<p class="dim">Older than what is kept.</p>`;
  const text = asString(activity.text) ?? "";
  const view = room.speaker === null ? undefined : message.views[String(room.speaker.index)];
  const cards = cardsIn(activity, view);
  const summary = asString(activity.summary);
  return html`${text === "" ? null : drawText(text, asString(activity.textFormat))}
${summary === undefined ? null : html`<p class="toast" title="What a notification shows">${summary}</p>`}
${cards.length === 0 ? null : cardForm(room, message, cards)}`;
}

/** Markdown unless the activity says otherwise; mentions as people see them. */
function drawText(text: string, format: string | undefined): Html {
  const shown = text.replace(/<\/?at>/g, "");
  return format === undefined || format === "markdown" ? markdown(shown) : html`<p>${shown}</p>`;
}

function cardForm(room: Room, message: InboxMessage, cards: readonly JsonObject[]): Html {
  let first = 0;
  const drawn = cards.map((card) => {
    const one = drawCard(asObject(card), first);
    first += buttonCount(card);
    return one;
  });
  return html`<form method="post" action="/inbox/press">
${hiddenFields(room)}<input type="hidden" name="activityId" value="${message.activityId}">
${drawn}</form>`;
}

function speakForm(room: Room): Html {
  if (room.speaker === null) return html`<p class="dim">Nobody is here to speak.</p>`;
  const others =
    room.speakers.length > 1
      ? html`<form method="get" action="/inbox"><input type="hidden" name="conversation" value="${room.id}">
<label>Look and speak as <select name="as">${room.speakers.map(
          ({ index, name }) =>
            html`<option value="${index}" ${index === room.speaker?.index ? html`selected` : null}>${name}</option>`,
        )}</select></label> <button>Change</button></form>`
      : null;
  return html`${others}<form class="speak" method="post" action="/inbox/say">${hiddenFields(room)}
<label>Write to the bot as ${room.speaker.name}<br><textarea name="text" rows="2" required></textarea></label>
<button class="main">Send</button></form>`;
}

function hiddenFields(room: Room): Html {
  return html`<input type="hidden" name="conversation" value="${room.id}"><input type="hidden" name="as" value="${room.speaker?.index ?? ""}">`;
}

function iso(at: number): string {
  return new Date(at).toISOString().replace("T", " ").slice(0, 19);
}
