import { installActivities, uninstallActivities } from "../bot/install-activities.ts";
import { describe, isTaken, postActivity } from "../bot/post-activity.ts";
import { ownerOf } from "../bot/team-activities.ts";
import type { Place } from "../connector/place.ts";
import { ControlError } from "../control-error.ts";
import type { InstallOptions, InstallTarget } from "../emulator.ts";
import type { JsonObject } from "../json.ts";
import type { InstallJob } from "../state/install-job.ts";
import type { World } from "../state/world.ts";
import { fateOf } from "../tenant/person.ts";
import type { InstallReport } from "../views.ts";
import { chatFor, personalPlace, personFor, teamFor, teamPlace } from "./find.ts";
import { indexes } from "./views.ts";

const atOnceStandard = 16;
const atOnceMax = 256;
const failuresKept = 10;
const jobsKept = 100;

/** A begun install, and its end. */
export interface RunningInstall {
  readonly job: InstallJob;
  readonly done: Promise<InstallReport>;
}

/** Puts the app there (or takes it away) for each target, and tells the bot. */
export function beginInstall(
  world: World,
  target: InstallTarget,
  options: InstallOptions,
  action: "add" | "remove",
): RunningInstall {
  const atOnce = options.concurrency ?? atOnceStandard;
  if (!Number.isInteger(atOnce) || atOnce < 1 || atOnce > atOnceMax)
    throw new ControlError(400, `concurrency must be a whole number from 1 to ${atOnceMax}`);
  const { places, total } = placesOf(world, target, action);
  world.totals.installs += 1;
  const job: InstallJob = {
    id: `install-${world.totals.installs}`,
    total,
    done: 0,
    failed: 0,
    installed: 0,
    finished: false,
    failures: [],
  };
  world.installs.push(job);
  if (world.installs.length > jobsKept) world.installs.shift();
  const one = (place: Place): Promise<void> =>
    action === "add"
      ? addApp(world, place, { job, options, isAll: target === "all" })
      : removeApp(world, place, { job, options });
  const done = runAll(places, atOnce, one).then(() => {
    job.finished = true;
    return reportOf(job);
  });
  return { job, done };
}

/** A job as the control API shows it. */
export function reportOf(job: InstallJob): InstallReport {
  const { finished, ...rest } = job;
  return { ...rest, failures: [...job.failures], state: finished ? "finished" : "running" };
}

async function addApp(
  world: World,
  place: Place,
  how: { readonly job: InstallJob; readonly options: InstallOptions; readonly isAll: boolean },
): Promise<void> {
  const { job, options } = how;
  setInstalled(world, place, true);
  job.installed += 1;
  if (options.events !== false)
    await tell(world, job, installActivities(world, place, actorOf(place)), options);
  const { person } = place.kind === "person" ? place : { person: null };
  if (person !== null && how.isAll && fateOf(world.config.source, person) === "blocks")
    world.people.set(person, "blocked", true);
  job.done += 1;
}

async function removeApp(
  world: World,
  place: Place,
  how: { readonly job: InstallJob; readonly options: InstallOptions },
): Promise<void> {
  const { job, options } = how;
  setInstalled(world, place, false);
  if (options.events !== false) {
    const isTold = await tell(
      world,
      job,
      uninstallActivities(world, place, actorOf(place)),
      options,
    );
    if (isTold && place.kind === "person")
      world.people.toldRemoved(place.person, world.clock.now());
  }
  job.done += 1;
}

/** Posts the activities of one target one after the other; false when the bot did not take one of them. */
async function tell(
  world: World,
  job: InstallJob,
  activities: readonly JsonObject[],
  options: InstallOptions,
): Promise<boolean> {
  for (const activity of activities) {
    const answer = await postActivity(world, activity, options);
    if (isTaken(answer)) continue;
    job.failed += 1;
    if (job.failures.length < failuresKept) job.failures.push(describe(answer));
    return false;
  }
  return true;
}

function setInstalled(world: World, place: Place, on: boolean): void {
  if (place.kind === "channel") place.team.installed = on;
  else if (place.kind === "chat") place.chat.installed = on;
  else if (on) world.people.install(place.person);
  else world.people.uninstall(place.person);
}

function actorOf(place: Place): number {
  if (place.kind === "person") return place.person;
  return place.kind === "channel" ? ownerOf(place.team) : (place.chat.roster.slice(0, 1)[0] ?? 0);
}

function placesOf(
  world: World,
  target: InstallTarget,
  action: "add" | "remove",
): { readonly places: Iterable<Place>; readonly total: number } {
  if (target === "all") {
    const wanted = (person: number): boolean =>
      action === "add"
        ? fateOf(world.config.source, person) !== "without-app"
        : world.people.has(person, "installed");
    let total = 0;
    for (const person of indexes(world.config.source.people)) if (wanted(person)) total += 1;
    return { places: personalPlaces(world, wanted), total };
  }
  const places = listedPlaces(world, target);
  return { places, total: places.length };
}

function listedPlaces(world: World, target: Exclude<InstallTarget, "all">): readonly Place[] {
  if (typeof target === "number" || typeof target === "string")
    return [personalPlace(world, personFor(world, target))];
  if ("team" in target) return [teamPlace(teamFor(world, target.team))];
  if ("chat" in target) {
    const chat = chatFor(world, target.chat);
    return [{ kind: "chat", id: chat.made.id, chat }];
  }
  if (!Array.isArray(target)) throw new ControlError(400, "this is nothing to install for");
  return target.map((ref) => personalPlace(world, personFor(world, ref)));
}

function* personalPlaces(world: World, wanted: (person: number) => boolean): Iterable<Place> {
  for (const person of indexes(world.config.source.people))
    if (wanted(person)) yield personalPlace(world, person);
}

async function runAll(
  places: Iterable<Place>,
  atOnce: number,
  one: (place: Place) => Promise<void>,
): Promise<void> {
  // All workers draw from one iterator, so memory does not grow with the tenant.
  const iterator = places[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) await one(next.value);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
