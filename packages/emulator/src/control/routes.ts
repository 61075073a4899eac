import { jsonAnswer } from "../answer.ts";
import { ControlError } from "../control-error.ts";
import type { Emulator } from "../emulator.ts";
import type { WireAnswer, WireRequest } from "../wire.ts";
import { isForeignPage } from "./foreign-page.ts";
import { ControlReply } from "./route.ts";
import { eventRoutes } from "./routes-events.ts";
import { lookRoutes } from "./routes-look.ts";
import { settingRoutes } from "./routes-settings.ts";

const routes = Object.entries({ ...lookRoutes, ...settingRoutes, ...eventRoutes }).map(
  ([name, run]) => {
    const [method = "", path = ""] = name.split(" ");
    return { method, path: path.split("/"), run };
  },
);

/** The control API below `/_emulator/`. Errors are `{"error":{"code","message"}}`. */
export async function serveControl(
  emulator: Emulator,
  request: WireRequest,
  segments: readonly string[],
): Promise<WireAnswer> {
  if (isForeignPage(request))
    return problem(403, "a page of another origin may not turn the controls");
  const matching = routes.filter(({ path }) => matchPath(path, segments) !== null);
  const route = matching.find(({ method }) => method === request.method);
  if (!route) {
    const methods = matching.map(({ method }) => method).join(", ");
    return methods === ""
      ? problem(404, `there is no control /_emulator/${segments.join("/")}`)
      : problem(405, `this control knows ${methods}`);
  }
  const query = new URLSearchParams(request.target.split("?")[1] ?? "");
  const names = matchPath(route.path, segments) ?? {};
  try {
    const value = await route.run(emulator, { names, query, body: request.body });
    return value instanceof ControlReply
      ? jsonAnswer(value.status, value.value)
      : jsonAnswer(200, value ?? { ok: true });
  } catch (error) {
    if (error instanceof ControlError) return problem(error.status, error.message);
    throw error;
  }
}

function matchPath(
  path: readonly string[],
  segments: readonly string[],
): Readonly<Record<string, string>> | null {
  if (path.length !== segments.length) return null;
  const names: Record<string, string> = {};
  for (const [at, part] of path.entries()) {
    const segment = segments[at] ?? "";
    if (part.startsWith(":")) names[part.slice(1)] = segment;
    else if (part !== segment) return null;
  }
  return names;
}

function problem(status: number, message: string): WireAnswer {
  return jsonAnswer(status, { error: { code: "ControlRefused", message } });
}
