import type { ConnectorOperation } from "../faults/plan.ts";

/** Which operation a path and method stand for. */
export type ConnectorRoute =
  | { readonly name: "create"; readonly hasBody: true }
  | {
      readonly name: Exclude<ConnectorOperation, "create-conversation" | "create-thread">;
      readonly hasBody: boolean;
      /** A team's id where the path names a team. */
      readonly conversationId: string;
      readonly activityId: string | null;
      readonly memberId: string | null;
    };

type RouteName = Exclude<ConnectorRoute["name"], "create">;

/** The operation of a path below `v3`, or null where there is none. Names in paths match without regard to case. */
export function matchRoute(method: string, rest: readonly string[]): ConnectorRoute | null {
  const [root, conversationId, kind, id, last] = rest;
  const size = rest.length;
  if (root === "teams" && conversationId !== undefined)
    return matchTeam(method, conversationId, kind, size);
  if (root !== "conversations") return null;
  if (conversationId === undefined)
    return method === "POST" ? { name: "create", hasBody: true } : null;
  const make = (
    name: RouteName,
    hasBody: boolean,
    ids: { readonly activityId?: string; readonly memberId?: string } = {},
  ): ConnectorRoute => ({
    name,
    hasBody,
    conversationId,
    activityId: ids.activityId ?? null,
    memberId: ids.memberId ?? null,
  });
  switch (kind?.toLowerCase()) {
    case "activities":
      return matchActivity(method, { id, last, size }, make);
    case "members":
      if (method !== "GET" || size > 4) return null;
      return id === undefined ? make("members", false) : make("member", false, { memberId: id });
    case "pagedmembers":
      return method === "GET" && size === 3 ? make("paged-members", false) : null;
    default:
      return null;
  }
}

type Make = (
  name: RouteName,
  hasBody: boolean,
  ids?: { readonly activityId?: string; readonly memberId?: string },
) => ConnectorRoute;

function matchActivity(
  method: string,
  path: {
    readonly id: string | undefined;
    readonly last: string | undefined;
    readonly size: number;
  },
  make: Make,
): ConnectorRoute | null {
  const { id, last, size } = path;
  if (id === undefined) return method === "POST" ? make("send", true) : null;
  if (size === 5)
    return method === "GET" && last?.toLowerCase() === "members"
      ? make("activity-members", false, { activityId: id })
      : null;
  // `…/activities/history` is in the generic API, and Teams does not have it.
  if (size > 5 || id === "history") return null;
  if (method === "POST") return make("send", true, { activityId: id });
  if (method === "PUT") return make("update", true, { activityId: id });
  return method === "DELETE" ? make("delete", false, { activityId: id }) : null;
}

function matchTeam(
  method: string,
  conversationId: string,
  kind: string | undefined,
  size: number,
): ConnectorRoute | null {
  if (method !== "GET") return null;
  const base = { hasBody: false, conversationId, activityId: null, memberId: null };
  if (size === 2) return { name: "team", ...base };
  return size === 3 && kind?.toLowerCase() === "conversations"
    ? { name: "channels", ...base }
    : null;
}
