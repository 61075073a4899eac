import type { BaseRoster } from "../tenant/group.ts";
import { memberAt } from "../tenant/group.ts";

/** Who belongs to a team or chat: the people it was made with, and what changed since. */
export class Roster {
  readonly #base: BaseRoster;
  /** Kept in the order in which people were added. */
  readonly #added = new Set<number>();
  readonly #removed = new Set<number>();
  #baseMembers: Set<number> | undefined;

  constructor(base: BaseRoster) {
    this.#base = base;
  }

  get size(): number {
    return this.#base.size - this.#removed.size + this.#added.size;
  }

  has(person: number): boolean {
    return this.#added.has(person) || (this.#isBase(person) && !this.#removed.has(person));
  }

  /** False when the person was a member already. */
  add(person: number): boolean {
    if (this.has(person)) return false;
    if (!this.#removed.delete(person)) this.#added.add(person);
    return true;
  }

  /** False when the person was no member. */
  remove(person: number): boolean {
    if (!this.has(person)) return false;
    if (!this.#added.delete(person)) this.#removed.add(person);
    return true;
  }

  /** Up to `limit` members from a place on. */
  slice(offset: number, limit: number): readonly number[] {
    const found: number[] = [];
    let place = 0;
    for (const person of this.members()) {
      if (found.length >= limit) break;
      if (place >= offset) found.push(person);
      place += 1;
    }
    return found;
  }

  *members(): Iterable<number> {
    for (let place = 0; place < this.#base.size; place += 1) {
      const person = memberAt(this.#base, place);
      if (!this.#removed.has(person)) yield person;
    }
    yield* this.#added;
  }

  changes(): { readonly added: readonly number[]; readonly removed: readonly number[] } {
    return { added: [...this.#added], removed: [...this.#removed] };
  }

  #isBase(person: number): boolean {
    if (this.#base.stride === 1 && this.#base.start === 0) return person < this.#base.size;
    this.#baseMembers ??= new Set(
      Array.from({ length: this.#base.size }, (_, place) => memberAt(this.#base, place)),
    );
    return this.#baseMembers.has(person);
  }
}
