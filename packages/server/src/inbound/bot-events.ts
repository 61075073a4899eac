import type { Activity } from "../domain/activity.ts";
import type { ConversationKind } from "../domain/directory.ts";
import type { ActivityId, ConversationId, TeamId, TenantId } from "../domain/ids.ts";
import type { Json, JsonObject, Message } from "../domain/message.ts";
import type { Signal } from "../domain/signal.ts";
import type { NotificationView } from "../engine/engine.ts";

/** A person as an activity names them; `aadObjectId` is the only id that means the same outside this bot. */
export interface Actor {
  readonly aadObjectId: string | null;
  /** The `29:` id, valid for this bot only. */
  readonly teamsId: string | null;
  readonly name: string | null;
}

/** What every event of the bot has. */
export interface BotEvent {
  readonly tenantId: TenantId;
  readonly conversationId: ConversationId;
  readonly kind: ConversationKind;
  readonly teamId: TeamId | null;
  /** Who did it; null where Teams named nobody. */
  readonly actor: Actor | null;
  /** The activity as Teams sent it. */
  readonly activity: Activity;
  /** Aborts when the time limit of the event's handler has passed. */
  readonly signal: Signal;
}

/** An event in a conversation that the bot may write to. */
export interface AnswerableEvent extends BotEvent {
  /**
   * Posts into the event's conversation (and thread), as a notification: stored durably when it resolves, then sent before
   * everything else that waits (a welcome: like any notification), paced and retried like any other. If the process dies in the middle of a handler, the handler runs again and its replies
   * are recognised, so that none is posted twice. Throws `ProblemError` as `engine.notifications.create` does.
   */
  reply(message: Message | string): Promise<NotificationView>;
}

/** The app was added for a person, to a team or to a group chat. */
export interface InstallEvent extends AnswerableEvent {
  /** True when an upgrade of the app brought the bot (`add-upgrade`). */
  readonly upgrade: boolean;
}

/** The app was removed; every later send to this conversation would be refused, so there is nothing to reply with. */
export interface UninstallEvent extends BotEvent {
  readonly upgrade: boolean;
}

/** A person wrote to the bot. */
export interface MessageEvent extends AnswerableEvent {
  /** What they wrote, without the mention of the bot itself, trimmed. */
  readonly text: string;
  /** The message that this one replies to, or null. */
  readonly replyToId: ActivityId | null;
}

/** A person pressed a button of a card: `Action.Submit` (no verb), or `Action.Execute`. */
export interface CardActionEvent extends AnswerableEvent {
  readonly verb: string | null;
  /** The button's data merged with the card's inputs. */
  readonly data: JsonObject;
  /** The message that holds the card, or null. */
  readonly replyToId: ActivityId | null;
  /** `automatic` when a client asked for a fresh card by itself. */
  readonly trigger: "manual" | "automatic";
}

/** A person added reactions to, or took them from, a message of the bot. */
export interface ReactionEvent extends AnswerableEvent {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly replyToId: ActivityId | null;
}

/**
 * What `onCardAction` may answer: a card that replaces the pressed one for this person only, a short text shown to them, or an
 * error text. `Action.Submit` shows none of them: use `reply` there.
 */
export type CardAnswer =
  | { readonly card: JsonObject }
  | { readonly text: string }
  | { readonly error: { readonly code: string; readonly message: string } };

/**
 * The bot's own code. Each runs after the activity is stored durably; those of one conversation run one after another.
 * One that throws is logged and not run again.
 */
export interface BotEventHandlers {
  readonly onInstall?: (event: InstallEvent) => unknown;
  readonly onUninstall?: (event: UninstallEvent) => unknown;
  readonly onMessage?: (event: MessageEvent) => unknown;
  readonly onCardAction?: (
    event: CardActionEvent,
  ) => CardAnswer | undefined | Promise<CardAnswer | undefined>;
  readonly onReaction?: (event: ReactionEvent) => unknown;
}

/** The JSON that an invoke is answered with. */
export interface InvokeAnswer {
  readonly status: number;
  readonly body: Json;
}
