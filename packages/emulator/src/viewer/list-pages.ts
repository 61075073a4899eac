import type { Emulator } from "../emulator.ts";
import type { WireAnswer } from "../wire.ts";
import { avatar, stateChip } from "./badges.ts";
import { type Html, html } from "./html.ts";
import { page } from "./layout.ts";

const perPage = 50;

/** Everyone, a page at a time, with how many messages lie in each inbox. */
export function peoplePage(emulator: Emulator, query: URLSearchParams): WireAnswer {
  const search = query.get("search") ?? "";
  const offset = Math.max(0, Math.trunc(Number(query.get("offset") ?? 0)) || 0);
  const { items, total } = emulator.people({ offset, limit: perPage, search });
  const rows = items.map(
    (
      person,
    ) => html`<tr><td><a class="name" href="${inboxUrl(person.conversationId)}">${avatar(person.name)}${person.name}</a></td>
<td class="dim">${person.userPrincipalName}</td><td>${stateChip(person)}</td><td class="number">${person.messages}</td></tr>`,
  );
  return page(
    emulator,
    "People",
    html`<h1>People</h1>
<form method="get" action="/" role="search" class="row"><label>Name, UPN or object id <input type="text" name="search" value="${search}"></label><button>Search</button></form>
<table><thead><tr><th scope="col">Name</th><th scope="col">UPN</th><th scope="col">State</th><th scope="col" class="number">Messages</th></tr></thead>
<tbody>${rows}</tbody></table>
<p class="row">${pageLinks(search, offset, total)}</p>`,
  );
}

/** Teams with their channels, and group chats. */
export function channelsPage(emulator: Emulator): WireAnswer {
  const row = (name: Html, about: string, id: string, messages: number): Html =>
    html`<tr><td><a href="${inboxUrl(id)}">${name}</a></td><td>${about}</td><td class="number">${messages}</td></tr>`;
  const teams = emulator
    .teams()
    .flatMap((team) =>
      team.channels.map((channel) =>
        row(
          html`${team.name} › ${channel.name ?? "General"}`,
          `${team.members} members, ${botState(team.installed)}`,
          channel.id,
          channel.messages,
        ),
      ),
    );
  const chats = emulator
    .chats()
    .map((chat) =>
      row(
        html`${chat.name}`,
        `group chat of ${chat.members}, ${botState(chat.installed)}`,
        chat.id,
        chat.messages,
      ),
    );
  return page(
    emulator,
    "Channels and chats",
    html`<h1>Channels and chats</h1>
<table><thead><tr><th scope="col">Where</th><th scope="col">What</th><th scope="col" class="number">Messages</th></tr></thead>
<tbody>${teams}${chats}</tbody></table>`,
  );
}

/** Where a conversation is shown. */
export function inboxUrl(
  conversationId: string,
  more: Readonly<Record<string, string>> = {},
): string {
  return `/inbox?${new URLSearchParams({ conversation: conversationId, ...more })}`;
}

function botState(installed: boolean): string {
  return installed ? "with the bot" : "without the bot";
}

function pageLinks(search: string, offset: number, total: number): Html {
  const link = (to: number, text: string): Html =>
    html`<a href="/?${new URLSearchParams({ search, offset: String(to) }).toString()}">${text}</a>`;
  return html`<span class="dim">${total === 0 ? 0 : offset + 1}–${Math.min(offset + perPage, total)} of ${total}</span>
${offset > 0 ? link(Math.max(0, offset - perPage), "Before") : null}
${offset + perPage < total ? link(offset + perPage, "After") : null}`;
}
