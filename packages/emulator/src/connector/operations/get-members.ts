import { jsonAnswer } from "../../answer.ts";
import { rosterPage, unpagedMembersMax } from "../../facts.ts";
import { findPerson } from "../../state/find-person.ts";
import type { World } from "../../state/world.ts";
import type { WireAnswer } from "../../wire.ts";
import type { Call } from "../call.ts";
import { refuse } from "../errors.ts";
import { memberView } from "../member-view.ts";
import { membersOf, type Place, readRefusal } from "../place.ts";

/** The deprecated list without pages, in its own spelling (`objectId`). */
export function getMembers(world: World, call: Call): WireAnswer {
  return withPlace(world, call, (place) =>
    jsonAnswer(
      200,
      membersOf(place)
        .slice(0, unpagedMembersMax)
        .map((person) => memberView(world, person, "objectId")),
    ),
  );
}

/** The members of the conversation that an activity is in; spelt like the list. */
export function getActivityMembers(world: World, call: Call): WireAnswer {
  return withPlace(world, call, (place) => {
    const id = call.route.name === "create" ? null : call.route.activityId;
    if (id === null || !world.messages.message(place.id, id)) return refuse("activity-not-found");
    return getMembers(world, call);
  });
}

/** One page; the size is clamped, and the last page has no token. */
export function getPagedMembers(world: World, call: Call): WireAnswer {
  return withPlace(world, call, (place) => {
    const size = pageSize(call.query.get("pageSize"));
    const offset = offsetOf(call.query.get("continuationToken"));
    if (size === null || offset === null) return refuse("bad-argument");
    const members = membersOf(place);
    const page = members
      .slice(offset, size)
      .map((person) => memberView(world, person, "aadObjectId"));
    const next = offset + page.length;
    const token = next < members.size ? { continuationToken: tokenOf(next) } : {};
    return jsonAnswer(200, { ...token, members: page });
  });
}

/** One member, by Teams id, object id or UPN. */
export function getMember(world: World, call: Call): WireAnswer {
  return withPlace(world, call, (place) => {
    const id = call.route.name === "create" ? null : call.route.memberId;
    const isIndex = id !== null && /^\d+$/.test(id);
    const person = id === null || isIndex ? null : findPerson(world.config.source, id);
    return person === null || !membersOf(place).has(person)
      ? refuse("member-not-found")
      : jsonAnswer(200, memberView(world, person, "aadObjectId"));
  });
}

function withPlace(world: World, call: Call, run: (place: Place) => WireAnswer): WireAnswer {
  if (!call.place) return refuse("conversation-not-found");
  const refusal = readRefusal(world, call.place);
  return refusal ? refuse(refusal) : run(call.place);
}

function pageSize(text: string | null): number | null {
  if (text === null || text === "") return rosterPage.standard;
  const wanted = Number(text);
  if (!Number.isInteger(wanted)) return null;
  return Math.min(rosterPage.max, Math.max(rosterPage.min, wanted));
}

function tokenOf(offset: number): string {
  return Buffer.from(`page:${offset}`).toString("base64url");
}

function offsetOf(token: string | null): number | null {
  if (token === null || token === "") return 0;
  const match = /^page:(\d{1,9})$/.exec(Buffer.from(token, "base64url").toString("utf8"));
  return match?.[1] === undefined ? null : Number(match[1]);
}
