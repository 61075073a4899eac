import type { Channel, Conversation, Person, Team } from "../domain/directory.ts";
import type { ConversationId, PersonId, TeamId } from "../domain/ids.ts";
import type { DirectoryStore } from "../engine/ports/directory-store.ts";

/** What one person may be looked up by. */
export type PersonKey = Parameters<DirectoryStore["findPerson"]>[1];

/** One bot's directory in one tenant, as look-ups see it within a transaction. */
export interface Places {
  /** Of several with the same key, the one that was written last. An id from before the object id was known finds them too. */
  findPerson(by: PersonKey): Person | null;
  /** Personal chats included, while their people have them. */
  findConversation(id: ConversationId): Conversation | null;
  findTeam(id: TeamId): Team | null;
  /** A known team's General channel included. */
  findChannel(id: ConversationId): Channel | null;
}

/** The same, to be written to. Counts of people follow the rows. */
export interface DirectoryTables extends Places {
  insertPerson(person: Person): void;
  updatePerson(before: Person, after: Person): void;
  removePerson(person: Person): void;
  /** The person has been known by this id before. */
  renamePerson(person: Person, former: PersonId): void;
  /**
   * Stores a group chat or channel conversation, or that a personal chat is gone, unless Teams said later what is stored. Team and
   * name stay where it has none.
   */
  putConversation(conversation: Conversation): void;
  putTeam(team: Team): void;
  putChannel(channel: Channel): void;
}
