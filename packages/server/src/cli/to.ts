import { nearest } from "../app/nearest.ts";
import { UsageError } from "./command.ts";

/** A target as the API takes it; the API says whether Teams can do it. */
export type WireTarget = Readonly<Record<string, unknown>>;

/** The forms of `--to` and `--exclude`, for the help. */
export const toNotes: readonly string[] = [
  "WHO is `everyone`, a person (UPN, Entra object id, or 29: id), or a kind with an id: user:ID, team:19:… (each member's own chat), general:19:… (a post in the team's General channel), channel:19:… (a new thread), thread:19:…;messageid=N (a reply), chat:19:… (a group chat), conversation:ID, reference:FILE (a conversation reference as the SDKs write it, as JSON). Several: repeat the option, or separate them by commas.",
];

/**
 * Reads `--to` values into targets. `readJson` reads the file of a `reference:`. Throws `UsageError` for an unknown kind (with the
 * nearest one), an empty id, and a bare id that does not say how it is meant.
 */
export async function parseTo(
  values: readonly string[],
  readJson: (file: string) => Promise<unknown>,
): Promise<readonly WireTarget[]> {
  const parts = values.flatMap((value) => value.split(",")).map((part) => part.trim());
  const targets: WireTarget[] = [];
  for (const part of parts.filter((one) => one !== ""))
    targets.push(await parseOne(part, readJson));
  return targets;
}

const kinds = [
  "user",
  "team",
  "general",
  "channel",
  "thread",
  "chat",
  "conversation",
  "reference",
] as const;
type Kind = (typeof kinds)[number];

async function parseOne(
  part: string,
  readJson: (file: string) => Promise<unknown>,
): Promise<WireTarget> {
  if (part === "everyone") return { everyone: true };
  const [, prefix = "", id = ""] = /^([a-z]+):(.*)$/i.exec(part) ?? [];
  if (prefix === "" || /^(?:a)$/i.test(prefix)) return bare(part);
  const kind = kinds.find((known) => known === prefix);
  if (kind === undefined) {
    const near = nearest(prefix, [...kinds, "everyone"]);
    const hint = near === null ? `The kinds are ${kinds.join(", ")}.` : `Did you mean ${near}?`;
    throw new UsageError(`"${part}": there is no kind of target "${prefix}". ${hint}`);
  }
  if (id === "") throw new UsageError(`"${part}": an id has to follow the colon.`);
  return ofKind(kind, id, readJson);
}

async function ofKind(
  kind: Kind,
  id: string,
  readJson: (file: string) => Promise<unknown>,
): Promise<WireTarget> {
  switch (kind) {
    case "team":
      return { team: id, as: "members" };
    case "general":
      return { team: id, as: "general" };
    case "reference":
      return { reference: await readJson(id) };
    case "thread": {
      const [, channel, rootId] = /^(.+);messageid=(\d+)$/i.exec(id) ?? [];
      if (channel === undefined || rootId === undefined)
        throw new UsageError(`"thread:${id}": a thread is written thread:19:…;messageid=NUMBER.`);
      return { thread: { channel, rootId } };
    }
    default:
      return { [kind]: id };
  }
}

/** An id without a kind: a person, where its form says so. */
function bare(id: string): WireTarget {
  if (/^19:/.test(id))
    throw new UsageError(
      `"${id}" can mean several things. Write channel:${id} (a new thread), team:${id} (every member), general:${id}, or chat:${id} (a group chat).`,
    );
  if (/^a:/.test(id)) return { conversation: id };
  return { user: id };
}
