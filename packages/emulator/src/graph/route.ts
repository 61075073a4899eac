/** A request that Graph would take, as far as it is imitated. */
export interface GraphRoute {
  readonly name: "graph-user";
  /** An object id or a user principal name, decoded. */
  readonly user: string;
}

/** The route of a request below `/graph`, from its decoded segments; null where it is not imitated; or what is wrong with it. */
export function matchGraph(
  method: string,
  segments: readonly string[],
): GraphRoute | "dollar" | null {
  const [version, collection = "", ...rest] = segments;
  if (method !== "GET" || version !== "v1.0") return null;
  const keyed = /^users\('(.+)'\)$/.exec(collection)?.[1];
  if (keyed !== undefined && rest.length === 0)
    return { name: "graph-user", user: keyed.replaceAll("''", "'") };
  const [user] = rest;
  if (collection !== "users" || user === undefined || rest.length > 1) return null;
  // A segment that begins so is taken for an option of the query.
  return user.startsWith("$") ? "dollar" : { name: "graph-user", user };
}
