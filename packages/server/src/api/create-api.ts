import { OpenAPIHono } from "@hono/zod-openapi";
import { ProblemError, StoreError } from "../domain/errors.ts";
import type { Log } from "../domain/log.ts";
import type { Engine } from "../engine/engine.ts";
import type { KeyStore } from "../engine/ports/key-store.ts";
import type { Clock, Ids } from "../engine/ports/runtime.ts";
import type { ApiApp, ApiEnv, ApiParts, Readiness } from "./api-env.ts";
import { createAttentionBoard } from "./attention-board.ts";
import { requireKey } from "./auth.ts";
import { createFollowers } from "./followers.ts";
import { invalidRequest } from "./invalid-request.ts";
import { limitedBody, wellFormedBody } from "./json-body.ts";
import { logFailure } from "./log-failure.ts";
import { openApiDocument, routes } from "./openapi-document.ts";
import { answerError } from "./problem.ts";
import { createRouteFinder } from "./route-finder.ts";
import { mountCampaigns } from "./routes/campaigns.ts";
import { mountChanges } from "./routes/changes.ts";
import { mountDeliveries } from "./routes/deliveries.ts";
import { mountExplain } from "./routes/explain.ts";
import { mountPublic } from "./routes/health.ts";
import { mountMetrics } from "./routes/metrics.ts";
import { mountNotifications } from "./routes/notifications.ts";
import { mountPeople } from "./routes/people.ts";
import { mountRetries } from "./routes/retries.ts";
import { mountStatus } from "./routes/status.ts";
import { mountTeams } from "./routes/teams.ts";
import { mountUncertain } from "./routes/uncertain.ts";

export interface ApiDeps {
  readonly engine: Engine;
  readonly keys: KeyStore;
  readonly log: Log;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Of the package. */
  readonly version: string;
  /** Hexadecimal; the same hash that keys are stored by. */
  readonly sha256: (text: string) => string;
  /** What `/readyz` answers. May reject, which counts as not ready. */
  readonly ready: () => Promise<Readiness>;
  /** What `/metrics` answers: Prometheus' text. */
  readonly metrics: () => Promise<string>;
}

/** The HTTP API as a web-standard function. */
export interface Api {
  /** Answers every request, and never rejects. */
  fetch(request: Request): Promise<Response>;
  /** What `/openapi.json` answers. */
  openApiDocument(): object;
  /** Ends every event stream and listens to the engine no more, so that a server need not wait for followers. */
  close(): void;
}

/** Builds the API over an engine. Listens to the engine's events until it is closed. */
export function createApi(deps: ApiDeps): Api {
  const { engine, version } = deps;
  const parts: ApiParts = {
    engine,
    log: deps.log,
    version,
    followers: createFollowers(engine, deps.clock),
    attention: createAttentionBoard(engine),
    ready: deps.ready,
  };
  const app = createApp(deps);
  mountNotifications(app, parts);
  mountCampaigns(app, parts);
  mountChanges(app, parts);
  mountRetries(app, parts);
  mountUncertain(app, parts);
  mountDeliveries(app, parts);
  mountExplain(app, parts);
  mountPeople(app, parts);
  mountTeams(app, parts);
  mountStatus(app, parts);
  mountMetrics(app, deps.metrics);
  mountPublic(app, parts, () => openApiDocument(version));
  return {
    async fetch(request) {
      const response = await app.fetch(request);
      readOn(request);
      return response;
    },
    openApiDocument: () => openApiDocument(version),
    close() {
      parts.followers.close();
      parts.attention.close();
    },
  };
}

/**
 * Reads, beside the answer, what a refusal left unread: the connection can carry another request only after it. Whoever listens
 * cuts off a sender that goes on for long.
 */
function readOn({ body, bodyUsed }: Request): void {
  if (body === null || bodyUsed || body.locked) return;
  // A sender that went away meanwhile is of no interest any more.
  body.pipeTo(new WritableStream()).catch(() => {});
}

/** The application with everything that is the same for all routes. */
function createApp({ keys, sha256, ids, log }: ApiDeps): ApiApp {
  const finder = createRouteFinder(routes);
  const app: ApiApp = new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      // The validator hands over what it was given, beside the result; its types do not say so.
      const { data } = result as { readonly data?: unknown };
      throw invalidRequest(result.error.issues, result.target, data);
    },
  });
  app.use(async (context, next) => {
    context.set("requestId", ids.next("req"));
    await next();
    dress(context.res.headers, context.get("requestId"));
  });
  app.use(requireKey(keys, sha256), limitedBody, wellFormedBody);
  app.notFound((context) => {
    throw unknownRoute(context.req.method, context.req.path, finder);
  });
  app.onError((error, context) => {
    const requestId = context.get("requestId");
    const answer = answerError(error, requestId);
    if (answer.unforeseen || error instanceof StoreError) {
      const { method, routePath: route } = context.req;
      logFailure(log, { requestId, method, route, code: answer.code }, error);
    }
    dress(answer.response.headers, requestId);
    return answer.response;
  });
  return app;
}

/** What every answer carries: nothing is kept by caches on the way, and nothing is taken for another type than it says. */
function dress(headers: Headers, requestId: string): void {
  headers.set("x-request-id", requestId);
  headers.set("x-content-type-options", "nosniff");
  headers.set("cache-control", "no-store");
}

function unknownRoute(
  method: string,
  path: string,
  finder: ReturnType<typeof createRouteFinder>,
): ProblemError {
  const allow = finder.methodsOf(path);
  if (allow.length > 0)
    return new ProblemError("ROUTE_METHOD_WRONG", {
      detail: `${path.slice(0, 200)} takes ${allow.join(", ")}, and no ${method}.`,
      extra: { allow },
    });
  const nearest = finder.nearestTo(method, path);
  const meant =
    nearest === null ? "See /openapi.json for the routes there are." : `Did you mean ${nearest}?`;
  return new ProblemError("ROUTE_UNKNOWN", {
    detail: `There is no ${method} ${path.slice(0, 200)}. ${meant}`,
    extra: { nearest },
  });
}
