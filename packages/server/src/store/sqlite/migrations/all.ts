import { first } from "./001-first.ts";

/** Every migration in order; the schema's version is the number of those that were applied. */
export const migrations: readonly string[] = [first];
