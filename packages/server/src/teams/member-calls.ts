import type { JsonObject } from "../domain/message.ts";
import type { Connector, RosterMember, RosterPage } from "../engine/ports/connector.ts";
import { answered, type Caller } from "./caller.ts";
import { rosterPageSize } from "./facts.ts";
import { idOf, isObject, textOf } from "./json.ts";
import { conversationPath, segment } from "./paths.ts";

/** Reading rosters. */
export function memberCalls(call: Caller): Pick<Connector, "getMembersPage" | "getMember"> {
  return {
    async getMembersPage(address, { conversationId, pageSize, continuationToken }, signal) {
      const { min, max } = rosterPageSize;
      const size = Math.min(max, Math.max(min, Math.trunc(pageSize)));
      const query = `?pageSize=${size}${continuationToken === undefined ? "" : `&continuationToken=${segment(continuationToken)}`}`;
      const path = conversationPath(conversationId, `pagedmembers${query}`);
      const result = await call(
        address,
        { operation: "get-members-page", method: "GET", path },
        signal,
      );
      return answered(result, pageOf);
    },
    async getMember(address, { conversationId, memberId }, signal) {
      const path = conversationPath(conversationId, "members", segment(memberId));
      const result = await call(address, { operation: "get-member", method: "GET", path }, signal);
      return answered(result, memberOf);
    },
  };
}

function pageOf(answer: JsonObject): RosterPage {
  const members = Array.isArray(answer.members) ? answer.members : [];
  const continuationToken = textOf(answer.continuationToken);
  return {
    // A member without an id cannot be addressed in any way.
    members: members
      .filter(isObject)
      .filter((member) => idOf(member.id) !== null)
      .map(memberOf),
    ...(continuationToken === null ? {} : { continuationToken }),
  };
}

function memberOf(member: JsonObject): RosterMember {
  return {
    teamsId: idOf(member.id) ?? "",
    // Which of the two names is used differs between the calls.
    aadObjectId: textOf(member.aadObjectId) ?? textOf(member.objectId),
    name: textOf(member.name),
    givenName: textOf(member.givenName),
    surname: textOf(member.surname),
    email: textOf(member.email),
    userPrincipalName: textOf(member.userPrincipalName),
    userRole: textOf(member.userRole),
  };
}
