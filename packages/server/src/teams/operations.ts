/** The connector's operations, as outcomes tell them apart. */
export type OperationName =
  | "create-personal"
  | "create-thread"
  | "send"
  | "update"
  | "delete"
  | "get-members-page"
  | "get-member"
  | "get-team"
  | "get-channels";

interface Operation {
  /**
   * Whether people see what it does. Where no answer came it is then `uncertain` whether it was carried out, although an update
   * and a delete may well be made again; of the others nobody would know, so they are made again and nothing is left open.
   */
  readonly visible: boolean;
  /**
   * What a 2xx answer must hold to be believed: an object with this member, any object, or nothing in particular (an empty
   * body will do; but a body that is there must be a JSON object).
   */
  readonly needs: { readonly member: "id" | "members" | "conversations" } | "object" | "nothing";
  /** Whether a 404 without a telling code says that the conversation is gone. */
  readonly goneOn404: boolean;
}

/** What each operation needs of its answers. */
export const operations: Readonly<Record<OperationName, Operation>> = {
  // Without an activity nobody sees it, and the same person gives the same conversation.
  "create-personal": { visible: false, needs: { member: "id" }, goneOn404: true },
  "create-thread": { visible: true, needs: { member: "id" }, goneOn404: true },
  // Teams may split a message in two and then answers no id.
  send: { visible: true, needs: "nothing", goneOn404: true },
  update: { visible: true, needs: "nothing", goneOn404: true },
  delete: { visible: true, needs: "nothing", goneOn404: true },
  "get-members-page": { visible: false, needs: { member: "members" }, goneOn404: true },
  // A bare 404 most likely speaks of the member.
  "get-member": { visible: false, needs: { member: "id" }, goneOn404: false },
  "get-team": { visible: false, needs: "object", goneOn404: true },
  "get-channels": { visible: false, needs: { member: "conversations" }, goneOn404: true },
};
