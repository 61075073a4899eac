import type { Channel, Conversation, Person, Team } from "../../domain/directory.ts";
import {
  type ConversationId,
  type PersonId,
  personId,
  type TeamId,
  teamId,
} from "../../domain/ids.ts";
import type { Scope } from "../../engine/ports/store.ts";
import { conversationOf, personalChat } from "../conversation-rows.ts";
import type { DirectoryTables, PersonKey } from "../directory-tables.ts";
import { personOf } from "../people-rows.ts";
import { isOlder } from "../said.ts";
import { channelOf, generalChannel, teamOf } from "../team-rows.ts";
import type { Database } from "./database.ts";
import {
  type PersonEntry,
  type PersonKeys,
  putPeople,
  readPeople,
  removePeople,
} from "./people-table.ts";
import {
  putChannels,
  putConversations,
  putTeams,
  readChannels,
  readConversations,
  readTeams,
} from "./place-tables.ts";

/** What a draft is to hold. */
export interface DraftKeys extends PersonKeys {
  /** Ids of group chats, channels and gone personal chats. */
  readonly conversations: readonly string[];
  /** Ids of channels, and of teams. */
  readonly places: readonly string[];
}

/**
 * A part of one bot's directory in one tenant, read by a few statements, looked up and changed in memory, and written by a few
 * statements. It knows only what it was asked to hold. Who writes it has locked the directory.
 */
export class DirectoryDraft implements DirectoryTables {
  readonly #scope: Scope;
  readonly #people = new Map<PersonId, PersonEntry>();
  readonly #changedPeople = new Set<PersonId>();
  readonly #removedPeople = new Set<PersonId>();
  readonly #conversations = new Drafted<ConversationId, Conversation>();
  readonly #teams = new Drafted<TeamId, Team>();
  readonly #channels = new Drafted<ConversationId, Channel>();
  readonly #counts = { people: 0, installed: 0, blocked: 0, removed: 0 };

  private constructor(scope: Scope) {
    this.#scope = scope;
  }

  static async read(db: Database, scope: Scope, keys: DraftKeys): Promise<DirectoryDraft> {
    const [people, conversations, channels, teams] = await Promise.all([
      readPeople(db, scope, keys),
      readConversations(db, scope, keys.conversations),
      readChannels(db, scope, keys.places),
      readTeams(db, scope, keys.places),
    ]);
    const draft = new DirectoryDraft(scope);
    for (const row of people) {
      const person = personOf(scope, row);
      const formerId = row.former_id === null ? null : personId(row.former_id);
      if (person !== null) draft.#people.set(person.id, { person, formerId });
    }
    for (const row of conversations)
      draft.#conversations.hold(row.conversation_id, conversationOf(scope, row));
    for (const row of channels) draft.#channels.hold(row.channel_id, channelOf(row));
    for (const row of teams) draft.#teams.hold(row.team_id, teamOf(scope, row));
    return draft;
  }

  findPerson(by: PersonKey): Person | null {
    if ("aadObjectId" in by) return this.#byId(by.aadObjectId.toLowerCase());
    if ("id" in by) return this.#byId(by.id) ?? this.#newest((entry) => entry.formerId === by.id);
    if ("teamsId" in by) return this.#newest(({ person }) => person.teamsId === by.teamsId);
    if ("conversationId" in by)
      return this.#newest(({ person }) => person.conversationId === by.conversationId);
    throw new Error("no fact and no recipient names a person by the user principal name");
  }

  findConversation(id: ConversationId): Conversation | null {
    return personalChat(this.findPerson({ conversationId: id }), id) ?? this.#conversations.get(id);
  }

  findTeam(id: TeamId): Team | null {
    return this.#teams.get(id);
  }

  findChannel(id: ConversationId): Channel | null {
    return this.#channels.get(id) ?? generalChannel(this.#teams.get(teamId(id)));
  }

  insertPerson(person: Person): void {
    this.#putPerson({ person, formerId: null });
    this.#count(person, 1);
  }

