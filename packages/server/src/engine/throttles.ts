import type { Outcome } from "../domain/outcome.ts";
import { teamsIdForm } from "../domain/teams-id.ts";
import type { Attention } from "./engine.ts";
import type { Pacer } from "./pacer.ts";
import { RetryWait, waitMsMin } from "./retry-wait.ts";
import { SlidingCount } from "./sliding-count.ts";
import type { ThreadUse, ThreadWindows } from "./thread-windows.ts";
import { ThrottleScope } from "./throttle-scope.ts";

/** Which conversation a request goes to, and what it counts as there. */
export interface Place {
  readonly use: ThreadUse;
  readonly conversation: string;
}

/** A request under way, as far as a 429 to it is concerned. */
export interface StartedRequest extends Place {
  readonly startedAt: number;
  /** See `UnknownThrottle.laneLoad`. */
  readonly laneLoad: number;
}

/** What a 429 means for the lane, or for one of its conversations: nothing starts there before `until`. */
export interface Quiet {
  readonly scope: "conversation" | "lane";
  readonly until: number;
}

/**
 * What 429s ask of a lane. A conversation's stops that conversation until `Retry-After`; the lane's stops every request of the
 * lane until then, and slows the pacer down.
 *
 * - A `Retry-After` below a second, or none that means anything (text, a negative number, a date that is over), is not one to
 *   go by: see `RetryWait`.
 * - One of more than a day is read as a day, by the connector.
 * - Reads no clock, and is told instants of one that nobody sets.
 */
export class Throttles {
  readonly #pacer: Pacer;
  readonly #windows: ThreadWindows;
  readonly #scope = new ThrottleScope();
  readonly #starts = new SlidingCount();
  /** Totals since this process started. */
  count = 0;
  /** Since when the lane is refused, without anything accepted since; null where it is not. */
  #since: number | null = null;
  readonly #wait = new RetryWait();
  /** When the last time of quiet was told. */
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(pacer: Pacer, windows: ThreadWindows) {
    this.#pacer = pacer;
    this.#windows = windows;
  }

  /** Takes note of a request that starts at `now`. */
  started(place: Place, now: number): StartedRequest {
    const rate = this.#pacer.rate(now);
    // Where nothing is paced, the lane may be at its limit any time.
    const laneLoad = rate === 0 ? 1 : this.#starts.count(now) / rate;
    this.#starts.add(now);
    return { ...place, startedAt: now, laneLoad };
  }

  /** Draws what an answer at `now` says. Null where it is no 429. */
  answered(request: StartedRequest, outcome: Outcome, now: number): Quiet | null {
    if (outcome.kind !== "throttled") {
      if (outcome.kind !== "accepted") return null;
      this.#scope.accepted(request.startedAt);
      if (this.#wait.passed(request.startedAt)) this.#since = null;
      return null;
    }
    this.count += 1;
    const scope = outcome.scope === "unknown" ? this.#judge(request, now) : outcome.scope;
    if (scope === "conversation") {
      const until = now + Math.max(outcome.retryAfterMs ?? 0, waitMsMin);
      this.#windows.pauseUntil(request.use, request.conversation, until);
      return { scope, until };
    }
    const until = this.#wait.after(request.startedAt, outcome.retryAfterMs, now);
    this.#pacer.slowDown(now);
    this.#pauseUntil(until, now);
    return { scope, until };
  }

  /** Takes over a time of quiet that another process was told of. */
  heard(until: number, now: number): void {
    if (until > now) this.#pauseUntil(until, now);
  }

  /** What people are told of a pause of the whole lane; null where there is none that is long enough to speak of. */
  attention(now: number): Attention | null {
    const { until } = this.#wait;
    const asked = until - this.#toldAt;
    if (until <= now || asked < longPauseMs) return null;
    return {
      code: "TEAMS_THROTTLED",
      detail: `Teams asked this bot to send nothing in this tenant for ${shownSpan(asked)}.`,
      since: this.#since ?? this.#toldAt,
      retryAt: until,
    };
  }

  #judge(request: StartedRequest, now: number): "conversation" | "lane" {
    const { use, conversation, startedAt, laneLoad } = request;
    return this.#scope.judge({
      conversation,
      startedAt,
      laneLoad,
      ownUse: this.#windows.ownUse(use, conversation, now),
      isOurs: isOurs(conversation),
    });
  }

  #pauseUntil(until: number, now: number): void {
    this.#since ??= now;
    this.#pacer.pauseUntil(until);
    if (until <= this.#wait.until) return;
    this.#wait.pauseUntil(until);
    this.#toldAt = now;
  }
}

const longPauseMs = 10_000;

/** A person is known by a key of ours, or by an id, before the chat is; and a personal chat by the form of its id. */
function isOurs(conversation: string): boolean {
  const form = teamsIdForm(conversation);
  return (
    conversation.startsWith("user:") ||
    form === "personal" ||
    form === "one-to-one" ||
    form === "user"
  );
}

function shownSpan(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 2) return `${Math.round(ms / 1000)} seconds`;
  return minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
}
