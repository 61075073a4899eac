import type { Emulator, PersonView } from "@carillon/emulator";
import type { Target } from "../../../../server/src/domain/target.ts";
import type { RunRecord } from "../watch/record.ts";
import type { BrokenPromise } from "./promises.ts";
import { chatOf, type Row, type Seen, type Story } from "./story.ts";

/** Holds the rows of each campaign against the people and places that its audience names. */
export function checkAudience(
  stories: readonly Story[],
  { clients, emulator, record, decisions }: Seen,
): readonly BrokenPromise[] {
  return stories.flatMap((story) => {
    const audience = clients?.audiences.get(story.mark);
    if (audience === undefined) return [];
    const excluded = placesOf(emulator, audience.exclude ?? []);
    const wanted = placesOf(emulator, audience.include);
    const begun = decisions.begun.get(story.mark);
    // Who left a team since was excluded with it, or was not, as the roster was read before or after.
    for (const place of [...excluded, ...(begun?.excluded ?? [])]) wanted.delete(place);
    return [
      ...checkExcluded(story, excluded, record),
      ...checkComplete(story, wanted),
      ...(begun === undefined ? [] : checkExact(story, begun.named)),
    ];
  });
}

function checkExcluded(
  { mark }: Story,
  excluded: ReadonlySet<string>,
  { startsOf }: RunRecord,
): readonly BrokenPromise[] {
  return (startsOf.get(mark) ?? [])
    .filter(({ place }) => place !== null && excluded.has(place))
    .map(({ kind, place }) => ({
      promise: "excluded-left-out",
      what: `${mark}: ${kind} to ${place}`,
    }));
}

function checkComplete(
  { mark, campaign, rows }: Story,
  wanted: ReadonlySet<string>,
): readonly BrokenPromise[] {
  // Where a roster could not be read, a row says so.
  const isWhole = !rows.some(({ delivery }) => isOfTeam(delivery));
  if (campaign.state !== "finished" || !isWhole) return [];
  const there = new Set(rows.map(({ place }) => place));
  return [...wanted]
    .filter((place) => !there.has(place))
    .map((place) => ({ promise: "audience-complete", what: `${mark} has no row for ${place}` }));
}

/** Whether the row stands for a team whose roster could not be read. */
function isOfTeam({ recipient }: Row["delivery"]): boolean {
  return recipient.startsWith("team:");
}

function checkExact({ mark, rows }: Story, named: ReadonlySet<string>): readonly BrokenPromise[] {
  return rows
    .filter(({ delivery, place }) => place !== null && !isOfTeam(delivery) && !named.has(place))
    .map(({ place }) => ({ promise: "audience-exact", what: `${mark} has a row for ${place}` }));
}

/** Where messages to these targets arrive. */
export function placesOf(emulator: Emulator, targets: readonly Target[]): Set<string> {
  return new Set(targets.flatMap((target) => placesOfOne(emulator, target)));
}

function placesOfOne(emulator: Emulator, target: Target): readonly string[] {
  // Of everyone, those whom the service was told of.
  if ("everyone" in target)
    return chatsOf(
      emulator.people({ limit: 1_000 }).items.filter(({ fate }) => fate !== "without-app"),
    );
  if ("team" in target && target.as === "members")
    return chatsOf(emulator.members({ team: target.team }, { limit: 1_000 }).items);
  if ("user" in target) return [chatOf(emulator, target.user) ?? []].flat();
  if ("chat" in target) return [target.chat];
  if ("channel" in target) return [target.channel];
  if ("team" in target) return [target.team];
  if ("thread" in target) return [`${target.thread.channel};messageid=${target.thread.rootId}`];
  return [];
}

function chatsOf(people: readonly PersonView[]): readonly string[] {
  return people.map(({ conversationId }) => conversationId);
}
