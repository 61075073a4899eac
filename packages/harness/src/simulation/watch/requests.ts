import type { RecipientKey } from "../../../../server/src/domain/ids.ts";
import { baseConversationId } from "../../../../server/src/domain/teams-id.ts";
import type { TransportRequest } from "../../../../server/src/teams/transport.ts";
import { editionIn, markIn } from "./message-marks.ts";

/** What a request is, and whom it concerns. */
export interface RequestSubject {
  /**
   * `send` and `thread` carry a message; `create` makes a personal chat; `update` and `delete` change what is there; the rest
   * reads, or fetches a token.
   */
  readonly kind: "send" | "thread" | "create" | "update" | "delete" | "read" | "token";
  /** Of a message that is sent: a change is no sending. */
  readonly mark: string | null;
  /** Of an update: whose message becomes which edition. */
  readonly edition?: string;
  /** The conversation that it goes to; a channel for `thread`. */
  readonly place: string | null;
  /** For `create`: the person, as the request names them. */
  readonly member: string | null;
}

/** Reads a request as somebody would who sees the wire. */
export function subjectOf({ method, url, body = "" }: TransportRequest): RequestSubject {
  const { pathname } = new URL(url);
  if (pathname.endsWith("/token")) return { kind: "token", ...nobody };
  const [, rest] = pathname.split("/v3/conversations");
  if (method === "PUT") {
    const edition = `${markIn(body)} ${editionIn(body)}`;
    return { ...nobody, kind: "update", edition, place: placeIn(rest ?? "") };
  }
  if (method === "DELETE") return { ...nobody, kind: "delete", place: placeIn(rest ?? "") };
  if (rest === undefined) return { kind: "read", ...nobody };
  if (method !== "POST") return { ...nobody, kind: "read", place: placeIn(rest) };
  const mark = markIn(body);
  if (rest !== "") {
    return { kind: "send", mark, place: placeIn(rest), member: null };
  }
  // Only our own connector client writes these bodies, and it writes them so.
  const request = JSON.parse(body) as {
    readonly activity?: unknown;
    readonly members?: readonly { readonly id: string }[];
    readonly channelData?: { readonly channel?: { readonly id?: string } };
  };
  if (request.activity !== undefined)
    return { kind: "thread", mark, place: request.channelData?.channel?.id ?? null, member: null };
  return { kind: "create", mark: null, place: null, member: request.members?.[0]?.id ?? null };
}

function placeIn(rest: string): string {
  return decodeURIComponent(rest.split("/")[1] ?? "");
}

const nobody = { mark: null, place: null, member: null } as const;

/** Whether the request is one of a delivery's. */
export function isDelivery({ kind }: RequestSubject): boolean {
  return kind !== "read" && kind !== "token";
}

/** Where a recipient's messages arrive; `chatOf` answers a person's conversation, null for nobody. */
export function placeOf(
  recipient: RecipientKey,
  chatOf: (person: string) => string | null,
): string | null {
  const colon = recipient.indexOf(":");
  const [kind, id] = [recipient.slice(0, colon), recipient.slice(colon + 1)];
  if (kind === "user") return chatOf(id);
  return kind === "channel" ? baseConversationId(id) : id;
}
