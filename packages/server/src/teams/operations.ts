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
  /** Whether making the same request twice has the effect of making it once. */
  readonly idempotent: boolean;
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
  // Without an activity, creating is idempotent: the same person gives the same conversation.
  "create-personal": { idempotent: true, needs: { member: "id" }, goneOn404: true },
  "create-thread": { idempotent: false, needs: { member: "id" }, goneOn404: true },
  // Teams may split a message in two and then answers no id.
  send: { idempotent: false, needs: "nothing", goneOn404: true },
  update: { idempotent: true, needs: "nothing", goneOn404: true },
  delete: { idempotent: true, needs: "nothing", goneOn404: true },
  "get-members-page": { idempotent: true, needs: { member: "members" }, goneOn404: true },
  // A bare 404 most likely speaks of the member.
  "get-member": { idempotent: true, needs: { member: "id" }, goneOn404: false },
  "get-team": { idempotent: true, needs: "object", goneOn404: true },
  "get-channels": { idempotent: true, needs: { member: "conversations" }, goneOn404: true },
};
