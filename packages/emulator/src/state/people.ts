const flag = { installed: 1, blocked: 2, disabled: 4, everInstalled: 8, conversation: 16 } as const;

/** One thing that may hold for a person. `conversation`: the bot has asked for the personal conversation. */
export type PersonFlag = keyof typeof flag;

/** What changed for each person since the tenant was made: one byte each. */
export class PeopleState {
  readonly #bytes: Uint8Array;
  /** When the bot acknowledged that the app was removed, by person. */
  readonly #toldRemovedAt = new Map<number, number>();

  constructor(people: number) {
    this.#bytes = new Uint8Array(people);
  }

  has(person: number, name: PersonFlag): boolean {
    return ((this.#bytes[person] ?? 0) & flag[name]) !== 0;
  }

  set(person: number, name: PersonFlag, on: boolean): void {
    const byte = this.#bytes[person] ?? 0;
    this.#bytes[person] = on ? byte | flag[name] : byte & ~flag[name];
  }

  install(person: number): void {
    this.set(person, "installed", true);
    this.set(person, "everInstalled", true);
    this.#toldRemovedAt.delete(person);
  }

  uninstall(person: number): void {
    this.set(person, "installed", false);
  }

  /** The bot answered the activity that told of the removal. */
  toldRemoved(person: number, at: number): void {
    this.#toldRemovedAt.set(person, at);
  }

  toldRemovedAt(person: number): number | null {
    return this.#toldRemovedAt.get(person) ?? null;
  }

  count(name: PersonFlag): number {
    return this.#bytes.reduce((sum, byte) => sum + (byte & flag[name] ? 1 : 0), 0);
  }

  toBase64(): string {
    return Buffer.from(this.#bytes).toString("base64");
  }

  fromBase64(text: string): void {
    this.#bytes.set(Buffer.from(text, "base64").subarray(0, this.#bytes.length));
  }
}
