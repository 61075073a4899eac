import { type Chat, channelIdOf, makeChat, makeTeam, type Team } from "../tenant/group.ts";
import { Roster } from "./roster.ts";

/** A team as it is now. */
export interface TeamState {
  readonly made: Team;
  readonly roster: Roster;
  /** General first. */
  readonly channels: { readonly id: string; name: string | null }[];
  installed: boolean;
}
/** A group chat as it is now. */
export interface ChatState {
  readonly made: Chat;
  readonly roster: Roster;
  installed: boolean;
}

/** The teams and group chats of the tenant. */
export class Groups {
  readonly teams: readonly TeamState[];
  readonly chats: readonly ChatState[];
  readonly #teamByChannel = new Map<string, TeamState>();
  readonly #chatById: ReadonlyMap<string, ChatState>;
  readonly #seed: number;

  constructor(seed: number, people: number, teams: number, chats: number) {
    this.#seed = seed;
    this.teams = Array.from({ length: teams }, (_, index) => {
      const made = makeTeam(seed, people, index);
      const channels = made.channels.map((channel) => ({ ...channel }));
      return { made, roster: new Roster(made.roster), channels, installed: false };
    });
    this.chats = Array.from({ length: chats }, (_, index) => {
      const made = makeChat(seed, people, index);
      return { made, roster: new Roster(made.roster), installed: false };
    });
    for (const team of this.teams)
      for (const channel of team.channels) this.#teamByChannel.set(channel.id, team);
    this.#chatById = new Map(this.chats.map((chat) => [chat.made.id, chat]));
  }

  /** The team that has this channel; a team's own id is its General channel. */
  teamOfChannel(id: string): TeamState | undefined {
    return this.#teamByChannel.get(id);
  }

  chat(id: string): ChatState | undefined {
    return this.#chatById.get(id);
  }

  addChannel(team: TeamState, name: string): { readonly id: string; readonly name: string } {
    const channel = { id: channelIdOf(this.#seed, team.made.index, team.channels.length), name };
    team.channels.push(channel);
    this.#teamByChannel.set(channel.id, team);
    return channel;
  }
}
