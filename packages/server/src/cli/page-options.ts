import type { Given, OptionSpec } from "./command.ts";
import { numberOf } from "./send-options.ts";

/** The options of commands that list things. */
export const pageOptions: Readonly<Record<string, OptionSpec>> = {
  limit: { about: "How many to show, 1 to 1000. Default: 50.", value: "N" },
  cursor: { about: "Go on where an earlier list ended.", value: "CURSOR" },
};

/** Which part of a list was asked for. Throws `UsageError` for a limit that is none. */
export function pageOf(given: Given): { readonly limit: number; readonly cursor?: string } {
  const cursor = given.text("cursor");
  const limit = numberOf(given, "limit", { min: 1, max: 1000 }) ?? 50;
  return { limit, ...(cursor === undefined ? {} : { cursor }) };
}
