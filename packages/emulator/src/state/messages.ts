import type { Card } from "../json.ts";

/** A message in a conversation. */
export interface StoredMessage {
  /** Epoch milliseconds as text, unique and rising within its conversation. */
  readonly id: string;
  readonly conversation: StoredConversation;
  /** Root message of the channel thread, or null. */
  readonly thread: string | null;
  /** Index of the person, or -1 for the bot. */
  readonly author: number;
  readonly at: number;
  editedAt: number | null;
  deleted: boolean;
  readonly split: boolean;
  /** The activity as received; null once it is older than what is kept. */
  body: string | null;
  views: Map<number, Card> | null;
  reactions: { readonly person: number; readonly type: string }[] | null;
}
/** A conversation that has been spoken in. */
export interface StoredConversation {
  readonly id: string;
  /** The person of a personal conversation, else null. */
  readonly person: number | null;
  /** Messages of the bot; goes on counting beyond what is kept. */
  accepted: number;
  lastId: number;
  readonly messages: StoredMessage[];
  /** How many at the front of `messages` are forgotten. */
  forgotten: number;
}
/** What a message is made of. */
export interface NewMessage {
  readonly conversationId: string;
  readonly person: number | null;
  readonly thread: string | null;
  readonly author: number;
  readonly body: string;
  readonly split: boolean;
}

/** The bot as an author. */
export const botAuthor = -1;
const idsPerBody = 50;

/**
 * Everything said, bounded: the newest `keep` bodies, and fifty times as many messages without their bodies, so that they
 * can still be replaced and deleted.
 */
export class MessageStore {
  readonly #keep: number;
  readonly #conversations = new Map<string, StoredConversation>();
  /** All messages in the order in which they came. */
  #order: StoredMessage[] = [];
  /** Messages of `#order` before it have no body. */
  #bodiless = 0;
  /** Messages of `#order` before it are forgotten. */
  #forgotten = 0;

  constructor(keep: number) {
    this.#keep = keep;
  }

  find(conversationId: string): StoredConversation | undefined {
    return this.#conversations.get(conversationId);
  }

  conversations(): Iterable<StoredConversation> {
    return this.#conversations.values();
  }

  add(made: NewMessage, now: number): StoredMessage {
    const conversation = this.#open(made.conversationId, made.person);
    const number = Math.max(now, conversation.lastId + 1);
    conversation.lastId = number;
    const message: StoredMessage = {
      id: String(number),
      conversation,
      thread: made.thread,
      author: made.author,
      at: now,
      editedAt: null,
      deleted: false,
      split: made.split,
      body: made.body,
      views: null,
      reactions: null,
    };
    this.#append(message);
    return message;
  }

  /** Puts back a message as it was exported. */
  restore(
    message: Omit<StoredMessage, "conversation">,
    conversationId: string,
    person: number | null,
  ): void {
    const conversation = this.#open(conversationId, person);
    conversation.lastId = Math.max(conversation.lastId, Number(message.id));
    this.#append({ ...message, conversation });
  }

  /** How many messages a conversation held before its kept ones, after an import. */
  setAccepted(conversationId: string, person: number | null, accepted: number): void {
    this.#open(conversationId, person).accepted = accepted;
  }

  /** The message with this id, if it is not forgotten. */
  message(conversationId: string, id: string): StoredMessage | undefined {
    const conversation = this.#conversations.get(conversationId);
    if (!conversation) return undefined;
    const list = conversation.messages;
    const wanted = Number(id);
    let low = conversation.forgotten;
    let high = list.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = list[middle];
      if (!found) return undefined;
      if (found.id === id) return found;
      if (Number(found.id) < wanted) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  /** The messages of a conversation that are kept, oldest first. */
  inbox(conversationId: string): readonly StoredMessage[] {
    const conversation = this.#conversations.get(conversationId);
    return conversation ? conversation.messages.slice(conversation.forgotten) : [];
  }

  /** Every message that is kept, oldest first. */
  *all(): Iterable<StoredMessage> {
    for (let at = this.#forgotten; at < this.#order.length; at += 1) {
      const message = this.#order[at];
      if (message) yield message;
    }
  }

  #open(id: string, person: number | null): StoredConversation {
    const known = this.#conversations.get(id);
    if (known) return known;
    const made = { id, person, accepted: 0, lastId: 0, messages: [], forgotten: 0 };
    this.#conversations.set(id, made);
    return made;
  }

  #append(message: StoredMessage): void {
    message.conversation.messages.push(message);
    if (message.author === botAuthor) message.conversation.accepted += 1;
    this.#order.push(message);
    if (this.#order.length - this.#bodiless > this.#keep) this.#dropBody();
    if (this.#order.length - this.#forgotten > this.#keep * idsPerBody) this.#forget();
  }

  #dropBody(): void {
    const oldest = this.#order[this.#bodiless];
    if (oldest) {
      oldest.body = null;
      oldest.views = null;
    }
    this.#bodiless += 1;
  }

  #forget(): void {
    const oldest = this.#order[this.#forgotten];
    this.#forgotten += 1;
    if (oldest) forgetOldest(oldest.conversation);
    if (this.#forgotten < 4_096 || this.#forgotten * 2 < this.#order.length) return;
    this.#order = this.#order.slice(this.#forgotten);
    this.#bodiless -= this.#forgotten;
    this.#forgotten = 0;
  }
}

function forgetOldest(conversation: StoredConversation): void {
  conversation.forgotten += 1;
  if (conversation.forgotten < 64 || conversation.forgotten * 2 < conversation.messages.length)
    return;
  conversation.messages.splice(0, conversation.forgotten);
  conversation.forgotten = 0;
}
