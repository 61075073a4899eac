import type { Audience } from "../../../../server/src/domain/target.ts";
import type { Clock } from "../../../../server/src/engine/ports/runtime.ts";
import type { PlannedCampaign, PlannedNotification, PlannedOptions } from "../plan/plan.ts";
import type { Decisions } from "../watch/decisions.ts";
import { markOf } from "../watch/message-marks.ts";
import type { RunRecord } from "../watch/record.ts";
import type { Asking } from "./asking.ts";
import type { Audiences } from "./audiences.ts";

/** What the clients of the service do: they ask again, under the same key, until they are answered. */
export class Clients {
  readonly #clock: Clock;
  readonly #asking: Asking;
  readonly #people: Audiences;
  readonly #record: RunRecord;
  readonly #decisions: Decisions;
  /** What was asked for, by mark, in rows whose order counts. */
  readonly rows: (readonly string[])[] = [];
  readonly audiences = new Map<string, Audience>();

  constructor(parts: {
    readonly clock: Clock;
    readonly asking: Asking;
    readonly people: Audiences;
    readonly record: RunRecord;
    readonly decisions: Decisions;
  }) {
    this.#clock = parts.clock;
    this.#asking = parts.asking;
    this.#people = parts.people;
    this.#record = parts.record;
    this.#decisions = parts.decisions;
  }

  /** Makes a campaign, and starts it. */
  async begin(planned: PlannedCampaign): Promise<void> {
    const { number, ratePerSecond, canary = null, stopWhen = null } = planned;
    const mark = markOf(number);
    const audience = this.#people.audience(planned.audience, number);
    this.audiences.set(mark, audience);
    const request = {
      name: mark,
      message: { text: `${mark} for \${person.id}` },
      audience,
      idempotencyKey: mark,
      ...(ratePerSecond !== null && { ratePerSecond }),
      ...(canary !== null && { canary }),
      ...(stopWhen !== null && { stopWhen }),
      ...this.#options(planned, mark),
      ...this.#recalled(planned, mark),
    };
    const create = () => this.#asking.untilAnswered((engine) => engine.campaigns.create(request));
    const { id } = await create();
    if (planned.isAskedTwice) await create();
    const named = this.#people.placesNamed(audience.include);
    const excluded = this.#people.placesNamed(audience.exclude ?? []);
    this.#decisions.begun.set(mark, { id, planned, named, excluded });
    const start = () => this.#asking.untilAnswered((engine) => engine.campaigns.start(id));
    await (planned.isStartedTwice ? Promise.all([start(), start()]) : start());
  }

  /** Asks for notifications, each once the one before is stored. */
  async notify(planned: PlannedNotification): Promise<void> {
    const target = this.#people.target(planned.to);
    const marks = Array.from({ length: planned.inARow }, (_, at) =>
      markOf(`n${planned.number}x${at}`),
    );
    this.rows.push(marks);
    for (const mark of marks) {
      this.audiences.set(mark, { include: [target] });
      const message = { text: `${mark} hello` };
      const options = this.#options(planned, mark);
      const request = { to: target, message, idempotencyKey: mark, ...options };
      await this.#asking.untilAnswered((engine) => engine.notifications.create(request));
      const { priority: trafficClass, sendInMs } = planned;
      if (sendInMs === null && planned.inARow === 1)
        this.#decisions.hurries.push({ mark, trafficClass, at: this.#clock.now() });
    }
  }

  #options({ priority, onUncertain, expiresInMs, sendInMs }: PlannedOptions, mark: string) {
    const now = this.#clock.now();
    this.#decisions.classes.set(mark, priority);
    if (onUncertain === "hold") this.#decisions.held.add(mark);
    if (expiresInMs !== null) this.#record.expiry.set(mark, now + expiresInMs);
    return {
      priority,
      onUncertain,
      ...(expiresInMs !== null && { expiresAt: now + expiresInMs }),
      ...(sendInMs !== null && { sendAt: now + sendInMs }),
    };
  }

  /** When what was accepted is to be deleted; nothing is tried after it either. */
  #recalled({ recallInMs = null }: PlannedCampaign, mark: string) {
    if (recallInMs === null) return {};
    const recallAt = this.#clock.now() + recallInMs;
    const expiresAt = this.#record.expiry.get(mark) ?? Number.POSITIVE_INFINITY;
    this.#record.expiry.set(mark, Math.min(expiresAt, recallAt));
    return { recallAt };
  }
}
