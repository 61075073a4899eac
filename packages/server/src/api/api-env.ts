import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Log } from "../domain/log.ts";
import type { Engine } from "../engine/engine.ts";
import type { AttentionBoard } from "./attention-board.ts";
import type { Followers } from "./followers.ts";

/** What every request carries. */
export interface ApiEnv {
  readonly Variables: {
    /** Names the request in answers and in the log. */
    readonly requestId: string;
  };
}

/** The application that routes are mounted on. */
export type ApiApp = OpenAPIHono<ApiEnv>;

/** What routes work with. */
export interface ApiParts {
  readonly engine: Engine;
  readonly log: Log;
  readonly version: string;
  readonly followers: Followers;
  readonly attention: AttentionBoard;
  ready(): Promise<Readiness>;
}

/**
 * Whether the service can take work, and what is wrong, in sentences that everyone may read. Reasons beside `ok` are what keeps
 * accepted work from being sent.
 */
export interface Readiness {
  readonly ok: boolean;
  readonly reasons: readonly string[];
}
