import { attentionWords } from "../domain/attention-words.ts";
import { hasPassed } from "../domain/elapsed.ts";
import { type ErrorCode, errorCodes } from "../domain/error-codes.ts";
import { StoreError } from "../domain/errors.ts";
import type { LaneView } from "../engine/engine.ts";

/** Whether the service can take work, and what is wrong, in sentences that everyone may read. */
export interface Readiness {
  readonly ok: boolean;
  readonly reasons: readonly string[];
}

/** What readiness is judged by. */
export interface ReadinessParts {
  /** Rejects while the store cannot be written. */
  readonly probe: () => Promise<void>;
  readonly lanes: () => readonly LaneView[];
  readonly stopping: () => boolean;
  /** Epoch ms. */
  readonly now: () => number;
}

const keptMs = 1000;

/**
 * Answers the readiness: not ready while the store cannot be written or the service stops. A lane that waits for something is
 * told, and leaves it ready: work is taken and kept. The store is probed at most once a second, however often it is asked.
 */
export function createReadiness(parts: ReadinessParts): () => Promise<Readiness> {
  let probedAt = Number.NEGATIVE_INFINITY;
  let probe: Promise<readonly string[]> = Promise.resolve([]);
  return async () => {
    if (parts.stopping()) return { ok: false, reasons: ["The service stops."] };
    const now = parts.now();
    if (hasPassed(keptMs, { since: probedAt, now })) {
      probedAt = now;
      probe = parts.probe().then(() => [], reasonsOf);
    }
    const broken = await probe;
    return { ok: broken.length === 0, reasons: [...broken, ...waits(parts.lanes())] };
  };
}

/** What keeps lanes from sending, each cause once, with its beginning; the details are for those with a key. */
function waits(lanes: readonly LaneView[]): readonly string[] {
  const begun = new Map<ErrorCode, number>();
  for (const { attention } of lanes)
    if (attention !== null)
      begun.set(
        attention.code,
        Math.min(attention.since, begun.get(attention.code) ?? attention.since),
      );
  return [...begun].map(([code, since]) => {
    const { what, next } = attentionWords(code);
    return `${what} ${next} (${code}, since ${new Date(since).toISOString()})`;
  });
}

/** Without the store's own words, which may name paths: everyone may ask. */
function reasonsOf(error: unknown): readonly string[] {
  const { what, next } = errorCodes[error instanceof StoreError ? error.code : "STORE_FAILED"];
  return [`${what} ${next}`];
}
