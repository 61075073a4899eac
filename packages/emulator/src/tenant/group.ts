import { hash32 } from "../runtime/hash.ts";
import { guidOf } from "../runtime/id-code.ts";

/** Members of a team or chat before anyone was added or removed: `size` people, walked from `start` in steps of `stride`. */
export interface BaseRoster {
  readonly people: number;
  readonly size: number;
  readonly start: number;
  /** Has no divisor in common with `people`, so that nobody comes twice. */
  readonly stride: number;
}
/** A team as it was made. Channel 0 is General: its id is the team's, and it has no name. */
export interface Team {
  readonly index: number;
  readonly id: string;
  readonly aadGroupId: string;
  readonly name: string;
  readonly channels: readonly { readonly id: string; readonly name: string | null }[];
  readonly roster: BaseRoster;
}
/** A group chat as it was made. */
export interface Chat {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  readonly roster: BaseRoster;
}

const largestTeam = 10_000;
const channelBits = 8;
const teamNames = [
  "All Company",
  "Nursing",
  "Facilities",
  "Engineering",
  "Retail North",
  "Finance",
  "People and Culture",
  "Customer Care",
  "Logistics",
  "Research",
  "Field Service",
  "Communications",
];
const channelNames = ["Announcements", "Shift handover", "Questions", "Projects", "Social"];
const chatNames = ["Lunch", "Project Bluebird", "On call", "Release crew", "Volunteers"];

/** The team with this index. Team 0 has everyone in it, up to 10,000. */
export function makeTeam(seed: number, people: number, index: number): Team {
  const extra = 1 + (hash32(seed, 31, index, 0) % 4);
  const round = Math.floor(index / teamNames.length);
  const name = teamNames[index % teamNames.length] ?? "Team";
  return {
    index,
    id: channelIdOf(seed, index, 0),
    aadGroupId: guidOf(seed, "team-group", index),
    name: round === 0 ? name : `${name} ${round + 1}`,
    channels: [null, ...channelNames.slice(0, extra)].map((channel, at) => ({
      id: channelIdOf(seed, index, at),
      name: channel,
    })),
    roster:
      index === 0
        ? { people, size: Math.min(people, largestTeam), start: 0, stride: 1 }
        : rosterOf(seed, people, 32, index, { min: 5, max: 400 }),
  };
}

/** The group chat with this index. */
export function makeChat(seed: number, people: number, index: number): Chat {
  const round = Math.floor(index / chatNames.length);
  const name = chatNames[index % chatNames.length] ?? "Chat";
  return {
    index,
    id: `19:${hexOf(guidOf(seed, "chat", index))}@thread.v2`,
    name: round === 0 ? name : `${name} ${round + 1}`,
    roster: rosterOf(seed, people, 33, index, { min: 3, max: 12 }),
  };
}

/** The id of a team's channel; channel 0 is the team itself. */
export function channelIdOf(seed: number, team: number, channel: number): string {
  return `19:${hexOf(guidOf(seed, "team", team * 2 ** channelBits + channel))}@thread.tacv2`;
}

/** The person at a place of the roster. */
export function memberAt(roster: BaseRoster, place: number): number {
  return (roster.start + place * roster.stride) % roster.people;
}

function rosterOf(
  seed: number,
  people: number,
  part: number,
  index: number,
  bounds: { readonly min: number; readonly max: number },
): BaseRoster {
  if (people === 0) return { people: 1, size: 0, start: 0, stride: 1 };
  const span = bounds.max - bounds.min + 1;
  const wanted = bounds.min + (hash32(seed, part, index, 1) % span);
  let stride = 1 + (hash32(seed, part, index, 2) % people);
  while (greatestDivisor(stride, people) !== 1) stride += 1;
  return {
    people,
    size: Math.min(wanted, people),
    start: hash32(seed, part, index, 3) % people,
    stride,
  };
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

function hexOf(guid: string): string {
  return guid.replaceAll("-", "");
}
