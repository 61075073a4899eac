import { hash } from "node:crypto";
import { VirtualClock } from "../../../harness/src/virtual-clock.ts";
import { createApi } from "../../src/api/create-api.ts";
import type { Log, LogEvent, LogFields } from "../../src/domain/log.ts";
import type { Engine } from "../../src/engine/engine.ts";
import type { KeyStore } from "../../src/engine/ports/key-store.ts";
import { createFakeEngine, type FakeEngine } from "./fake-engine.ts";

export const apiKey = "test-key-1";
export const sha256 = (text: string) => hash("sha256", text);

export interface Logged {
  readonly event: LogEvent;
  readonly fields: LogFields;
}

/** A problem document, as tests read it. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly next: string;
  readonly requestId: string;
  readonly errors: readonly { readonly path: string; readonly message: string }[];
  readonly [member: string]: unknown;
}

/** An API on a fake engine, on a clock that stands still, with one key. */
export function apiWorld(
  options: {
    readonly ready?: () => Promise<{ ok: boolean; reasons: readonly string[] }>;
    readonly metrics?: () => Promise<string>;
  } = {},
) {
  const clock = new VirtualClock();
  let made = 0;
  const ids = {
    next(prefix: string) {
      made += 1;
      return `${prefix}_${String(made).padStart(6, "0")}`;
    },
  };
  const engine = createFakeEngine({ clock, ids });
  return {
    ...apiOn(engine, { clock, ids, ...options }),
    engine: engine satisfies FakeEngine,
    clock,
  };
}

/** The API on any engine. */
export function apiOn(
  engine: Engine,
  {
    clock,
    ids,
    ready = async () => ({ ok: true, reasons: [] }),
    metrics = async () => "",
  }: {
    readonly clock: VirtualClock;
    readonly ids: { next(prefix: string): string };
    readonly ready?: () => Promise<{ ok: boolean; reasons: readonly string[] }>;
    readonly metrics?: () => Promise<string>;
  },
) {
  const logged: Logged[] = [];
  const write = (event: LogEvent, fields: LogFields = {}) => void logged.push({ event, fields });
  const log: Log = { info: write, warn: write, error: write };
  const keys = memoryKeys([apiKey]);
  const api = createApi({
    engine,
    keys,
    log,
    clock,
    ids,
    version: "1.2.3",
    sha256,
    ready,
    metrics,
  });

  const ask = (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has("authorization")) headers.set("authorization", `Bearer ${apiKey}`);
    return api.fetch(new Request(`http://service.example${path}`, { ...init, headers }));
  };
  const post = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
    ask(path, {
      method: "POST",
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  return { api, keys, logged, ask, post };
}

/** Keys in memory. */
export function memoryKeys(known: readonly string[]): KeyStore & { broken: Error | null } {
  const rows = known.map((key, index) => ({
    id: `key_${index}`,
    sha256: sha256(key),
    name: `key ${index}`,
  }));
  const store = {
    broken: null as Error | null, // set by tests
    addKey: async ({ id, sha256: digest, name }: { id: string; sha256: string; name: string }) => {
      rows.push({ id, sha256: digest, name });
    },
    findKey: async (digest: string) => {
      if (store.broken !== null) throw store.broken;
      return rows.find((row) => row.sha256 === digest) ?? null;
    },
    countKeys: async () => rows.length,
  };
  return store;
}

/** The answer's JSON, whose form the test goes on to check. */
export async function jsonOf<T>(response: Response): Promise<T> {
  return (await response.json()) as T;
}

/** The problem document of a refusal. */
export async function problemOf(response: Response): Promise<Problem> {
  const type = response.headers.get("content-type");
  if (type !== "application/problem+json") throw new Error(`not a problem: ${type}`);
  return jsonOf<Problem>(response);
}

/** A campaign that the contract takes. */
export const newCampaign = {
  name: "Town hall",
  message: { text: "Hello ${person.givenName|there}" },
  audience: { include: [{ everyone: true }] },
};
