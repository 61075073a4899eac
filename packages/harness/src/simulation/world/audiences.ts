import type { Emulator } from "@carillon/emulator";
import type { Audience, Target } from "../../../../server/src/domain/target.ts";
import { placesOf } from "../check/check-audience.ts";
import type { PlannedAudience, PlannedTarget } from "../plan/plan.ts";

/** Whom a plan's small numbers mean in the made-up tenant. */
export class Audiences {
  readonly #emulator: Emulator;
  /** A post in each team that replies go to. */
  readonly #threads: readonly Target[];

  constructor(emulator: Emulator, threads: readonly Target[]) {
    this.#emulator = emulator;
    this.#threads = threads;
  }

  /** A campaign's audience; `number` picks the team or the places. */
  audience(kind: PlannedAudience, number: number): Audience {
    const everyone = { include: [{ everyone: true as const }] };
    const team = this.team(number).id;
    switch (kind) {
      case "everyone":
        return everyone;
      case "some":
        return { include: this.#someUsers() };
      case "places":
        return { include: [...this.#places(number), ...this.#someUsers()] };
      case "team":
        return { include: [{ team, as: "members" }, ...this.#someUsers()] };
      case "everyone-but-some":
        return { ...everyone, exclude: this.#someUsers() };
      case "everyone-but-team":
        return { ...everyone, exclude: [{ team, as: "members" }] };
    }
  }

  target(planned: PlannedTarget): Target {
    if ("person" in planned) return { user: this.#emulator.person(planned.person).aadObjectId };
    if ("chat" in planned) return { chat: pick(this.#emulator.chats(), planned.chat).id };
    if ("thread" in planned) return pick(this.#threads, planned.thread);
    if ("general" in planned) return { team: this.team(planned.general).id, as: "general" };
    const { channels } = this.team(planned.channel);
    return { channel: pick(channels, planned.channel).id };
  }

  /** Every place that these mean, as things are now; of everyone, also those of whom the service was never told. */
  placesNamed(targets: readonly Target[]): ReadonlySet<string> {
    const everyone = targets.some((target) => "everyone" in target)
      ? this.#emulator.people({ limit: 1_000 }).items.map(({ conversationId }) => conversationId)
      : [];
    return new Set([...placesOf(this.#emulator, targets), ...everyone]);
  }

  team(number: number) {
    return pick(this.#emulator.teams(), number);
  }

  #places(number: number): readonly Target[] {
    const numbers = [
      { chat: number },
      { channel: number },
      { thread: number },
      { general: number },
    ];
    return numbers.map((planned) => this.target(planned));
  }

  /** Some by a name that the service has to look up: those that are in a team, where it can. */
  #someUsers(): readonly Target[] {
    const members = this.#emulator
      .teams()
      .flatMap(({ index }) => this.#emulator.members({ team: index }, { limit: 1_000 }).items);
    const inTeams = new Set(members.map(({ index }) => index));
    const { total } = this.#emulator.people({ limit: 1 });
    return [0, 1, 2, 5, 7]
      .filter((index) => index < total)
      .map((index) => {
        const person = this.#emulator.person(index);
        const byName = index % 2 === 1 && inTeams.has(index);
        return { user: byName ? person.userPrincipalName : person.aadObjectId };
      });
  }
}

function pick<T>(of: readonly T[], number: number): T {
  const picked = of[number % of.length];
  if (picked === undefined) throw new Error("nothing to pick from");
  return picked;
}
