declare const brand: unique symbol;

/** A `T` that only its own constructor function makes, so that ids of different kinds cannot be mixed. */
export type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** The bot's app (client) id, a bare guid without the `28:` prefix. */
export type BotId = Branded<string, "BotId">;
/** An Entra tenant id. */
export type TenantId = Branded<string, "TenantId">;
/** Our id of a campaign or of a notification (a notification is a campaign of kind `notification`). */
export type CampaignId = Branded<string, "CampaignId">;
/** A connector conversation id: `a:…`, `19:…@thread.tacv2`, `19:…@thread.v2`, with or without `;messageid=`. */
export type ConversationId = Branded<string, "ConversationId">;
/** A connector activity id. */
export type ActivityId = Branded<string, "ActivityId">;
/** The key of a person in the directory: the Entra object id, or the `29:` id where Teams gave no object id. */
export type PersonId = Branded<string, "PersonId">;
/** A team's `19:` id, which is also the id of its General channel. */
export type TeamId = Branded<string, "TeamId">;
/** What makes two recipients the same within a campaign: `user:<person>`, `chat:<id>`, `channel:<id>`, `thread:<id>`. */
export type RecipientKey = Branded<string, "RecipientKey">;
/** One running process that claims deliveries; new at every start. */
export type WorkerId = Branded<string, "WorkerId">;

// Each cast below is the one place where a plain string becomes that id; callers have checked its form.
export const botId = (value: string): BotId => value as BotId;
export const tenantId = (value: string): TenantId => value as TenantId;
export const campaignId = (value: string): CampaignId => value as CampaignId;
export const conversationId = (value: string): ConversationId => value as ConversationId;
export const activityId = (value: string): ActivityId => value as ActivityId;
export const personId = (value: string): PersonId => value as PersonId;
export const teamId = (value: string): TeamId => value as TeamId;
export const recipientKey = (value: string): RecipientKey => value as RecipientKey;
export const workerId = (value: string): WorkerId => value as WorkerId;
