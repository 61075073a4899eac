import type { Wake } from "../../engine/ports/wakes.ts";

/** What other processes are still to be told. Bounded: one hint for each lane and campaign, and one for everything beyond that. */
export class WakesToTell {
  readonly #wakes = new Map<string, Wake>();

  add(wake: Wake): void {
    if (this.#wakes.has(everything)) return;
    const key = wake.kind === "all" || this.#wakes.size >= wakesMax ? everything : keyOf(wake);
    if (key === everything) {
      this.#wakes.clear();
      this.#wakes.set(everything, { kind: "all" });
      return;
    }
    const known = this.#wakes.get(key);
    const isJoined = known?.kind === "work" && wake.kind === "work";
    this.#wakes.set(key, isJoined ? { ...wake, urgent: known.urgent + wake.urgent } : wake);
  }

  /** Takes out the oldest, at most so many. */
  take(atMost: number): readonly Wake[] {
    const taken = [...this.#wakes].slice(0, atMost);
    for (const [key] of taken) this.#wakes.delete(key);
    return taken.map(([, wake]) => wake);
  }
}

/** A hint as it travels. What would be too long for the server is told as `all`. */
export function textOfWake(wake: Wake): string {
  const text = JSON.stringify(wake);
  return Buffer.byteLength(text) > bytesMax ? JSON.stringify({ kind: "all" }) : text;
}

/** The hint in a text; whatever cannot be read, as that of a newer version, means that something was stored. */
export function readWake(text: string): Wake {
  try {
    const wake: unknown = JSON.parse(text);
    return isWake(wake) ? wake : { kind: "all" };
  } catch {
    // Somebody else uses the channel.
    return { kind: "all" };
  }
}

function isWake(value: unknown): value is Wake {
  if (typeof value !== "object" || value === null) return false;
  const { kind, botId, tenantId, id, urgent } = value as Readonly<Record<string, unknown>>; // an object, as just asked
  const hasLane = typeof botId === "string" && typeof tenantId === "string";
  if (kind === "work") return hasLane && typeof urgent === "number";
  return kind === "moved" && hasLane && typeof id === "string";
}

function keyOf(wake: Exclude<Wake, { readonly kind: "all" }>): string {
  const { kind, botId, tenantId } = wake;
  return JSON.stringify([kind, botId, tenantId, wake.kind === "moved" ? wake.id : null]);
}

const everything = "all";
const wakesMax = 256;
/** The server takes fewer than 8,000. */
const bytesMax = 2_000;
