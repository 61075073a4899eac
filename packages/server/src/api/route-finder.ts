import { nearest } from "../domain/nearest.ts";

/** A route as the contract writes it, such as `/v1/people/{id}`. */
export interface RouteName {
  readonly method: string;
  readonly path: string;
}

/** Answers what a request that no route took was most likely meant for. */
export interface RouteFinder {
  /** The methods that this path takes; empty where there is no such path. */
  methodsOf(path: string): readonly string[];
  /** The nearest route, such as `GET /v1/people/{id}`, or null where none is near. */
  nearestTo(method: string, path: string): string | null;
}

export function createRouteFinder(routes: readonly RouteName[]): RouteFinder {
  const known = routes.map(({ method, path }) => ({
    method: method.toUpperCase(),
    path,
    segments: path.split("/"),
  }));
  return {
    methodsOf(path) {
      const segments = path.split("/");
      const methods = known.filter((route) => matches(route.segments, segments));
      return [...new Set(methods.flatMap(({ method }) => alike(method)))].sort();
    },
    nearestTo(method, path) {
      const segments = path.slice(0, pathCharsMax).replace(/\/+$/, "").split("/");
      // The same method first: a tie goes to the first of the list.
      const candidates = [...known]
        .sort((a, b) => Number(b.method === method) - Number(a.method === method))
        .map((route) => ({ route, spelt: filled(route.segments, segments) }));
      const near = nearest(
        segments.join("/"),
        candidates.map(({ spelt }) => spelt),
      );
      const found = candidates.find(({ spelt }) => spelt === near)?.route;
      return found === undefined ? null : `${found.method} ${found.path}`;
    },
  };
}

/** Longer ones are no misspelt route. */
const pathCharsMax = 200;

function alike(method: string): readonly string[] {
  return method === "GET" ? ["GET", "HEAD"] : [method];
}

function matches(route: readonly string[], path: readonly string[]): boolean {
  return (
    route.length === path.length &&
    route.every((segment, index) =>
      isHole(segment) ? path[index] !== "" : segment === path[index],
    )
  );
}

/** The route with the path's own ids in its holes, so that ids make no difference. */
function filled(route: readonly string[], path: readonly string[]): string {
  return route
    .map((segment, index) => (isHole(segment) ? (path[index] ?? segment) : segment))
    .join("/");
}

function isHole(segment: string): boolean {
  return segment.startsWith("{");
}
