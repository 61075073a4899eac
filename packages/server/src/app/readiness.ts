import { errorCodes } from "../domain/error-codes.ts";
import { StoreError } from "../domain/errors.ts";
import type { Attention, LaneView } from "../engine/engine.ts";

/** Whether the service can take work, and what stands in the way of sending. */
export interface Readiness {
  /** `attention`: it takes and keeps work, and a lane waits for something. */
  readonly status: "ready" | "attention" | "not-ready";
  /** One sentence where it is not ready. */
  readonly reason: string | null;
  readonly lanes: readonly {
    readonly tenantId: string;
    readonly throttledUntil: number | null;
    readonly attention: Attention | null;
  }[];
}

/** What readiness is judged by. */
export interface ReadinessParts {
  readonly probe: () => Promise<void>;
  readonly lanes: () => readonly LaneView[];
  readonly stopping: () => boolean;
  readonly now: () => number;
}

const keptMs = 1000;

/**
 * Answers the readiness: not ready while the store cannot be written or the service stops. The store is probed at most
 * once a second, however often it is asked.
 */
export function createReadiness(parts: ReadinessParts): () => Promise<Readiness> {
  let probedAt = Number.NEGATIVE_INFINITY;
  let probe: Promise<string | null> = Promise.resolve(null);
  return async () => {
    const lanes = parts.lanes().map(({ tenantId, throttledUntil, attention }) => ({
      tenantId,
      throttledUntil,
      attention,
    }));
    if (parts.stopping()) return { status: "not-ready", reason: "The service stops.", lanes };
    if (parts.now() - probedAt >= keptMs) {
      probedAt = parts.now();
      probe = parts.probe().then(() => null, reasonOf);
    }
    const reason = await probe;
    if (reason !== null) return { status: "not-ready", reason, lanes };
    const waits = lanes.some((lane) => lane.attention !== null);
    return { status: waits ? "attention" : "ready", reason: null, lanes };
  };
}

/** Without the store's own words, which may name paths: everyone may ask. */
function reasonOf(error: unknown): string {
  const { what, next } = errorCodes[error instanceof StoreError ? error.code : "STORE_FAILED"];
  return `${what} ${next}`;
}