  updatePerson(before: Person, after: Person): void {
    const formerId = this.#people.get(before.id)?.formerId ?? null;
    this.#putPerson({ person: after, formerId });
    this.#count(before, -1);
    this.#count(after, 1);
  }

  removePerson(person: Person): void {
    this.#people.delete(person.id);
    this.#changedPeople.delete(person.id);
    this.#removedPeople.add(person.id);
    this.#count(person, -1);
  }

  renamePerson({ id }: Person, former: PersonId): void {
    const entry = this.#people.get(id);
    if (entry !== undefined) this.#putPerson({ ...entry, formerId: former });
  }

  putConversation(conversation: Conversation): void {
    const before = this.#conversations.get(conversation.id);
    if (isOlder(conversation.saidAt, before?.saidAt)) return;
    const saidAt = conversation.saidAt ?? before?.saidAt;
    this.#conversations.put(conversation.id, {
      ...conversation,
      teamId: conversation.teamId ?? before?.teamId ?? null,
      name: conversation.name ?? before?.name ?? null,
      ...(saidAt !== undefined && { saidAt }),
    });
  }

  putTeam(team: Team): void {
    this.#teams.put(team.id, team);
  }

  putChannel(channel: Channel): void {
    this.#channels.put(channel.id, channel);
  }

  /** Writes what was changed. */
  async write(db: Database): Promise<void> {
    const changed = [...this.#changedPeople].flatMap((id) => this.#people.get(id) ?? []);
    await Promise.all([
      removePeople(db, this.#scope, [...this.#removedPeople]),
      putPeople(db, changed),
      putConversations(db, this.#conversations.changed),
      putTeams(db, this.#teams.changed),
      putChannels(db, this.#scope, this.#channels.changed),
      this.#writeCounts(db),
    ]);
  }

  #byId(id: string): Person | null {
    return this.#people.get(personId(id))?.person ?? null;
  }

  /** Of several, the one that was written last. */
  #newest(isMeant: (entry: PersonEntry) => boolean): Person | null {
    let best: Person | null = null;
    for (const entry of this.#people.values())
      if (isMeant(entry) && (best === null || isNewer(entry.person, best))) best = entry.person;
    return best;
  }

  #putPerson(entry: PersonEntry): void {
    const { id } = entry.person;
    this.#people.set(id, entry);
    this.#changedPeople.add(id);
    this.#removedPeople.delete(id);
  }

  #count({ install, blockedAt }: Person, by: 1 | -1): void {
    this.#counts.people += by;
    if (install === "installed") this.#counts.installed += by;
    if (install === "removed") this.#counts.removed += by;
    if (blockedAt !== null) this.#counts.blocked += by;
  }

  async #writeCounts(db: Database): Promise<void> {
    const { people, installed, blocked, removed } = this.#counts;
    if ([people, installed, blocked, removed].every((count) => count === 0)) return;
    await db.run(
      `UPDATE directories SET people = people + $3, installed = installed + $4, blocked = blocked + $5,
         removed = removed + $6
       WHERE tenant_id = $1 AND bot_id = $2`,
      this.#scope.tenantId,
      this.#scope.botId,
      people,
      installed,
      blocked,
      removed,
    );
  }
}

function isNewer(a: Person, b: Person): boolean {
  return a.updatedAt === b.updatedAt ? a.id < b.id : a.updatedAt > b.updatedAt;
}

/** Rows of one table by their keys. */
class Drafted<Key, Row> {
  readonly #rows = new Map<Key, Row>();
  readonly #changed = new Set<Key>();

  get(key: Key): Row | null {
    return this.#rows.get(key) ?? null;
  }

  hold(key: Key, row: Row): void {
    this.#rows.set(key, row);
  }

  put(key: Key, row: Row): void {
    this.#rows.set(key, row);
    this.#changed.add(key);
  }

  get changed(): readonly Row[] {
    return [...this.#changed].flatMap((key) => this.#rows.get(key) ?? []);
  }
}
