/**
 * A text that is the same for two requests exactly when they ask for the same: members in any order, absent and undefined
 * alike. Long ones are shortened to a hash of 128 bits.
 */
export function fingerprintOf(request: unknown): string {
  const text = stable(request);
  return text.length <= 256 ? text : `${hash128(text)}:${text.length}`;
}

function stable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stable).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${stable(member)}`);
  return `{${members.join(",")}}`;
}

/** Four 32-bit lanes that are mixed into one another; against accidents, not against an attacker who owns the key anyway. */
function hash128(text: string): string {
  const lanes = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0xdeadbeef];
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    for (let lane = 0; lane < 4; lane += 1) {
      const mixed = Math.imul((lanes[lane] ?? 0) ^ unit, multipliers[lane] ?? 1);
      lanes[lane] = (mixed ^ (mixed >>> 15)) + Math.imul(lanes[(lane + 1) & 3] ?? 0, 5);
    }
  }
  return lanes.map((lane) => (finish(lane) >>> 0).toString(16).padStart(8, "0")).join("");
}

const multipliers = [0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f, 0x165667b1];

function finish(lane: number): number {
  let mixed = Math.imul(lane ^ (lane >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return mixed ^ (mixed >>> 16);
}
