import type { Channel, Conversation, DirectoryFact, Person, Team } from "../../domain/directory.ts";
import type { BotId, ConversationId, PersonId, TeamId, TenantId } from "../../domain/ids.ts";
import type { Page, PageRequest, Scope } from "./store.ts";

/** People, teams, channels and conversations. Look-ups are by index. */
export interface DirectoryStore {
  /**
   * Applies facts in order, a hundred or fewer in one transaction (many callers may share a commit). Of a longer list a part may
   * be applied when it fails; facts may be told again.
   */
  learn(botId: BotId, facts: readonly DirectoryFact[], now: number): Promise<void>;
  tenants(botId: BotId): Promise<readonly TenantId[]>;
  findPerson(
    scope: Scope,
    by:
      | { readonly id: PersonId }
      | { readonly aadObjectId: string }
      | { readonly userPrincipalName: string }
      | { readonly teamsId: string }
      | { readonly conversationId: ConversationId },
  ): Promise<Person | null>;
  findConversation(scope: Scope, id: ConversationId): Promise<Conversation | null>;
  findTeam(scope: Scope, id: TeamId): Promise<Team | null>;
  /** The team that a channel belongs to, for its service URL. */
  findChannel(scope: Scope, id: ConversationId): Promise<Channel | null>;
  /** Ordered by person id. `search` matches the start of name, UPN or e-mail, without regard to case. */
  listPeople(scope: Scope, page: PageRequest & { readonly search?: string }): Promise<Page<Person>>;
  listTeams(scope: Scope, page: PageRequest): Promise<Page<Team>>;
  listChannels(scope: Scope, teamId: TeamId): Promise<readonly Channel[]>;
  /** By install state, and how many blocked the bot, whatever their install state. */
  countPeople(scope: Scope): Promise<{
    readonly people: number;
    readonly installed: number;
    readonly blocked: number;
    readonly removed: number;
  }>;
}
