import type { Emulator, InboxMessage, WireRequest } from "@carillon/emulator";
import type { Clock } from "../../../../server/src/engine/ports/runtime.ts";
import type { Decisions } from "./decisions.ts";
import { editionIn, markIn } from "./message-marks.ts";
import type { RunRecord } from "./record.ts";

interface Notebook {
  readonly decisions: Decisions;
  readonly record: RunRecord;
  readonly clock: Clock;
}

/** Sees what conversations show, and that no older text comes where a newer one was. */
export class InboxWatch {
  readonly #emulator: Emulator;
  readonly #notebook: Notebook;
  /** The newest revision that was seen, of each message and of each place. */
  readonly #newest = new Map<string, number>();

  constructor(emulator: Emulator, notebook: Notebook) {
    this.#emulator = emulator;
    this.#notebook = notebook;
  }

  /** Looks at what a request did that sends or replaces a message. */
  look({ method, target, body }: WireRequest): void {
    const mark = markIn(body);
    if (mark === null || (method !== "POST" && method !== "PUT")) return;
    const edition = editionIn(body);
    const revision = this.#notebook.decisions.revisionOf(mark, edition);
    if (revision === null) return;
    const conversation = conversationIn(target);
    if (method === "PUT" && conversation !== null)
      this.#replaced(conversation, { activity: lastOf(target), mark, revision });
    // Without an edit nothing can be older than what was there.
    else if (conversation !== null && this.#notebook.decisions.isEdited(mark))
      this.#sent(conversation, { mark, revision, edition });
  }

  #replaced(
    conversation: string,
    put: { readonly activity: string; readonly mark: string; readonly revision: number },
  ): void {
    const message = this.#messages(conversation).find((one) => one.activityId === put.activity);
    const text = message === undefined ? "" : textOf(message);
    const isThere = markIn(text) === put.mark;
    const shown = this.#notebook.decisions.revisionOf(put.mark, editionIn(text));
    if (!isThere || shown !== put.revision || message === undefined) return;
    this.#see(`${conversation} ${put.activity}`, put);
    this.#see(placeKey(put.mark, message), put);
  }

  #sent(
    conversation: string,
    sent: { readonly mark: string; readonly revision: number; readonly edition: number },
  ): void {
    const message = this.#messages(conversation).at(-1);
    if (message === undefined || message.at !== this.#notebook.clock.now()) return;
    const text = textOf(message);
    if (markIn(text) === sent.mark && editionIn(text) === sent.edition)
      this.#see(placeKey(sent.mark, message), sent);
  }

  #see(key: string, { mark, revision }: { readonly mark: string; readonly revision: number }) {
    const newest = this.#newest.get(key) ?? 0;
    if (revision < newest)
      this.#notebook.record.breaks(
        "edit-goes-forward",
        `${this.#notebook.clock.now()}: ${mark} shows revision ${revision} at ${key}, where ${newest} was`,
      );
    this.#newest.set(key, Math.max(newest, revision));
  }

  #messages(conversation: string): readonly InboxMessage[] {
    try {
      return this.#emulator.inbox(conversation).filter(({ from }) => from.kind === "bot");
    } catch {
      // The emulator throws where nobody knows the conversation; then nothing was sent either.
      return [];
    }
  }
}

function textOf({ activity }: InboxMessage): string {
  return JSON.stringify(activity ?? {});
}

/** Rows for a channel and for a thread in it are apart. */
function placeKey(mark: string, { conversationId, thread, activityId }: InboxMessage): string {
  const isReply = thread !== null && thread !== activityId;
  return `${conversationId}${isReply ? `;messageid=${thread}` : ""} ${mark}`;
}

function conversationIn(target: string): string | null {
  const [, rest = ""] = target.split("/v3/conversations/");
  const id = decodeURIComponent(rest.split("/")[0] ?? "").split(";")[0] ?? "";
  return id === "" ? null : id;
}

function lastOf(target: string): string {
  return decodeURIComponent(target.split("?")[0]?.split("/").at(-1) ?? "");
}
