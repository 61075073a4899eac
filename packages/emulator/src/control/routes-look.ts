import { ControlError } from "../control-error.ts";
import type { Emulator } from "../emulator.ts";
import type { AcceptedMessage, PageQuery } from "../views.ts";
import type { ControlCall, ControlRoutes } from "./route.ts";

const listMax = 1_000;

/** Controls that only look. */
export const lookRoutes: ControlRoutes = {
  "GET bot": (emulator) => emulator.bot(),
  "GET people": (emulator, call) => emulator.people(pageQuery(call)),
  "GET people/:person": (emulator, { names }) => emulator.person(names.person ?? ""),
  "GET teams": (emulator) => ({ items: emulator.teams() }),
  "GET teams/:team": (emulator, { names }) => emulator.team(names.team ?? ""),
  "GET teams/:team/members": (emulator, call) =>
    emulator.members({ team: call.names.team ?? "" }, pageQuery(call)),
  "GET chats": (emulator) => ({ items: emulator.chats() }),
  "GET chats/:chat/members": (emulator, call) =>
    emulator.members({ chat: call.names.chat ?? "" }, pageQuery(call)),
  "GET inbox/:ref": (emulator, { names }) => ({ items: emulator.inbox(names.ref ?? "") }),
  "GET messages": (emulator, call) => messagesPage(emulator, call),
  "GET counts": (emulator) => emulator.counts(),
  "GET counts/:ref": (emulator, { names }) => ({
    messages: emulator.messageCount(names.ref ?? ""),
  }),
  "GET violations": (emulator) => ({
    total: emulator.counts().violations,
    items: emulator.violations(),
  }),
  "GET log": (emulator) => ({ items: emulator.requestLog() }),
  "GET installs": (emulator) => ({ items: emulator.installs() }),
  "GET installs/:id": (emulator, { names }) => {
    const found = emulator.installs().find(({ id }) => id === names.id);
    if (!found) throw new ControlError(404, `there is no install ${names.id}`);
    return found;
  },
  "GET faults": (emulator) => emulator.faults(),
  "GET limits": (emulator) => emulator.limits(),
  "GET clock": (emulator) => ({ now: emulator.now() }),
  "GET export": (emulator) => emulator.exportState(),
};

function pageQuery({ query }: ControlCall): PageQuery {
  const [offset, limit, search] = [query.get("offset"), query.get("limit"), query.get("search")];
  return {
    ...(offset === null ? {} : { offset: Number(offset) }),
    ...(limit === null ? {} : { limit: Number(limit) }),
    ...(search === null ? {} : { search }),
  };
}

/** Accepted messages from a place on, oldest first. */
function messagesPage(emulator: Emulator, { query }: ControlCall): unknown {
  const offset = Number(query.get("offset") ?? 0);
  const limit = Math.min(listMax, Number(query.get("limit") ?? 100));
  if (!(offset >= 0 && limit >= 1))
    throw new ControlError(400, `offset must be from 0, limit from 1 to ${listMax}`);
  const items: AcceptedMessage[] = [];
  let at = 0;
  for (const message of emulator.acceptedMessages()) {
    if (items.length >= limit) break;
    if (at >= offset) items.push(message);
    at += 1;
  }
  return { items, total: emulator.counts().accepted, offset };
}
