/** Thrown by {@link assert}: an invariant of ours does not hold, so the process must not go on. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
}

/** Throws {@link InvariantError} with `what` unless `condition` holds. For our own mistakes only, never for input. */
export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new InvariantError(`invariant broken: ${what}`);
}

/** Closes an exhaustive `switch`: the compiler refuses the call when a variant was forgotten. */
export function never(value: never, what: string): never {
  throw new InvariantError(`unhandled ${what}: ${JSON.stringify(value)}`);
}
